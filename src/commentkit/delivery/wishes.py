"""Wishes for mail to an address that nobody vouched for, noted outside of the request.

Who already gets mail at an address is looked up here alone: a request that did it would take longer
for an address that is new, and tell so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from commentkit.delivery import subscriptions
from commentkit.delivery.outbox import enqueue
from commentkit.delivery.parcels import Onward, Parcel
from commentkit.model import Database, Identity

KIND = "wish"


def leave(
    db: Session,
    *,
    site_id: int,
    identity_id: int,
    kind: str,
    thread_id: int,
    language: str,
    now: datetime,
) -> None:
    """Leave a wish of `kind` for who wrote; the same work for every address."""
    payload = {
        "identity": identity_id,
        "subscription_kind": kind,
        "thread": thread_id,
        "language": language,
    }
    enqueue(db, site_id=site_id, kind=KIND, payload=payload, now=now)


@dataclass(frozen=True)
class Wishes:
    """The handler of the outbox's kind `wish`."""

    database: Database
    clock: Callable[[], datetime]

    def __call__(self, parcel: Parcel) -> Sequence[Onward]:
        """Note the wish, and ask the address; done again, it finds its own work."""
        self.database.write(partial(_note, parcel=parcel, now=self.clock()), repeatable=True)
        return ()


def _note(db: Session, *, parcel: Parcel, now: datetime) -> None:
    said = parcel.payload
    writer = db.get(Identity, (parcel.site_id, said["identity"]))
    if writer is None or not writer.email:  # erased since, or written without one
        return
    subscriptions.subscribe(
        db,
        site_id=parcel.site_id,
        kind=said["subscription_kind"],
        thread_id=said["thread"],
        account_id=writer.account_id,
        email=writer.email,
        verified=writer.email_verified,
        language=said["language"],
        now=now,
    )
