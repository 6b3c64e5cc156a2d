"""Whom the end of a provider concerns."""

from typing import NamedTuple

from sqlalchemy import and_, case, func, select

from commentkit.model import Comment, Identity
from commentkit.model.base import table_of
from commentkit.model.database import Asked

_I, _C = table_of(Identity).c, table_of(Comment).c


class Concerned(NamedTuple):
    """How many people came by a provider, and what they wrote."""

    people: int
    reachable: int
    """Those with an address that the provider called verified: a letter can bring them back."""
    comments: int


def concerned(db: Asked, *, site_id: int, provider: str) -> Concerned:
    """Count them at one site; it reads all of the site's people and comments, so not for visitors.

    Comments that are deleted, or were never approved, do not count.
    """
    mailed = and_(_I.email.is_not(None), _I.email_verified.is_(True))
    people = select(func.count(), func.count(case((mailed, 1)))).where(
        _I.site_id == site_id, _I.provider == provider
    )
    comments = select(func.count()).where(
        _C.site_id == site_id, _C.author_provider == provider, _C.status == "approved"
    )
    all_, reachable = db.execute(people).one()
    return Concerned(all_, reachable, int(db.execute(comments).scalar_one()))
