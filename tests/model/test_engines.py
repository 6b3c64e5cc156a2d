"""Our own engines: bounded in every wait, and none of their connections crosses a fork."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from database_support import KINDS, SERVERS, fresh_url
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from commentkit.migrations.locks import alone
from commentkit.model import Database, Limits, own_engine, unhurried

servers = pytest.mark.parametrize("kind", SERVERS)
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    with fresh_url(kind, tmp_path) as address:
        yield address


@contextmanager
def opened(url: str, limits: Limits) -> Iterator[Engine]:
    engine = own_engine(url, limits)
    yield engine
    engine.dispose()


def sleep(seconds: float, kind: str) -> str:
    """Say a statement that takes so long and fails when it is ended."""
    return {
        "postgresql": f"SELECT pg_sleep({seconds})",
        "mariadb": f"SELECT IF(SLEEP({seconds}), 1, 0) FROM (SELECT 1) AS once",
    }[kind]


@servers
def test_a_statement_ends_when_its_time_is_over(kind: str, url: str) -> None:
    with opened(url, Limits(statement_seconds=1)) as engine:
        database = Database(engine)
        with pytest.raises(DBAPIError), database.read() as db:
            db.execute(text(sleep(20, kind)))
        with database.read() as db:
            assert db.scalar(text("SELECT 1")) == 1


@servers
def test_a_migration_takes_as_long_as_it_takes(kind: str, url: str) -> None:
    with opened(url, Limits(statement_seconds=1)) as engine, alone(engine) as connection:
        connection.execute(text(sleep(1.5, kind)))


def test_only_our_own_engines_are_replaced_for_it(tmp_path: Path) -> None:
    host = create_engine("sqlite://")
    file = own_engine(f"sqlite:///{tmp_path}/a.sqlite3")
    assert unhurried(host) is host
    assert unhurried(file) is file


@every_kind
def test_a_process_takes_no_more_connections_than_it_was_given(url: str) -> None:
    with opened(url, Limits(pool_size=2, pool_wait_seconds=1)) as engine:
        with engine.connect(), engine.connect(), pytest.raises(PoolTimeout):
            engine.connect()
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1


SILENT = {
    "postgresql": "postgresql+psycopg://root@127.0.0.1:{}/test",
    "mariadb": "mariadb+pymysql://root@127.0.0.1:{}/test",
}


@servers
def test_a_server_that_never_greets_is_given_up(kind: str) -> None:
    """Without the limit this test would end by its own time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # PyMySQL greets within what it gives a statement, and some slack.
        hasty = Limits(connect_seconds=1, statement_seconds=1)
        engine = own_engine(SILENT[kind].format(silent.getsockname()[1]), hasty)
        with pytest.raises(OperationalError):
            engine.connect()


def test_the_url_has_the_last_word(tmp_path: Path) -> None:
    with fresh_url("postgresql", tmp_path) as url:
        said = f"{url}?options=-c%20statement_timeout%3D7s%20-c%20work_mem%3D5MB"
        with opened(said, Limits()) as engine, engine.connect() as connection:
            settings = ("statement_timeout", "work_mem", "lock_timeout")
            found = [connection.scalar(text(f"SHOW {name}")) for name in settings]
    assert found == ["7s", "5MB", "2s"]


FORK = """
import os, sys
from sqlalchemy import text
from commentkit.model import Database, own_engine
from commentkit.model.turns import Turns

def whose(database):
    ask = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()",
           "mariadb": "SELECT CONNECTION_ID()", "sqlite": "SELECT 1"}
    with database.read() as db:
        driver = db.connection().connection.driver_connection
        return str(db.scalar(text(ask[database.engine.dialect.name]))), id(driver)

database = Database(own_engine(sys.argv[1]))
turns = Turns(0.1)
turn = turns.turn()
turn.__enter__()
held = database.engine.connect()  # as another thread may in the moment of the fork
before = whose(database)
reading, writing = os.pipe()
if os.fork() == 0:
    found = [whose(database) for _ in range(3)]
    assert len(set(found)) == 1, found
    assert found[0][1] != before[1], "the parent's connection"
    assert database.engine.pool.checkedout() == 0
    with turns.turn():
        os.write(writing, found[0][0].encode())
    os._exit(0)
os.close(writing)
child = os.read(reading, 100).decode()
assert os.wait()[1] == 0
assert whose(database) == before
print("ok", child != before[0])
"""


@every_kind
def test_a_forked_process_makes_its_own_connections(kind: str, url: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout == f"ok {kind != 'sqlite'}\n", run.stderr
