"""Letters to a person about their own account: somebody may have their provider's password."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentkit.delivery.outbox import enqueue
from commentkit.model import AccountChange, Identity

UNDONE = "account_undo"
"""Tells that an undo took somebody out who had been linked, or merged."""
MOST = 5
"""Letters about one change: one for each address, and few people have more."""


def tell(
    db: Session, change: AccountChange, *, language: str, provider: str = "", now: datetime
) -> None:
    """Queue a letter to each proven address of the account, but for what was added just now.

    What was taken out is told too, by an undo as well: somebody else may have done it. Call it once
    the change is made, where mail is set up. The parcels hold ids, and what only the app knows: the
    provider's own name, and the language that the person acted in.
    """
    undone = change.undone_at is not None
    told = _concerned(db, change)
    theirs = (Identity.site_id == change.site_id, Identity.account_id.in_(told))
    columns = (Identity.id, Identity.email, Identity.email_verified)
    # Asked for by the account alone: SQLite would take the site's addresses for the shorter way.
    rows = db.execute(select(*columns).where(*theirs))
    new = set(change.identities) if change.other_account_id is None and not undone else set()
    proven = (row for row in rows if row.email is not None and row.email_verified)
    by_address = {row.email: row.id for row in proven if row.id not in new}
    for identity_id in sorted(by_address.values())[:MOST]:
        template = UNDONE if undone else f"account_{change.kind}"
        about = {"template": template, "change": change.id, "provider": provider}
        payload = about | {"identity": identity_id, "language": language}
        enqueue(db, site_id=change.site_id, kind="email", payload=payload, now=now)


def _concerned(db: Session, change: AccountChange) -> set[int]:
    """Return the account, and of identities that were taken out those where they are now."""
    these = (Identity.site_id == change.site_id, Identity.id.in_(change.identities))
    if change.kind != "unlink" and change.undone_at is None:
        return {change.account_id}
    return {change.account_id, *db.scalars(select(Identity.account_id).where(*these))}
