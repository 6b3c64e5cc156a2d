"""One process at a time: each database has its own way to make the others wait.

The lock is kept through the transactions of one upgrade, and ends with the connection: a process
that is killed holds nobody off, but for as long as its last statement still runs on the server.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from commentkit import ids
from commentkit.migrations.problems import MigrationError
from commentkit.model import unhurried
from commentkit.model.engines import BEGIN, is_pooled

_NAME = "commentkit_migrations"
_NUMBER = 6_227_703_211
"""Our advisory lock in PostgreSQL, where they are numbers; chosen by nothing but chance."""
_WAIT_SECONDS = 120
_POLL_SECONDS = 0.2

_STILL_AT_IT = (
    "Another process has been changing the tables for two minutes, and goes on: "
    "start again once it is done."
)

_IMMEDIATE = "BEGIN IMMEDIATE"
_PATIENCE_POSTGRESQL = {
    "lock_timeout": 900,  # ms; whoever comes after a waiting ALTER waits behind it
    "statement_timeout": 0,  # an index may take hours
    "idle_in_transaction_session_timeout": 0,
}
_PATIENCE_MARIADB = {"lock_wait_timeout": 1, "innodb_lock_wait_timeout": 1}


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction, with every other process held off until the end.

    It may commit and go on; what is open at the end is committed. Raises `MigrationError` where
    another process keeps at it for two minutes, or where a pooler stands between.
    """
    hold = _HOLDS.get(engine.dialect.name, _nothing)
    with unhurried(engine).connect() as connection, hold(connection):
        connection.begin()
        try:
            yield connection
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


@contextmanager
def _nothing(_connection: Connection) -> Iterator[None]:
    yield


@contextmanager
def _postgresql(connection: Connection) -> Iterator[None]:
    """Ask again and again: who waits inside a statement would keep an index from being built."""
    _demand_direct(connection)
    _set_session(connection, _PATIENCE_POSTGRESQL)
    _until(connection, f"SELECT pg_try_advisory_lock({_NUMBER})")
    try:
        yield
    finally:
        _release(connection, f"SELECT pg_advisory_unlock({_NUMBER})")


def _demand_direct(connection: Connection) -> None:
    """Refuse a pooler: it could give every transaction another session, with another's lock."""
    pooled = is_pooled(connection)
    connection.rollback()
    if pooled:
        raise MigrationError(
            "The tables cannot be changed through a connection pooler such as PgBouncer: "
            "run this with COMMENTKIT_DATABASE_URL leading to PostgreSQL itself."
        )


@contextmanager
def _mariadb(connection: Connection) -> Iterator[None]:
    """Hold the lock by the connection: a change of tables ends every transaction there."""
    unending = {"max_statement_time": 0} if connection.dialect.is_mariadb else {}  # type: ignore[attr-defined]
    _set_session(connection, _PATIENCE_MARIADB | unending)
    name = _name_of(connection)
    _until(connection, f"SELECT GET_LOCK('{name}', 0)")
    try:
        yield
    finally:
        _release(connection, f"SELECT RELEASE_LOCK('{name}')")


def _name_of(connection: Connection) -> str:
    """Name this database's lock, in 64 characters: the server has one list for all databases."""
    database = connection.scalar(text("SELECT DATABASE()"))
    connection.rollback()
    return f"{_NAME}_{ids.sha256(database).hex()[:32]}"


def _set_session(connection: Connection, values: Mapping[str, int]) -> None:
    for name, value in values.items():
        connection.exec_driver_sql(f"SET SESSION {name} = {value}")
    connection.commit()


def _until(connection: Connection, question: str) -> None:
    """Ask until the answer is yes; no transaction is left open meanwhile."""
    last = time.monotonic() + _WAIT_SECONDS
    while True:
        got = connection.exec_driver_sql(question).scalar()
        connection.commit()
        if got:
            return
        _demand_time(last)
        time.sleep(_POLL_SECONDS)


def _demand_time(last: float) -> None:
    if time.monotonic() > last:
        raise MigrationError(_STILL_AT_IT)


def _release(connection: Connection, statement: str) -> None:
    """Give the lock back, and end the session: nobody else gets what was set in it."""
    if connection.invalidated:  # the server took the lock back
        return
    connection.rollback()
    connection.exec_driver_sql(statement)
    connection.commit()
    connection.invalidate()


@contextmanager
def _sqlite(connection: Connection) -> Iterator[None]:
    """Hold a lock beside the file, and begin each transaction as a writer.

    Foreign keys are off, since altered tables are copied and dropped; SQLite ignores that pragma
    inside a transaction. The pragmas are put back as the host had them.
    """
    raw: Any = connection.connection.dbapi_connection
    wanted = {"foreign_keys": 0, "busy_timeout": _WAIT_SECONDS * 1000}
    before = {name: raw.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    _begin_as_writer(connection, raw)
    with _beside(raw):
        _set(raw, wanted)
        try:
            yield
        finally:
            _set(raw, before)
            connection.info.pop(BEGIN, None)


@contextmanager
def _beside(raw: Any) -> Iterator[None]:
    """Lock an empty database beside the real one: it stays locked while that commits.

    The system frees it if we die. Without a file there is no other process.
    """
    path = raw.execute("PRAGMA database_list").fetchone()[2]
    if not path:
        yield
        return
    lock = sqlite3.connect(f"{path}-migrating", timeout=_WAIT_SECONDS, isolation_level=None)
    with closing(lock):
        _lock_exclusively(lock)
        yield


def _lock_exclusively(lock: sqlite3.Connection) -> None:
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise MigrationError(_STILL_AT_IT) from error
        raise MigrationError(f"The lock beside the database cannot be had: {error}.") from error


def _set(raw: Any, pragmas: Mapping[str, int]) -> None:
    for name, value in pragmas.items():
        raw.execute(f"PRAGMA {name}={value}")


def _begin_as_writer(connection: Connection, raw: Any) -> None:
    """Begin each transaction with BEGIN IMMEDIATE, whether the engine says BEGIN or nothing.

    Our own asks how it shall begin; a host's is listened to.
    """
    connection.info[BEGIN] = lambda driver: driver.execute(_IMMEDIATE)
    event.listen(connection, "before_cursor_execute", _immediate, retval=True)
    with connection.begin():
        says_begin = raw.in_transaction
    if not says_begin:
        event.listen(connection, "begin", lambda begun: begun.exec_driver_sql(_IMMEDIATE))


def _immediate(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any
) -> tuple[str, Any]:
    return (_IMMEDIATE if statement == "BEGIN" else statement), parameters


_HOLDS: Mapping[str, Callable[[Connection], AbstractContextManager[None]]] = {
    "postgresql": _postgresql,
    "mysql": _mariadb,
    "mariadb": _mariadb,
    "sqlite": _sqlite,
}
