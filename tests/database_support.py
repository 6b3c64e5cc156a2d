"""Databases for tests: SQLite files always, PostgreSQL and MariaDB where they answer.

Tests of the schema itself ask for an empty database (`fresh_url`, `fresh_engine`). All others get
their `Databases` by the fixture `databases`: tables made once in a process, emptied between tests.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest
from browser_support import in_ci
from site_scope import watched
from sqlalchemy import Engine, Table, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from commentkit.model import metadata, own_engine, sqlite_engine

SERVERS = {
    "postgresql": os.environ.get(
        "COMMENTKIT_TEST_POSTGRESQL", "postgresql+psycopg://root@127.0.0.1:5432/test"
    ),
    "mariadb": os.environ.get(
        "COMMENTKIT_TEST_MARIADB", "mariadb+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4"
    ),
}
KINDS = ("sqlite", *SERVERS)

DATABASE_MISSING = "not tried here: "
"""How the reason of a skip begins when a database does not answer on this machine."""

_DATABASES: ContextVar["Databases | None"] = ContextVar("databases", default=None)


@contextmanager
def fresh_url(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database that is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'test.sqlite'}"
        return
    server = create_engine(SERVERS[kind], isolation_level="AUTOCOMMIT")
    name = f"commentkit_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name}", kind)
    try:
        url = make_url(SERVERS[kind]).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        _run(server, f"DROP DATABASE {name}{force}", kind)
        server.dispose()


@contextmanager
def fresh_engine(kind: str, folder: Path) -> Iterator[Engine]:
    """Yield our own engine over an empty database."""
    with fresh_url(kind, folder) as url:
        engine = own_engine(url)
        yield engine
        engine.dispose()


def _run(server: Engine, statement: str, kind: str) -> None:
    try:
        with server.connect() as connection:
            connection.execute(text(statement))
    except OperationalError as error:
        _missing(f"{kind} ({type(error.orig).__name__} at {server.url.host}:{server.url.port})")


def _missing(what: str) -> None:
    if in_ci():
        pytest.fail(f"CI tries every database, and one does not answer: {what}", pytrace=False)
    pytest.skip(DATABASE_MISSING + what)


class Pool:
    """The databases of one kind that this process has made, each with tables."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self._folder = folder
        self._idle: list[Engine] = []
        self._made = ExitStack()  # what each of them takes to go again
        self._template: Path | None = None

    def take(self, folder: Path) -> Engine:
        """Return an engine over an empty database with tables; for SQLite, a file in `folder`."""
        if self.kind == "sqlite":
            return self._copied(folder / "commentkit.sqlite3")
        engine = self._idle.pop() if self._idle else self._new()
        try:
            _empty(engine)
        except ProgrammingError:  # a test took the tables away
            metadata.drop_all(engine)
            metadata.create_all(engine)
        return engine

    def give_back(self, engine: Engine) -> None:
        """Let another test have it; SQLite's file belongs to its folder."""
        if self.kind == "sqlite":
            engine.dispose()
        else:
            self._idle.append(engine)

    def close(self) -> None:
        """Drop what was made."""
        self._made.close()

    def _copied(self, path: Path) -> Engine:
        if self._template is None:
            self._template = self._folder / "template.sqlite3"
            made = sqlite_engine(self._template)
            metadata.create_all(made)
            made.dispose()
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            shutil.copyfile(self._template, path)
        return sqlite_engine(path)

    def _new(self) -> Engine:
        engine = self._made.enter_context(fresh_engine(self.kind, self._folder))
        if self.kind == "postgresql":  # nobody needs what these tests write after a power loss
            event.listen(engine, "connect", _hurry)
        metadata.create_all(engine)
        return engine


def _hurry(connection: object, _record: object) -> None:
    connection.execute("SET synchronous_commit = off")  # type: ignore[attr-defined]
    connection.commit()  # type: ignore[attr-defined]


def _empty(engine: Engine) -> None:
    """Delete every row; a test that left a transaction open is told so after five seconds."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        for table in reversed(metadata.sorted_tables):
            connection.exec_driver_sql(_PATIENT.get(engine.dialect.name, "") + _delete(table))


_PATIENT = {"mysql": "SET STATEMENT innodb_lock_wait_timeout = 5 FOR "}
_PATIENT["mariadb"] = _PATIENT["mysql"]


def _delete(table: Table) -> str:
    return f"DELETE FROM {table.name}"


def everything_in(engine: Engine) -> str:
    """Return all that the database holds, as text: what a thief of a copy would read."""
    with engine.connect() as connection:
        rows = [
            row
            for table in metadata.sorted_tables
            for row in connection.exec_driver_sql(f"SELECT * FROM {table.name}")
        ]
    return "\n".join(repr(tuple(row)) for row in rows)


class Databases:
    """The databases of one test, all of one kind, with tables, empty."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.kind = pool.kind
        self._pool = pool
        self._folder = folder
        self._taken: dict[Path, Engine] = {}

    def engine(self, folder: Path | None = None) -> Engine:
        """Return our engine over the database of `folder`; another folder has another."""
        folder = folder or self._folder
        if folder not in self._taken:
            self._taken[folder] = watched(self._pool.take(folder))
        return self._taken[folder]

    def for_app(self, folder: Path) -> Engine | None:
        """Return the engine to give an app; None where it opens the file in `folder` itself."""
        engine = self.engine(folder)
        return None if self.kind == "sqlite" else engine

    def close(self) -> None:
        """Give the databases back."""
        for engine in self._taken.values():
            self._pool.give_back(engine)


@contextmanager
def databases_of(pool: Pool, folder: Path) -> Iterator[Databases]:
    """Give the test that runs now its databases."""
    databases = Databases(pool, folder)
    before = _DATABASES.set(databases)
    try:
        yield databases
    finally:
        _DATABASES.reset(before)
        databases.close()


def databases_now() -> Databases:
    """Return the databases of the test that runs; it must have asked for one."""
    databases = _DATABASES.get()
    if databases is None:
        pytest.fail(
            "This test keeps something in a database, so it must run on every kind: let it or its "
            "fixture ask for `databases`, or write "
            'pytestmark = pytest.mark.usefixtures("databases").'
        )
    return databases
