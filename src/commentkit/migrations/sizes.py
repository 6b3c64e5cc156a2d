"""How much a table holds, asked without reading all of it where the database keeps count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, table, text

_COUNT_BELOW = 100_000
"""Statistics of a small table may be stale, and counting it costs nothing."""


@dataclass(frozen=True)
class Size:
    """Rows and bytes (indexes included) of a table; bytes are unknown in SQLite."""

    rows: int
    bytes: int | None

    def __str__(self) -> str:
        rows = f"about {self.rows:,} rows" if self.rows != 1 else "1 row"
        return rows if self.bytes is None else f"{rows} ({_readable(self.bytes)})"


def _readable(number: int) -> str:
    amount, units = float(number), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:,.0f} {units[0]}"


def size_of(connection: Connection, name: str) -> Size:
    """Return what the table holds; nothing where it does not exist yet."""
    if not connection.dialect.has_table(connection, name):
        return Size(0, 0)
    rows, size = _STATISTICS.get(connection.dialect.name, _none)(connection, name)
    exact = rows < _COUNT_BELOW
    return Size(_count(connection, name) if exact else rows, size)


def _count(connection: Connection, name: str) -> int:
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


def _none(_connection: Connection, _name: str) -> tuple[int, int | None]:
    return 0, None


def _postgresql(connection: Connection, name: str) -> tuple[int, int | None]:
    asked = text(
        "SELECT reltuples, pg_total_relation_size(oid) FROM pg_class WHERE oid = to_regclass(:name)"
    )
    rows, size = connection.execute(asked, {"name": name}).one()
    return int(rows), int(size)


def _mysql(connection: Connection, name: str) -> tuple[int, int | None]:
    asked = text(
        "SELECT table_rows, data_length + index_length FROM information_schema.tables "
        "WHERE table_schema = DATABASE() AND table_name = :name"
    )
    rows, size = connection.execute(asked, {"name": name}).one()
    return int(rows), int(size)


_STATISTICS: Mapping[str, Callable[[Connection, str], tuple[int, int | None]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
