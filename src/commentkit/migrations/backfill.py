"""Fill a column of a table that is in use: small transactions in the order of the key.

Where it stands is kept in a table of its own, in the transaction of each batch: a run that was
killed goes on there.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    bindparam,
    column,
    func,
    inspect,
    select,
    table,
    true,
    update,
)

from commentkit.migrations.patience import patiently
from commentkit.model import PREFIX

Place = Sequence[int] | None
"""The key of the last row that was looked at; None: none yet."""

_SAY_EVERY_SECONDS = 2.0
_LONGEST_REST = 1.0
_PASSES = 20

PROGRESS = Table(
    f"{PREFIX}progress",
    MetaData(),
    Column("name", String(200), primary_key=True),
    Column("place", Text, nullable=True),
    Column("done", BigInteger, nullable=False),
    Column("pass", Integer, nullable=False),
)
"""There only while something is being filled."""


@dataclass(frozen=True)
class Filling:
    """What to set (`values`) in the rows that still lack it (`lacking`), `batch` keys at a time.

    Rows that older processes write meanwhile are found by further passes, until one finds none.
    """

    table: str
    values: Mapping[str, Any]
    lacking: ColumnElement[bool]
    key: tuple[str, ...] = ("site_id", "id")
    batch: int = 1000

    @property
    def name(self) -> str:
        """Name it among those that are under way."""
        return f"{self.table}:{','.join(self.values)}"


@dataclass(frozen=True)
class Progress:
    """Where a filling stands."""

    place: Place
    done: int
    number: int
    """Of this pass through the table, from 1."""


def fill(connection: Connection, filling: Filling, tell: Callable[[str], None]) -> int:
    """Fill until no row lacks anything, and return how many rows were looked at.

    Between batches it rests as long as the last one took, so that visitors have half the database.
    """
    progress = _begin(connection, filling)
    if progress.done:
        tell(f"{filling.name}: going on after {progress.done:,} rows")
    spoke = time.monotonic()
    over = False
    while not over:
        began, before = time.monotonic(), progress
        progress = patiently(
            connection, partial(_batch, connection, filling, before), subject=filling.table
        )
        over = _over(before, progress)
        if over or time.monotonic() - spoke > _SAY_EVERY_SECONDS:
            spoke = time.monotonic()
            tell(f"{filling.name}: {progress.done:,} rows filled")
        time.sleep(min(time.monotonic() - began, _LONGEST_REST))
    forget(connection, filling)
    return progress.done


def _over(before: Progress, after: Progress) -> bool:
    """Tell whether a whole pass found nothing; endless old writers are not waited for."""
    fresh = before.place is None
    return after.place is None and (fresh or after.number > _PASSES)


def _batch(connection: Connection, filling: Filling, progress: Progress) -> Progress:
    """Fill the next rows, and note it in the same transaction."""
    keys = _next_keys(connection, filling, progress.place)
    if keys:
        connection.execute(_statement(filling), list(_ranges(keys)))
        after = Progress(tuple(keys[-1]), progress.done + len(keys), progress.number)
    else:
        after = Progress(None, progress.done, progress.number + 1)
    _note(connection, filling, after)
    return after


def _next_keys(connection: Connection, filling: Filling, place: Place) -> Sequence[Row[Any]]:
    """Read the next keys of this site, or of the next one that has any.

    As equalities and one comparison, which every planner turns into a range of the key.
    """
    columns: list[ColumnElement[Any]] = [column(name) for name in filling.key]
    query: Select[Any] = select(*columns).select_from(table(filling.table)).where(filling.lacking)
    for condition in _beyond(columns, place):
        rows = connection.execute(
            query.where(condition).order_by(*columns).limit(filling.batch)
        ).all()
        if rows:
            return rows
    return []


def _beyond(columns: Sequence[ColumnElement[Any]], place: Place) -> Iterator[ColumnElement[bool]]:
    if place is None:
        yield true()
        return
    for depth in reversed(range(len(columns))):
        same = [c == at for c, at in zip(columns[:depth], place, strict=False)]
        yield and_(*same, columns[depth] > place[depth])


def _statement(filling: Filling) -> Any:
    *outer, last = filling.key
    same = [column(name) == bindparam(f"at_{name}") for name in outer]
    span = column(last).between(bindparam("first"), bindparam("last"))
    named = table(filling.table, *(column(name) for name in filling.values))
    return update(named).where(*same, span, filling.lacking).values(filling.values)


def _ranges(keys: Sequence[Row[Any]]) -> Iterator[dict[str, int]]:
    """Give the first and the last of each site's keys."""
    names = [f"at_{name}" for name in keys[0]._fields[:-1]]
    for outer, found in groupby(keys, key=lambda key: tuple(key[:-1])):
        rows = list(found)
        yield dict(zip(names, outer, strict=True)) | {"first": rows[0][-1], "last": rows[-1][-1]}


def _begin(connection: Connection, filling: Filling) -> Progress:
    """Find where an earlier run ended, or begin."""
    connection.commit()
    PROGRESS.create(connection, checkfirst=True)
    row = connection.execute(select(PROGRESS).where(PROGRESS.c.name == filling.name)).one_or_none()
    if row is None:
        first = {"name": filling.name, "place": None, "done": 0, "pass": 1}
        connection.execute(PROGRESS.insert(), first)
        connection.commit()
        return Progress(None, 0, 1)
    connection.commit()
    return Progress(json.loads(row.place) if row.place else None, row.done, row._mapping["pass"])


def _note(connection: Connection, filling: Filling, progress: Progress) -> None:
    place = json.dumps(list(progress.place)) if progress.place is not None else None
    values = {"place": place, "done": progress.done, "pass": progress.number}
    connection.execute(PROGRESS.update().where(PROGRESS.c.name == filling.name).values(values))


def forget(connection: Connection, filling: Filling) -> None:
    """Forget how far it was, and drop the table once nothing is under way."""
    connection.commit()
    if not inspect(connection).has_table(PROGRESS.name):
        return
    connection.execute(PROGRESS.delete().where(PROGRESS.c.name == filling.name))
    if not connection.scalar(select(func.count()).select_from(PROGRESS)):
        PROGRESS.drop(connection)
    connection.commit()
