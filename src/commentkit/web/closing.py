"""What time closes: the version of a thread must come to say it."""

from commentkit.discussion import threads
from commentkit.web.call import Call


def close_when_due(call: Call, key: str) -> None:
    """Let the version of a thread say that time has closed it."""
    with call.kit.database.read() as db:
        found = threads.find(db, call.site, key)
        due = threads.wants_closing(found, call.site.rules, now=call.now)
    if due:
        with call.kit.database.begin() as db:
            row = threads.find(db, call.site, key)
            if row is not None and threads.wants_closing(row, call.site.rules, now=call.now):
                threads.close(db, row, now=call.now)
