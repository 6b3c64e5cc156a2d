"""Delete what is over: a site and a batch at a time, so that no visitor waits long for it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from commentkit.model import Base, Database, Site
from commentkit.model.base import table_of

BATCH = 500
"""Rows a transaction: a few milliseconds' worth, at any size of the table."""
_SITES_AT_ONCE = 200
"""Asked by one statement which of them have anything that is over: mostly none has."""
_LONGEST_REST = 1.0

Rest = Callable[[float], object]
"""Waits so many seconds; what it returns is true where there is no time for more."""


@dataclass(frozen=True)
class Chore:
    """Which rows of a table are over."""

    table: type[Base]
    over: Callable[[datetime], ColumnElement[bool]]
    """What is true of them at that time; an index finds them by it in each site."""
    by: tuple[InstrumentedAttribute[Any], ...]
    """The columns of that index after the site's: the order to delete in."""


def tidy(
    database: Database, chores: Sequence[Chore], *, now: datetime, rest: Rest = time.sleep
) -> int:
    """Do every chore, and return how many rows went; what `rest` cuts short is done next time.

    After a whole batch it rests as long as that took: visitors have half the database.
    """
    gone = 0
    with database.look() as connection:
        sites = connection.scalars(select(Site.id)).all()
    for chore in chores:
        for rows, seconds in _forgotten(database, chore, sites, now):
            gone += rows
            if rows == BATCH and rest(min(seconds, _LONGEST_REST)):
                return gone
    return gone


def _forgotten(
    database: Database, chore: Chore, sites: Sequence[int], now: datetime
) -> Iterator[tuple[int, float]]:
    """Delete batch by batch; give the rows of each and the seconds it took."""
    over = chore.over(now)
    for site_id in _sites_with_any(database, chore, sites, over):
        place, rows = None, BATCH
        while rows == BATCH:
            began = time.monotonic()
            rows, place = _batch(database, chore, over, site_id, place)
            yield rows, time.monotonic() - began


def _sites_with_any(
    database: Database, chore: Chore, sites: Sequence[int], over: ColumnElement[bool]
) -> Iterator[int]:
    site = table_of(chore.table).c.site_id
    busy = select(site).where(site.in_(bindparam("sites", expanding=True)), over).distinct()
    for first in range(0, len(sites), _SITES_AT_ONCE):
        some = sites[first : first + _SITES_AT_ONCE]
        with database.look() as connection:
            found = connection.scalars(busy, {"sites": some}).all()
        yield from found


def _batch(
    database: Database, chore: Chore, over: ColumnElement[bool], site_id: int, place: Any
) -> tuple[int, Any]:
    """Delete the next rows of a site; return how many were found, and where the last one stood."""
    table = table_of(chore.table)
    key, last = list(table.primary_key.columns)[1], chore.by[-1]
    due = select(key, last).where(table.c.site_id == site_id, over)
    if place is not None:
        due = due.where(last >= place)  # rows before it that stay are not looked at again
    with database.look() as connection:
        found = connection.execute(due.order_by(*chore.by).limit(BATCH)).all()
    if not found:
        return 0, place
    keys = [row[0] for row in found]
    # They are judged again where they are deleted: one that was renewed meanwhile stays.
    these = delete(table).where(table.c.site_id == site_id, key.in_(keys), over)
    database.write(lambda db: db.connection().execute(these), repeatable=True)
    return len(found), found[-1][1]
