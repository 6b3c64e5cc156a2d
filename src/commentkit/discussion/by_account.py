"""All that one person wrote on a site, across its threads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, or_, select

from commentkit.discussion.cursors import Cursor, List
from commentkit.model import Comment, Thread
from commentkit.model.base import table_of
from commentkit.model.database import Asked

_C, _T = table_of(Comment).c, table_of(Thread).c
STATUSES = ("approved", "pending", "rejected", "spam")
"""Of a deleted one nothing is left."""
_SEEN = ("approved", "pending")


class Entry(NamedTuple):
    """A comment with the page it stands on."""

    id: int
    thread_id: int
    parent_id: int | None
    status: str
    author_name: str
    author_url: str | None
    author_picture_id: int | None
    author_provider: str
    source: str
    created_at: datetime
    edited_at: datetime | None
    key: str
    url: str | None
    title: str


_FIELDS = len(Entry._fields) - 3
_COLUMNS = (*(_C[name] for name in Entry._fields[:_FIELDS]), _T.key, _T.url, _T.title)


class Place(NamedTuple):
    """Where a reading of everything goes on."""

    status: str
    thread_id: int
    created_at: datetime
    id: int


def list_of(site_id: int, account_id: int) -> List:
    """Name what a cursor of `latest` is good for."""
    return List(repr((site_id, "mine", account_id)))


def latest(
    db: Asked, *, site_id: int, account_id: int, after: Cursor | None, limit: int
) -> tuple[list[Entry], Cursor | None]:
    """Return what others see of it and what waits, the newest first, and where it goes on."""
    mine = (_C.site_id == site_id, _C.account_id == account_id, _C.status.in_(_SEEN))
    # The index alone has all that decides the order; the texts are read for one page.
    order = select(_C.id, _C.created_at).where(*mine)
    if after is not None:
        order = order.where(or_(_C.created_at < after.created_at, _same_time(after)))
    newest = order.order_by(_C.created_at.desc(), _C.id.desc()).limit(limit + 1)
    found = db.execute(newest).all()
    page = [row.id for row in found[:limit]]
    more = Cursor(found[limit - 1].created_at, page[-1]) if len(found) > limit else None
    rows = db.execute(_with_threads().where(_C.site_id == site_id, _C.id.in_(page)))
    by_id = {row.id: Entry._make(row) for row in rows}
    return [by_id[number] for number in page if number in by_id], more


def _same_time(after: Cursor) -> ColumnElement[bool]:
    return and_(_C.created_at == after.created_at, _C.id < after.id)


def everything(
    db: Asked, *, site_id: int, account_id: int, after: Place | None, limit: int
) -> Sequence[Entry]:
    """Read on in all that somebody wrote, in an order that an index has."""
    statuses = STATUSES if after is None else STATUSES[STATUSES.index(after.status) :]
    for status in statuses:
        going_on = after if after is not None and after.status == status else None
        mine = (_C.site_id == site_id, _C.account_id == account_id, _C.status == status)
        query = _with_threads().where(*mine, *_beyond(going_on))
        in_order = query.order_by(_C.thread_id, _C.created_at, _C.id).limit(limit)
        rows = [Entry._make(row) for row in db.execute(in_order)]
        if rows:
            return rows
    return []


def place_of(row: Entry) -> Place:
    """Return where to go on after a row."""
    return Place(row.status, row.thread_id, row.created_at, row.id)


def _beyond(place: Place | None) -> tuple[ColumnElement[bool], ...]:
    if place is None:
        return ()
    later = _C.created_at > place.created_at
    same = and_(_C.created_at == place.created_at, _C.id > place.id)
    return (_C.thread_id >= place.thread_id, or_(_C.thread_id > place.thread_id, later, same))


def _with_threads() -> Select[Any]:
    there = and_(_T.site_id == _C.site_id, _T.id == _C.thread_id)
    return select(*_COLUMNS).select_from(table_of(Comment).join(table_of(Thread), there))


def count(db: Asked, *, site_id: int, account_id: int, limit: int) -> int:
    """Count what others see of it and what waits, up to a limit."""
    mine = (_C.site_id == site_id, _C.account_id == account_id, _C.status.in_(_SEEN))
    some = select(_C.id).where(*mine).limit(limit).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


def wrote_something(identity: Table) -> ColumnElement[bool]:
    """Select whether an identity of a statement wrote what others see, or what waits."""
    who = (_C.account_id == identity.c.account_id, _C.identity_id == identity.c.id)
    return exists().where(_C.site_id == identity.c.site_id, *who, _C.status.in_(_SEEN))


def counts(db: Asked, *, site_id: int, account_ids: Collection[int]) -> dict[int, int]:
    """Count the same of each identity of some accounts."""
    if not account_ids:
        return {}
    theirs = (_C.site_id == site_id, _C.account_id.in_(account_ids), _C.status.in_(_SEEN))
    each = select(_C.identity_id, func.count().label("written")).where(*theirs)
    return {row.identity_id: row.written for row in db.execute(each.group_by(_C.identity_id))}


def newest_of(
    db: Asked, *, site_id: int, account_ids: Collection[int], identity_ids: Collection[int]
) -> dict[int, Entry]:
    """Return the newest of the same that each of these identities of some accounts wrote."""
    who = (_C.account_id.in_(account_ids), _C.identity_id.in_(identity_ids))
    each = select(_C.identity_id, func.max(_C.id).label("newest")).where(
        _C.site_id == site_id, *who, _C.status.in_(_SEEN)
    )
    authors = {row.newest: row.identity_id for row in db.execute(each.group_by(_C.identity_id))}
    rows = db.execute(_with_threads().where(_C.site_id == site_id, _C.id.in_(list(authors))))
    return {authors[row.id]: Entry._make(row) for row in rows}
