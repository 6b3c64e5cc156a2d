"""What time closes: the version of a thread must come to say it."""

from sqlalchemy.orm import Session

from commentkit.discussion import threads
from commentkit.web.call import Call


def close_when_due(call: Call, key: str) -> None:
    """Let the version of a thread say that time has closed it."""
    with call.kit.database.read() as db:
        found = threads.find(db, call.site, key)
        due = threads.wants_closing(found, call.site.rules, now=call.now)
    if due:
        call.kit.database.write(lambda db: _close(call, db, key), repeatable=True)


def _close(call: Call, db: Session, key: str) -> None:
    row = threads.find(db, call.site, key)
    if row is not None and threads.wants_closing(row, call.site.rules, now=call.now):
        threads.close(db, row, now=call.now)
