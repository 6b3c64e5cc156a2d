"""Replicas take turns, may show the past, and are left alone where they fail."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from database_support import KINDS, fresh_engine
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from tools.cluster.ports import free_port
from world import Clock

from commentkit.model import Database, Limits, own_engine
from commentkit.model.replicas import Replicas
from commentkit.outage import PAUSE_SECONDS

WHICH = text("SELECT which FROM whoami")
ADDRESS = {
    "postgresql": "postgresql+psycopg://root@127.0.0.1:{}/test",
    "mariadb": "mariadb+pymysql://root@127.0.0.1:{}/test",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def engines(kind: str, tmp_path: Path) -> Iterator[dict[str, Engine]]:
    """Three real databases, each of which knows its name; two stand in for replicas that lag."""
    with ExitStack() as made:
        found = {}
        for name in ("primary", "one", "two"):
            (tmp_path / name).mkdir()
            found[name] = made.enter_context(fresh_engine(kind, tmp_path / name))
            with found[name].begin() as connection:
                connection.execute(text("CREATE TABLE whoami (which VARCHAR(20))"))
                connection.execute(text("INSERT INTO whoami VALUES (:n)"), {"n": name})
        yield found


def nobody_there(kind: str) -> Engine:
    """Make an engine for a server that is not there."""
    if kind == "sqlite":
        return own_engine("sqlite:////proc/no such folder/x")
    return own_engine(ADDRESS[kind].format(free_port()), Limits(connect_seconds=1))


def asked(database: Database, times: int = 1) -> list[str]:
    found = []
    for _ in range(times):
        with database.replica() as db:
            found.append(db.scalar(WHICH))
    return found


def test_replicas_take_turns_and_the_primary_has_none(engines: dict[str, Engine]) -> None:
    database = Database(engines["primary"], replicas=(engines["one"], engines["two"]))
    assert asked(database, 4) == ["one", "two", "one", "two"]
    with database.read() as db:
        assert db.scalar(WHICH) == "primary"
    assert database.write(lambda db: db.scalar(WHICH)) == "primary"
    assert database.replicated


def test_without_replicas_the_primary_answers(engines: dict[str, Engine]) -> None:
    database = Database(engines["primary"])
    assert asked(database) == ["primary"]
    assert not database.replicated


def test_one_that_is_not_there_is_left_out(kind: str, engines: dict[str, Engine]) -> None:
    gone = nobody_there(kind)
    assert asked(Database(engines["primary"], replicas=(gone, engines["one"])), 4) == ["one"] * 4
    assert asked(Database(engines["primary"], replicas=(gone,)), 2) == ["primary"] * 2


class Seconds(Clock):
    """The same clock, as seconds that only grow."""

    def seconds(self) -> float:
        return self.now.timestamp()


def which(replicas: Replicas, primary: Engine) -> str | None:
    with replicas.session(primary) as db:
        found: str | None = db.scalar(WHICH)
        return found


def test_one_that_failed_is_left_alone_for_some_seconds(engines: dict[str, Engine]) -> None:
    """What fails in the middle is raised: only the caller can begin anew."""
    clock = Seconds()
    replicas = Replicas((engines["one"],), clock=clock.seconds)
    primary = engines["primary"]
    with pytest.raises(DBAPIError), replicas.session(primary) as db:
        db.execute(text("SELECT * FROM not_there_yet"))
    assert which(replicas, primary) == "primary"
    clock.move(seconds=PAUSE_SECONDS - 1)
    assert which(replicas, primary) == "primary"
    clock.move(seconds=2)
    assert which(replicas, primary) == "one"


def test_a_connection_that_died_while_it_rested_is_made_anew(
    kind: str, engines: dict[str, Engine]
) -> None:
    database = Database(engines["primary"], replicas=(engines["one"],))
    assert asked(database) == ["one"]
    kill = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL CONNECTION {}"}
    if kind in kill:
        own = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
        with database.replica() as db:
            number = db.scalar(text(own[kind]))
        with engines["primary"].connect() as connection:
            connection.execute(text(kill[kind].format(number)))
    assert asked(database) == ["one"]


def test_what_the_reader_does_wrong_is_no_fault_of_the_replica(
    engines: dict[str, Engine],
) -> None:
    database = Database(engines["primary"], replicas=(engines["one"],))
    with pytest.raises(KeyError), database.replica():
        raise KeyError
    assert asked(database) == ["one"]
