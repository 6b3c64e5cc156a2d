"""A thread as one viewer needs it: its row and their own comments there, by one statement."""

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, and_, bindparam, or_, select

from commentkit import ids
from commentkit.discussion.rows import COLUMNS, ShownRow, ThreadRow
from commentkit.discussion.rows import TABLE as COMMENT
from commentkit.model import Thread
from commentkit.model.base import table_of
from commentkit.model.database import Asked
from commentkit.sites import KnownSite

MOST_OWN = 50
_NOBODY = -1
_THREAD = table_of(Thread)


_WIDTH = len(ThreadRow._fields)


class OwnPart(NamedTuple):
    """The thread of a page, None where nobody has commented yet, and one's own comments there."""

    thread: ThreadRow | None
    comments: list[ShownRow]
    """Approved or pending, newest first."""


def read_own_part(db: Asked, site: KnownSite, key: str, account_ids: Collection[int]) -> OwnPart:
    """Read a thread by its key, with the newest comments of these accounts."""
    accounts = [*account_ids] or [_NOBODY]
    places = 1 << (len(accounts) - 1).bit_length()  # few statements, whatever is held
    accounts += accounts[-1:] * (places - len(accounts))
    asked: dict[str, Any] = {f"account_{n}": account for n, account in enumerate(accounts)}
    asked |= {"site_id": site.id, "key_hash": ids.sha256(key)}
    rows = db.execute(_statement(places), asked).all()
    own = [ShownRow._make(row[_WIDTH:]) for row in rows if row[_WIDTH] is not None]
    return OwnPart(ThreadRow._make(rows[0][:_WIDTH]) if rows else None, own)


@cache
def _statement(accounts: int) -> Select[Any]:
    names = (f"account_{n}" for n in range(accounts))
    mine = and_(
        COMMENT.c.site_id == _THREAD.c.site_id,
        COMMENT.c.thread_id == _THREAD.c.id,
        COMMENT.c.account_id.in_([bindparam(name, type_=BigInteger) for name in names]),
        or_(COMMENT.c.status == "approved", COMMENT.c.status == "pending"),
    )
    return (
        select(*(_THREAD.c[name] for name in ThreadRow._fields), *COLUMNS)
        .select_from(_THREAD.outerjoin(COMMENT, mine))
        .where(_THREAD.c.site_id == bindparam("site_id"))
        .where(_THREAD.c.key_hash == bindparam("key_hash"))
        .order_by(COMMENT.c.created_at.desc(), COMMENT.c.id.desc())
        .limit(MOST_OWN)
    )
