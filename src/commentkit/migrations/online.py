"""Columns and indexes of tables that are in use, as each database does it with the least waiting.

Everything here may be run again: what is there already is left alone.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from alembic.ddl.base import AddColumn, DropColumn
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, MetaData, Table, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, SchemaItem

from commentkit.migrations.patience import outside, patiently, waiting

_BUILDING_SECONDS = 600
"""How long a new index waits for transactions older than itself; nobody waits behind it."""
_HANDING_OVER_SECONDS = 5
"""How long visitors may wait in MySQL's family when an index is ready and the table is held."""
_BUILDING_PAUSES = (1.0, 1.0, 1.0)

_UNSUPPORTED = {1845, 1846}  # ER_ALTER_OPERATION_NOT_SUPPORTED, with or without its reason


def add_table(
    connection: Connection, table: str, items: Callable[[], Sequence[SchemaItem]]
) -> None:
    """Make an empty table; what it refers to is waited for like any other lock."""

    def make() -> None:
        _operations(connection).create_table(table, *items(), if_not_exists=True)

    patiently(connection, make, subject=table)


def drop_table(connection: Connection, table: str) -> None:
    """Drop a table, and what it holds."""
    drop = partial(_operations(connection).drop_table, table, if_exists=True)
    patiently(connection, drop, subject=table)


def _operations(connection: Connection) -> Operations:
    return Operations(MigrationContext.configure(connection))


def add_column(
    connection: Connection, table: str, name: str, type_: Any, default: str | None = None
) -> None:
    """Add a column that holds NULL, or the constant `default`: no row need be written."""
    if has_column(connection, table, name):
        return
    column = Column(name, type_, server_default=default, nullable=default is None)
    Table(table, MetaData(), column)  # its compiler asks for the column's table
    _alter(connection, table, AddColumn(table, column))


def drop_column(connection: Connection, table: str, name: str) -> None:
    """Drop a column, and what it holds."""
    if has_column(connection, table, name):
        _alter(connection, table, DropColumn(table, Column(name)))


def has_column(connection: Connection, table: str, name: str) -> bool:
    """Tell whether the table has a column of that name."""
    return name in {found["name"] for found in inspect(connection).get_columns(table)}


def _alter(connection: Connection, table: str, ddl: Any) -> None:
    statement = str(ddl.compile(dialect=connection.dialect))
    if _is_mysql(connection):
        _alter_mysql(connection, table, statement)
    else:
        _run(connection, table, statement)


def _alter_mysql(connection: Connection, table: str, statement: str) -> None:
    """Ask for what touches no row; where that cannot be, for what lets others write."""
    try:
        _run(connection, table, f"{statement}, ALGORITHM=INSTANT")
    except DBAPIError as error:
        if _code(error) not in _UNSUPPORTED:
            raise
        _run(connection, table, f"{statement}, ALGORITHM=INPLACE, LOCK=NONE")


def _run(connection: Connection, table: str, statement: str) -> None:
    patiently(connection, lambda: connection.execute(text(statement)), subject=table)


def _code(error: DBAPIError) -> object:
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments else None


def add_index(
    connection: Connection, name: str, table: str, columns: Sequence[str], *, unique: bool = False
) -> None:
    """Add an index while others read and write; in SQLite writers wait for it.

    What a killed run left unfinished in PostgreSQL is dropped first.
    """
    ddl = CreateIndex(_index(name, table, columns, unique=unique))
    statement = str(ddl.compile(dialect=connection.dialect))
    if connection.dialect.name == "postgresql":
        _add_beside_writers(connection, name, table, statement)
    elif not has_index(connection, name, table):
        _add_in_place(connection, table, statement)


def drop_index(connection: Connection, name: str, table: str) -> None:
    """Drop an index."""
    if not has_index(connection, name, table):
        return
    if connection.dialect.name == "postgresql":
        _drop_beside_writers(connection, name, table)
        return
    if _is_mysql(connection):
        _run(
            connection,
            table,
            f"ALTER TABLE {table} DROP INDEX {name}, ALGORITHM=INPLACE, LOCK=NONE",
        )
    else:
        _run(connection, table, f"DROP INDEX {name}")


def has_index(connection: Connection, name: str, table: str) -> bool:
    """Tell whether the table has an index of that name, finished or not."""
    return name in {found["name"] for found in inspect(connection).get_indexes(table)}


def _index(name: str, table: str, columns: Sequence[str], *, unique: bool = False) -> Index:
    described = Table(table, MetaData(), *(Column(column) for column in columns))
    return Index(name, *(described.c[column] for column in columns), unique=unique)


def _add_in_place(connection: Connection, table: str, statement: str) -> None:
    if not _is_mysql(connection):
        _run(connection, table, statement)
        return
    with waiting(connection, seconds=_HANDING_OVER_SECONDS):
        _run(connection, table, f"{statement} ALGORITHM=INPLACE LOCK=NONE")


def _add_beside_writers(connection: Connection, name: str, table: str, statement: str) -> None:
    beside = statement.replace(" INDEX ", " INDEX CONCURRENTLY ", 1)

    def build() -> None:
        if _is_valid(connection, name) is False:
            _drop_concurrently(connection, name)
        if _is_valid(connection, name) is None:
            connection.execute(text(beside))

    with outside(connection, lock_seconds=_BUILDING_SECONDS):
        patiently(connection, build, subject=table, pauses=_BUILDING_PAUSES)


def _drop_beside_writers(connection: Connection, name: str, table: str) -> None:
    with outside(connection, lock_seconds=_BUILDING_SECONDS):
        drop = partial(_drop_concurrently, connection, name)
        patiently(connection, drop, subject=table, pauses=_BUILDING_PAUSES)


def _drop_concurrently(connection: Connection, name: str) -> None:
    connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))


def _is_valid(connection: Connection, name: str) -> bool | None:
    """Tell whether PostgreSQL finished the index; None where there is none."""
    asked = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    found: bool | None = connection.scalar(asked, {"name": name})
    return found


def _is_mysql(connection: Connection) -> bool:
    return connection.dialect.name in ("mysql", "mariadb")
