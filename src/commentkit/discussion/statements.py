"""The statements of the read side, each built once: building one costs more than running it."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from commentkit.discussion.rows import COLUMNS, TABLE
from commentkit.model.types import Instant

_C = TABLE.c
_SITE = _C.site_id == bindparam("site_id")
_THREAD = _C.thread_id == bindparam("thread_id")
# `= true`, not `IS true`: MariaDB uses no index for the latter.
_SHOWN = and_(_SITE, _THREAD, _C.shown == true())
_KEPT = 256
"""Statements kept of each kind: every page size makes some of its own."""
_NO_COMMENT = -1


@lru_cache(_KEPT)
def roots(
    *, limit: int, newest: bool, after: bool, inclusive: bool = False, parent_first: bool = False
) -> Select[Any]:
    """Select roots in order; `after` wants the parameters `time` and `number` of a cursor.

    `parent_first` names the parent in the order, though it is NULL in each: only then PostgreSQL
    sees that the index has them in order, and does not sort all roots of the thread. MariaDB sees
    it only without.
    """
    query = select(*COLUMNS).where(_SHOWN, _C.parent_id.is_(None))
    if after:
        query = query.where(_beyond(newest=newest, inclusive=inclusive))
    order = (_C.parent_id, _C.created_at, _C.id) if parent_first else (_C.created_at, _C.id)
    return query.order_by(*(c.desc() for c in order) if newest else order).limit(_written(limit))


@lru_cache(_KEPT)
def replies(*, limit: int, after: bool) -> Select[Any]:
    """Select replies of one root in order of time, from a cursor on."""
    query = _replies(_C.root_id == bindparam("root"))
    return (query.where(_beyond()) if after else query).limit(_written(limit))


@cache
def short_discussions() -> Select[Any]:
    """Select all replies of some roots."""
    return _replies(_C.root_id.in_(bindparam("roots", expanding=True)))


def beginnings(root_ids: list[int], limit: int) -> tuple[Select[Any], dict[str, int]]:
    """Select the first `limit` replies of each of some roots; returns the roots as parameters.

    Each has its own LIMIT: a window function would read all replies first. There are eight such
    statements, for 1 to 128 roots; places that a page leaves over hold an id that no comment has.
    """
    parts = 1 << (len(root_ids) - 1).bit_length()
    padded = root_ids + [_NO_COMMENT] * (parts - len(root_ids))
    return _beginnings(parts, limit), {f"root_{n}": root_id for n, root_id in enumerate(padded)}


@lru_cache(_KEPT)
def _beginnings(parts: int, limit: int) -> Select[Any]:
    each = [
        select(
            _replies(_C.root_id == bindparam(f"root_{n}", type_=BigInteger))
            .limit(_written(limit))
            .subquery()
        )
        for n in range(parts)
    ]
    found = union_all(*each).subquery()
    return select(found).order_by(found.c.created_at, found.c.id)


@cache
def by_ids() -> Select[Any]:
    """Select comments of a site by their ids, whoever sees them."""
    return select(*COLUMNS).where(_SITE, _C.id.in_(bindparam("ids", expanding=True)))


def _written(limit: int) -> ColumnElement[int]:
    """Write a limit out: one it does not know, PostgreSQL takes for a tenth of all rows."""
    return literal_column(f"{limit:d}", Integer)


def _replies(of: ColumnElement[bool]) -> Select[Any]:
    query = select(*COLUMNS).where(_SHOWN, of, _C.parent_id.is_not(None))
    return query.order_by(_C.created_at, _C.id)


def _beyond(*, newest: bool = False, inclusive: bool = False) -> ColumnElement[bool]:
    """Compare (created_at, id) as a pair, in a form that every planner turns into a range."""
    at, number = bindparam("time", type_=Instant), bindparam("number", type_=BigInteger)
    time, ident = _C.created_at, _C.id
    if newest:
        edge = ident <= number if inclusive else ident < number
        return and_(time <= at, or_(time < at, edge))
    edge = ident >= number if inclusive else ident > number
    return and_(time >= at, or_(time > at, edge))
