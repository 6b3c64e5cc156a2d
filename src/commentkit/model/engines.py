"""Engines that are ours alone: tuned, bounded in every wait, and never shared by a fork."""

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    PoolProxiedConnection,
    create_engine,
    event,
    make_url,
)

from commentkit.model import silence
from commentkit.model.forks import in_child

BEGIN = "commentkit.begin"
"""In the info of a connection to SQLite: how it begins a transaction, where not by `BEGIN`."""
_LOCK_SECONDS = "commentkit_lock_seconds"
_OWN = "commentkit_own"
_POOLED = "commentkit.pooled"
_MYSQL = ("mysql", "mariadb")
_PSYCOPG = ("psycopg", "psycopg2")
_TIMEOUTS = frozenset({"read_timeout", "write_timeout"})
_DRIVERS_PATIENCE_SECONDS = 5
"""What sqlite3 waits for a lock where nobody said how long."""
_SLACK_SECONDS = 2
"""What a client waits beyond the server's own limit, which should speak first."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many connections a process may hold, and how long each wait may last."""

    pool_size: int = 10
    pool_wait_seconds: int = 3
    connect_seconds: int = 3
    lock_seconds: int = 2
    statement_seconds: int = 10


USUAL = Limits()


def sqlite_engine(path: Path, limits: Limits = USUAL) -> Engine:
    """Open (creating its folder) our own SQLite file: WAL, full synchronous, foreign keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return own_engine(URL.create("sqlite", database=str(path)), limits)


def own_engine(url: URL | str, limits: Limits = USUAL) -> Engine:
    """Create an engine that is ours alone, so that its connections may be tuned.

    A file database of SQLite gets WAL, `synchronous=FULL` (an acknowledged comment survives a power
    loss), patience for a lock, and BEGIN IMMEDIATE for writers. Errors and logs never quote values:
    they are what people wrote. Nothing is connected to.
    """
    address = make_url(url)
    sqlite = address.get_backend_name() == "sqlite"
    engine = _sqlite(address, limits) if sqlite else _server(address, limits)
    engine.update_execution_options(**{_OWN: True})
    in_child(engine, _forsake_pool)
    return engine


def unhurried(engine: Engine) -> Engine:
    """Return an engine for what takes as long as it takes, such as a migration.

    It keeps no connection. A host's engine, and one of SQLite, come back as they are.
    """
    if not is_own(engine) or engine.dialect.name == "sqlite":
        return engine
    given = (
        {"connect_args": {"prepare_threshold": None}} if _driver(engine.url) == "psycopg" else {}
    )
    return create_engine(
        engine.url, poolclass=NullPool, hide_parameters=True, **isolation(engine.url), **given
    )


def is_own(engine: Engine) -> bool:
    """Tell whether `own_engine` made it."""
    return bool(engine.get_execution_options().get(_OWN))


def lock_seconds(engine: Engine) -> float:
    """Return how long a writer to SQLite bears with others; a host's as its driver does."""
    return float(engine.get_execution_options().get(_LOCK_SECONDS, _DRIVERS_PATIENCE_SECONDS))


def is_pooled(connection: Connection) -> bool:
    """Tell whether something like PgBouncer stands between us and PostgreSQL.

    Our own engines saw it when they connected; a host's connection is asked now.
    """
    if connection.dialect.name != "postgresql":
        return False
    noticed: bool | None = connection.info.get(_POOLED)
    if noticed is None:
        told = getattr(connection.connection.driver_connection, "info", None)
        answering = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        noticed = _is_another(answering, told)
    return noticed


def _is_another(answering: object, greeted: Any) -> bool:
    """Compare process numbers: a pooler gives one of its own, for its clients to cancel by."""
    return getattr(greeted, "backend_pid", answering) != answering


def isolation(address: URL) -> dict[str, Any]:
    """Ask MySQL's family for the isolation the verbs were written for: PostgreSQL's default."""
    return {"isolation_level": "READ COMMITTED"} if address.get_backend_name() in _MYSQL else {}


def _forsake_pool(engine: Engine) -> None:
    """Begin a forked process with no connection: those it inherited are its parent's.

    The old pool is kept: a driver might say goodbye on a connection that is thrown away.
    """
    if engine.url.database not in (None, "", ":memory:"):
        engine.update_execution_options(commentkit_parents=engine.pool)
        engine.dispose(close=False)


def _pool(limits: Limits) -> dict[str, Any]:
    """Bound the pool: what a process may take of the server's connections is a fixed number."""
    return {
        "pool_size": limits.pool_size,
        "max_overflow": 0,
        "pool_timeout": limits.pool_wait_seconds,
        "pool_use_lifo": True,  # the fewer are used, the warmer they are
    }


def _sqlite(address: URL, limits: Limits) -> Engine:
    in_file = address.database not in (None, "", ":memory:")
    engine = create_engine(
        address,
        hide_parameters=True,
        connect_args={"timeout": limits.lock_seconds},
        **(_pool(limits) if in_file else {}),
    )
    engine.update_execution_options(**{_LOCK_SECONDS: limits.lock_seconds})
    event.listen(engine, "connect", _tune_sqlite)
    # An event would do, and SQLAlchemy then look for listeners around each and every statement.
    engine.dialect.do_begin = _begin_sqlite  # type: ignore[assignment, method-assign]
    return engine


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: PoolProxiedConnection) -> None:
    begin: Callable[[Any], object] = connection.info.get(BEGIN, _begin_reading)
    begin(connection.driver_connection)


def _begin_reading(driver: Any) -> None:
    driver.execute("BEGIN")


def _server(address: URL, limits: Limits) -> Engine:
    engine = create_engine(
        address,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=_connect_args(address, limits),
        **_pool(limits),
        **isolation(address),
    )
    if _driver(address) in _PSYCOPG:
        _mind_poolers(engine, limits)
    if not _TIMEOUTS & address.query.keys():
        silence.bound(
            engine,
            resting=_connect_seconds(address, limits),
            busy=limits.statement_seconds + _SLACK_SECONDS,
        )
    return engine


def _connect_seconds(address: URL, limits: Limits) -> float:
    """Return what a greeting may take; the URL has the last word, and 0 in it is no limit."""
    said = address.query.get("connect_timeout", limits.connect_seconds)
    return float(said[0] if isinstance(said, tuple) else said) or math.inf


def _driver(address: URL) -> str:
    return address.get_driver_name()


def _connect_args(address: URL, limits: Limits) -> dict[str, Any]:
    """Give the driver its limits; what the URL says of the same wins."""
    known = {**dict.fromkeys(_PSYCOPG, _postgresql), "pymysql": _pymysql, "mysqldb": _mysql}
    make = known.get(_driver(address))
    made = make(limits) if make else {}
    if _driver(address) == "psycopg":
        made["prepare_threshold"] = None  # behind PgBouncer the next statement meets another server
    if "options" in made and "options" in address.query:
        made["options"] = f"{made['options']} {address.query['options']}"
        return made
    return {name: value for name, value in made.items() if name not in address.query}


def _postgresql(limits: Limits) -> dict[str, Any]:
    waits = _postgresql_waits(limits)
    return {
        "connect_timeout": max(2, limits.connect_seconds),  # libpq takes 1 for 2
        "tcp_user_timeout": limits.connect_seconds * 1000,  # a server that vanished, not a slow one
        "options": " ".join(f"-c {name}={value}" for name, value in waits.items()),
    }


def _postgresql_waits(limits: Limits) -> Mapping[str, str]:
    return {
        "statement_timeout": f"{limits.statement_seconds}s",
        "lock_timeout": f"{limits.lock_seconds}s",
    }


def _mysql(limits: Limits) -> dict[str, Any]:
    """Limit the session in one statement; each server reads its own part of it.

    MariaDB bounds every statement (seconds), MySQL reads alone (milliseconds).
    """
    seconds = limits.statement_seconds
    return {
        "connect_timeout": limits.connect_seconds,
        "read_timeout": seconds + _SLACK_SECONDS,
        "write_timeout": seconds + _SLACK_SECONDS,
        "init_command": f"SET SESSION innodb_lock_wait_timeout={limits.lock_seconds}"
        f" /*M! , max_statement_time={seconds} */"
        f" /*!50704 , max_execution_time={seconds * 1000} */",
    }


def _pymysql(limits: Limits) -> dict[str, Any]:
    """Bear little silence while being greeted; `silence` bears more once a statement runs."""
    return {**_mysql(limits), **dict.fromkeys(_TIMEOUTS, limits.connect_seconds)}


def _mind_poolers(engine: Engine, limits: Limits) -> None:
    """Keep the limits also where a session is not ours: then each transaction says them.

    PgBouncer refuses start-up options, or is told to ignore them.
    """
    waits = "SELECT " + ", ".join(
        f"set_config('{name}', '{value}', true)"
        for name, value in _postgresql_waits(limits).items()
    )

    def limit(connection: PoolProxiedConnection) -> None:
        if connection.info.get(_POOLED):
            with closing(connection.cursor()) as cursor:
                cursor.execute(waits)

    event.listen(engine, "do_connect", _connect_without_options)
    event.listen(engine, "connect", _notice_pooler)
    engine.dialect.do_begin = limit  # type: ignore[assignment, method-assign]


def _connect_without_options(dialect: Any, _record: Any, args: Any, params: dict[str, Any]) -> Any:
    """Connect; where start-up options are refused, leave them out from then on.

    `params` are the engine's own: another thread may have left them out meanwhile.
    """
    options, connect = params.get("options"), _connect_by(dialect)
    try:
        return connect(*args, **params)
    except dialect.loaded_dbapi.OperationalError as error:
        if "startup parameter" not in str(error) or not options:
            raise
    params["options"] = ""
    return connect(*args, **params)


def _connect_by(dialect: Any) -> Callable[..., Any]:
    """Return what connects: for psycopg with a limit to every silence, from the greeting on."""
    if dialect.driver != "psycopg":
        return dialect.connect  # type: ignore[no-any-return]
    from commentkit.model.psycopg_wire import Impatient

    def connect(*args: Any, **params: Any) -> Impatient:
        connection = Impatient.connect(*args, **params)
        connection.silence_seconds = float(params.get("connect_timeout") or math.inf)
        return connection

    return connect


_WHO_AND_HOW_LONG = (
    "SELECT pg_backend_pid(),"
    " extract(epoch FROM current_setting('statement_timeout')::interval)::float"
)


def _notice_pooler(connection: Any, record: Any) -> None:
    """See whether the process that answers is the one that greeted us, and its limit.

    The limit may be the URL's own: silence must not end what it allows.
    """
    cursor = connection.cursor()
    cursor.execute(_WHO_AND_HOW_LONG)
    answering, seconds = cursor.fetchone()
    cursor.close()
    connection.rollback()
    record.info[_POOLED] = pooled = _is_another(answering, connection.info)
    if not pooled:
        record.info[silence.BUSY] = seconds + _SLACK_SECONDS if seconds else math.inf
