"""One process at a time: each database has its own way to make the others wait."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, text

_NAME = "commentkit_migrations"
_NUMBER = 6_227_703_211
"""Our advisory lock in PostgreSQL, where they are numbers; chosen by nothing but chance."""
_WAIT_SECONDS = 120


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction, with every other process held off until it ends."""
    hold = _HOLDS.get(engine.dialect.name, _transaction)
    with engine.connect() as connection, hold(connection):
        yield connection


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    with connection.begin():
        yield


@contextmanager
def _postgresql(connection: Connection) -> Iterator[None]:
    """DDL is transactional there; the lock ends with the transaction."""
    with connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _NUMBER})
        yield


@contextmanager
def _mariadb(connection: Connection) -> Iterator[None]:
    """DDL commits there, so the lock must outlive transactions: it is the connection's."""
    asked = {"name": _NAME, "seconds": _WAIT_SECONDS}
    got = connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), asked)
    if got != 1:
        raise TimeoutError("another process has been migrating for two minutes")
    try:
        connection.commit()
        with connection.begin():
            yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _NAME})
        connection.commit()


@contextmanager
def _sqlite(connection: Connection) -> Iterator[None]:
    """Take the write lock first; without foreign keys, since altered tables are copied and dropped.

    SQLite ignores that pragma inside a transaction. Both are put back as the host had them.
    """
    raw: Any = connection.connection.dbapi_connection
    wanted = {"foreign_keys": 0, "busy_timeout": _WAIT_SECONDS * 1000}
    before = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    _set(raw, wanted)
    try:
        with connection.begin():
            _begin_immediate(connection, raw)
            yield
    finally:
        _set(raw, before)


def _set(raw: Any, pragmas: Mapping[str, int]) -> None:
    for name, value in pragmas.items():
        raw.execute(f"PRAGMA {name}={value}")


def _begin_immediate(connection: Connection, raw: Any) -> None:
    """Begin as a writer: Python's driver does not begin by itself before DDL, our engine does."""
    if raw.in_transaction:
        raw.rollback()
    connection.exec_driver_sql("BEGIN IMMEDIATE")


_HOLDS: Mapping[str, Callable[[Connection], AbstractContextManager[None]]] = {
    "postgresql": _postgresql,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
}
