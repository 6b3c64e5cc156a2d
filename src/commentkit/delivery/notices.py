"""Letters to a person about their own account: somebody may have their provider's password."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit.delivery.outbox import enqueue
from commentkit.model import AccountChange, Identity

MOST = 5
"""Letters about one change: one for each address, and few people have more."""


def tell(db: Session, change: AccountChange, *, provider: str = "", now: datetime) -> None:
    """Queue a letter to each proven address of the account, but for what was added just now.

    What was taken out is told too: somebody else may have done it. Call it once the change is
    made, where mail is set up. The parcels hold ids, and the provider's own name, which only the
    app knows.
    """
    theirs = (Identity.site_id == change.site_id, Identity.account_id.in_(_concerned(change)))
    columns = (Identity.id, Identity.email, Identity.email_verified)
    # Asked for by the account alone: SQLite would take the site's addresses for the shorter way.
    rows = db.execute(select(*columns).where(*theirs))
    new = set(change.identities) if change.other_account_id is None else set()
    proven = (row for row in rows if row.email is not None and row.email_verified)
    by_address = {row.email: row.id for row in proven if row.id not in new}
    for identity_id in sorted(by_address.values())[:MOST]:
        about = {"template": f"account_{change.kind}", "change": change.id, "provider": provider}
        payload = about | {"identity": identity_id}
        enqueue(db, site_id=change.site_id, kind="email", payload=payload, now=now)


def _concerned(change: AccountChange) -> set[int]:
    """Return the account, and of an identity that was taken out the one where it is now."""
    left = change.other_account_id if change.kind == "unlink" else None
    return {change.account_id} if left is None else {change.account_id, left}
