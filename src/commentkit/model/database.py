"""The engine and the unit of work: the only place where a transaction begins or ends."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

logger = logging.getLogger("commentkit.model")

_AFTER_COMMIT = "commentkit.after_commit"
_WRITING = "commentkit_writing"


def sqlite_engine(path: Path) -> Engine:
    """Open (creating its folder) our own SQLite file: WAL, full synchronous, foreign keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return own_engine(URL.create("sqlite", database=str(path)))


def own_engine(url: URL | str) -> Engine:
    """Create an engine that is ours alone, so that its connections may be tuned.

    A file database of SQLite gets WAL, `synchronous=FULL` (an acknowledged comment survives a power
    loss), 5 s of patience for a lock, and BEGIN IMMEDIATE for writers. Errors and logs never quote
    values: they are what people wrote.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(
            address, pool_pre_ping=True, hide_parameters=True, **_isolation(address)
        )
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": 5})
    event.listen(engine, "connect", _tune_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _isolation(address: URL) -> dict[str, Any]:
    """Ask MySQL's family for the isolation the verbs were written for: PostgreSQL's default."""
    mysql = address.get_backend_name() in ("mysql", "mariadb")
    return {"isolation_level": "READ COMMITTED"} if mysql else {}


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _is_ours(engine: Engine) -> bool:
    return event.contains(engine, "begin", _begin_sqlite)


def _begin_at_hosts(db: Session) -> None:
    """Begin for real on a host's SQLite: its driver would wait, and let a savepoint commit."""
    connection = db.connection()
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def after_commit(db: Session, call: Callable[[], object]) -> None:
    """Run `call` once the current unit of work is committed; never if it is rolled back."""
    db.info.setdefault(_AFTER_COMMIT, []).append(call)


class Database:
    """Units of work over one engine.

    `around` is entered for as long as a transaction is open; the extension passes the guard that
    refuses network calls there.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.engine = engine.execution_options(**_isolation(engine.url))
        self._around = around
        self._writer = self.engine.execution_options(**{_WRITING: True})
        self._says_begin = engine.dialect.name == "sqlite" and not _is_ours(engine)
        self.commits = 0
        """Write transactions that this process committed: a cheap sign that something changed."""

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction that may write; commit at the end, roll back on any exception."""
        with self._around(), Session(self._writer, expire_on_commit=False) as db, db.begin():
            if self._says_begin:
                _begin_at_hosts(db)
            yield db
        self.commits += 1
        for call in db.info.get(_AFTER_COMMIT, ()):
            try:
                call()
            except Exception:  # it is stored: whoever hears of it cannot undo that, nor hide it
                logger.exception("what follows a commit went wrong")

    def replica(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads and may see the past: on a replica if there is one."""
        return self.read()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads."""
        with self._around(), Session(self.engine, expire_on_commit=False) as db:
            yield db
