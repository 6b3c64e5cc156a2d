"""Consents at providers that want them withdrawn when a person goes: kept, let go, taken back.

What is said here is said in our tables alone; `signin/withdrawing.py` asks the provider, later.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.delivery import outbox
from commentkit.model import Consent, Identity

WITHDRAW = "withdraw"
"""The outbox's kind; a parcel holds the consent's id alone."""


def keep(db: Session, identity: Identity, sealed_token: str | None, *, now: datetime) -> None:
    """Keep what the last sign-in gave, in the place of what was kept; nothing is let go any more.

    The token before it is only forgotten: ending that would withdraw this consent as well.
    """
    token = {} if sealed_token is None else {"sealed_token": sealed_token, "created_at": now}
    theirs = _of(identity.site_id, [identity.id])
    if _change(db, *theirs, withdraw_at=None, **token) or sealed_token is None:
        return
    db.add(
        Consent(
            site_id=identity.site_id,
            id=ids.new_id(now),
            identity_id=identity.id,
            provider=identity.provider,
            sealed_token=sealed_token,
            created_at=now,
        )
    )
    db.flush()


def let_go(
    db: Session, *, site_id: int, identity_ids: Collection[int], at: datetime, now: datetime
) -> list[int]:
    """Have what these identities consented to withdrawn from `at` on; return the consents' ids.

    Until then `take_back` and each sign-in by one of them stop it.
    """
    found = select(Consent.id).where(*_of(site_id, identity_ids))
    numbers = list(db.scalars(found))
    if not numbers:
        return []
    these = (Consent.site_id == site_id, Consent.id.in_(numbers))
    _change(db, *these, withdraw_at=at)
    for number in numbers:
        payload = {"consent": number}
        outbox.enqueue(db, site_id=site_id, kind=WITHDRAW, payload=payload, at=at, now=now)
    return numbers


def erase(db: Session, *, site_id: int, identity_ids: Collection[int], now: datetime) -> None:
    """Let go at once of what identities consented to that are about to be deleted."""
    numbers = let_go(db, site_id=site_id, identity_ids=identity_ids, at=now, now=now)
    if numbers:
        these = (Consent.site_id == site_id, Consent.id.in_(numbers))
        _change(db, *these, identity_id=None)


def take_back(db: Session, *, site_id: int, identity_ids: Collection[int]) -> None:
    """Keep what was let go: its identities are somebody's way in again."""
    _change(db, *_of(site_id, identity_ids), withdraw_at=None)


def _of(site_id: int, identity_ids: Collection[int]) -> tuple[Any, ...]:
    return (Consent.site_id == site_id, Consent.identity_id.in_(identity_ids))


def _change(db: Session, *which: Any, **values: Any) -> int:
    change = update(Consent).where(*which).values(**values)
    done = db.execute(change, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", done).rowcount
