"""How a database goes about a statement: read from its own plan, and from running it.

`faults` tells what would grow with the tables: a table read whole, a site read whole, more rows
looked at than a page can need.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

from commentkit.model import metadata

GROWING = frozenset(metadata.tables) - {"commentkit_site"}
_PLANNED = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """What went to the driver."""

    text: str
    values: Any


@dataclass
class Recorder:
    """The statements of an engine while `recording`."""

    engine: Engine
    _kept: list[Statement] | None = None

    def __post_init__(self) -> None:
        event.listen(self.engine, "before_cursor_execute", self._keep)

    @contextmanager
    def recording(self) -> Iterator[list[Statement]]:
        """Yield the list that fills."""
        self._kept = kept = []
        try:
            yield kept
        finally:
            self._kept = None

    def _keep(self, _c: Any, _cursor: Any, text: str, values: Any, _x: Any, many: bool) -> None:
        if self._kept is not None:
            self._kept.append(Statement(text, values[0] if many else values))


@dataclass
class Plan:
    """What matters of a plan."""

    rows: int = 0
    """Looked at, in all."""
    faults: list[str] = field(default_factory=list)


def faults(engine: Engine, statements: Sequence[Statement], *, most_rows: int) -> list[str]:
    """Run each statement once more, undone at once, and return what is wrong with its plan."""
    found: list[str] = []
    planned = {s.text: s for s in statements if _PLANNED.match(s.text)}
    for statement in planned.values():
        plan = _READERS[engine.dialect.name](engine, statement)
        wrong = [*plan.faults]
        if plan.rows > most_rows:
            wrong.append(f"looks at {plan.rows} rows")
        found += [f"{fault}: {statement.text}" for fault in wrong]
    return found


@contextmanager
def _undone(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def _run(connection: Connection, prefix: str, statement: Statement) -> Sequence[Any]:
    return connection.exec_driver_sql(f"{prefix} {statement.text}", statement.values).all()


# PostgreSQL ---------------------------------------------------------------------------------------


_SMALL = 5_000
"""Rows of a table that PostgreSQL rather reads whole; what it does when it grows is asked apart."""


def _postgresql(engine: Engine, statement: Statement) -> Plan:
    plan = Plan()
    with _undone(engine) as connection:
        ran = _run(connection, "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)", statement)
        plan.rows = sum(map(_examined, _nodes(ran[0][0][0]["Plan"])))
    with _undone(engine) as connection:  # a small table is read whole because it is small
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        meant = _run(connection, "EXPLAIN (FORMAT JSON)", statement)
        plan.faults = [f for n in _nodes(meant[0][0][0]["Plan"]) if (f := _postgresql_fault(n))]
    return plan


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _examined(node: Mapping[str, Any]) -> int:
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Subquery Scan":
        return 0
    removed = sum(v for k, v in node.items() if k.startswith("Rows Removed by"))
    rows = node["Actual Rows"] + removed
    whole_but_small = node["Node Type"] == "Seq Scan" and rows < _SMALL
    return 0 if whole_but_small else int(rows * node["Actual Loops"])


def _postgresql_fault(node: Mapping[str, Any]) -> str | None:
    table = node.get("Relation Name")
    if node["Node Type"] == "Seq Scan" and table in GROWING:
        return f"reads {table} whole"
    if "Index Cond" in node or not node["Node Type"].startswith(("Index", "Bitmap Index")):
        return _site_alone(node.get("Index Cond"), node.get("Index Name", ""))
    return f"reads the index {node.get('Index Name')} whole"


def _site_alone(condition: str | None, name: str) -> str | None:
    if condition is None or _columns(condition) - {"site_id"} or "site_origin" in name:
        return None
    return f"reads a whole site by {name}"


def _columns(condition: str) -> set[str]:
    return {c for t in metadata.tables.values() for c in t.columns.keys() if _in(c, condition)}  # noqa: SIM118 - columns, not a dict


def _in(column: str, condition: str) -> bool:
    return re.search(rf"(?<![\w]){column}(?!\w)", condition) is not None


# MariaDB ------------------------------------------------------------------------------------------


def _mariadb(engine: Engine, statement: Statement) -> Plan:
    plan = Plan()
    with _undone(engine) as connection:
        ran = json.loads(_run(connection, "ANALYZE FORMAT=JSON", statement)[0][0])
    for table in _tables(ran):
        plan.rows += _looked_at(table)
        plan.faults += [fault] if (fault := _mariadb_fault(table)) else []
    return plan


def _tables(node: Any) -> Iterator[Mapping[str, Any]]:
    """Give each access to a table, at any depth."""
    if isinstance(node, list):
        for each in node:
            yield from _tables(each)
    elif isinstance(node, dict):
        if "access_type" in node:
            yield node
        for each in node.values():
            yield from _tables(each)


def _looked_at(table: Mapping[str, Any]) -> int:
    if "<" in table.get("table_name", "<"):
        return 0
    return int((table.get("r_rows") or 0) * (table.get("r_loops") or 0))


def _mariadb_fault(table: Mapping[str, Any]) -> str | None:
    name = table.get("table_name", "<")
    if name.startswith("<") or name == "commentkit_site":
        return None
    if table["access_type"] in ("ALL", "index"):
        return f"reads {name} whole"
    if table.get("used_key_parts") == ["site_id"] and name != "commentkit_site_origin":
        return f"reads a whole site by {table['key']}"
    return None


# SQLite -------------------------------------------------------------------------------------------

_SQLITE_STEPS_A_ROW = 8
"""Steps of its machine for a row that is looked at; one that is shown takes five times as many."""
_SEARCH = re.compile(r"SEARCH (\S+) USING (?:COVERING )?INDEX (\S+) \((.*)\)")
_SCAN = re.compile(r"SCAN (?!\(|anon_|CONSTANT)(\S+)")


def _sqlite(engine: Engine, statement: Statement) -> Plan:
    with _undone(engine) as connection:
        lines = [row[3] for row in _run(connection, "EXPLAIN QUERY PLAN", statement)]
    return Plan(_steps(engine, statement) // _SQLITE_STEPS_A_ROW, [*_sqlite_faults(lines)])


def _sqlite_faults(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        scan, search = _SCAN.match(line), _SEARCH.match(line)
        if scan and scan[1] != "commentkit_site":
            yield f"reads {scan[1]} whole"
        if search and (fault := _site_alone(search[3], search[2])):
            yield fault


def _steps(engine: Engine, statement: Statement) -> int:
    """Count the steps of SQLite's machine, in hundreds: it has no other word for rows."""
    hundreds = 0

    def count() -> int:
        nonlocal hundreds
        hundreds += 1
        return 0

    with _undone(engine) as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 100)
        try:
            result = connection.exec_driver_sql(statement.text, statement.values)
            _ = result.all() if result.returns_rows else None
        finally:
            driver.set_progress_handler(None, 0)
    return hundreds * 100


_READERS: dict[str, Callable[[Engine, Statement], Plan]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "mysql": _mariadb,
    "sqlite": _sqlite,
}
