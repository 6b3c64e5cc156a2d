"""What counts once: a response nonce, a `jti`, a mailed link."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Spent
from commentkit.model.writing import add_once
from commentkit.signin.provider import RoundTrip


def spend(db: Session, *, site_id: int, key: str, expires_at: datetime) -> bool:
    """Use `key` up; False where that was done before.

    A key begins with what it is (`steam:…`, `jti:…`), so that two kinds never meet. It is
    remembered until `expires_at`: nothing older than that may be believed anyway.
    """
    row = Spent(site_id=site_id, key_hash=ids.sha256(key), expires_at=expires_at)
    return add_once(db, row)


def once(trip: RoundTrip, key: str, *, expires_at: datetime) -> bool:
    """Use `key` up for the site of a sign-in; where nothing can be remembered, nothing counts."""
    if trip.database is None:
        return False
    use = partial(spend, site_id=trip.site_id, key=key, expires_at=expires_at)
    return trip.database.write(use)
