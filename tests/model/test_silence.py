"""A server that hangs: its kernel still acknowledges, so only the client can end the wait."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
from browser_support import need
from database_support import SERVERS, fresh_url
from hushed import Hushed, hushed
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from tools.cluster import postgresql
from tools.cluster.accounts import unprivileged
from tools.cluster.ports import free_port
from tools.cluster.problems import MissingProgramError

from commentkit.model import Database, Limits, own_engine, unhurried
from commentkit.model.replicas import SUSPECT_AFTER_SECONDS, Replicas
from commentkit.outage import PAUSE_SECONDS

HASTY = Limits(statement_seconds=1)
AT_MOST_SECONDS = 20
"""Far beyond what was promised, which is a few; without a limit these waits would not end."""

servers = pytest.mark.parametrize("kind", SERVERS)


@pytest.fixture
def wire(kind: str, tmp_path: Path) -> Iterator[Hushed]:
    with fresh_url(kind, tmp_path) as url, hushed(url) as made:
        yield made


@contextmanager
def opened(url: object, limits: Limits = HASTY) -> Iterator[Engine]:
    engine = own_engine(url, limits)  # type: ignore[arg-type]
    yield engine
    engine.dispose()


def seconds_until_given_up(work: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(OperationalError):
        work()
    return time.monotonic() - began


def one(database: Database) -> int | None:
    with database.read() as db:
        number: int | None = db.scalar(text("SELECT 1"))
        return number


@servers
def test_who_comes_while_it_is_silent_is_told_soon_and_later_it_is_well(wire: Hushed) -> None:
    """The connection at rest is looked at, and given up; then a new one is not greeted."""
    with opened(wire.url) as engine:
        database = Database(engine)
        assert one(database) == 1
        with wire.silent():
            assert seconds_until_given_up(lambda: one(database)) < AT_MOST_SECONDS
        assert one(database) == 1


def asked_twice(database: Database, between: AbstractContextManager[None]) -> None:
    with database.read() as db:
        assert db.scalar(text("SELECT 1")) == 1
        with between:
            db.scalar(text("SELECT 2"))


@servers
def test_who_is_in_the_middle_is_told_and_the_connection_is_gone(wire: Hushed) -> None:
    with opened(wire.url) as engine:
        database = Database(engine)
        with pytest.raises(DBAPIError) as told:
            asked_twice(database, wire.silent())
        assert told.value.connection_invalidated
        assert one(database) == 1
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


LONG = {"postgresql": "SELECT 3 FROM pg_sleep(3.5)", "mariadb": "SELECT 3 + SLEEP(3.5)"}


@servers
def test_a_statement_may_be_silent_for_as_long_as_it_may_take(kind: str, wire: Hushed) -> None:
    """Longer than a greeting may be, and on a connection that was at rest before."""
    with opened(wire.url, Limits(statement_seconds=30, connect_seconds=2)) as engine:
        database = Database(engine)
        assert one(database) == 1
        with database.read() as db:
            assert db.scalar(text(LONG[kind])) == 3


def test_what_the_url_allows_is_not_ended_by_silence(tmp_path: Path) -> None:
    with fresh_url("postgresql", tmp_path) as url:
        for said in ("30s", "0"):
            patient = make_url(url).update_query_dict({"options": f"-c statement_timeout={said}"})
            with opened(patient) as engine, engine.connect() as connection:
                assert connection.scalar(text(LONG["postgresql"])) == 3


def test_a_migration_hears_of_no_limit(tmp_path: Path) -> None:
    with (
        fresh_url("postgresql", tmp_path) as url,
        opened(url) as engine,
        unhurried(engine).connect() as connection,
    ):
        assert connection.scalar(text(LONG["postgresql"])) == 3


class Seconds:
    """A clock that only the test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@servers
def test_others_do_without_a_replica_that_one_waits_for(kind: str, wire: Hushed) -> None:
    """Whoever comes meanwhile is answered by the primary; nobody joins the one who waits."""
    slow, clock = Limits(connect_seconds=30), Seconds()
    with opened(SERVERS[kind]) as primary, opened(wire.url, slow) as engine:
        replicas = Replicas((engine,), clock=clock)
        assert whose(replicas, primary) == wire.url.database
        with ThreadPoolExecutor(1) as pool:
            with wire.silent():
                first = pool.submit(whose, replicas, primary)
                assert wire.held.wait(60)
                clock.now += SUSPECT_AFTER_SECONDS
                asked = [whose(replicas, primary) for _ in range(5)]
                assert asked == [primary.url.database] * 5
                assert not first.done()
            assert first.result(60) == wire.url.database
        assert whose(replicas, primary) == wire.url.database


@servers
def test_a_replica_that_hangs_costs_one_its_wait_and_then_nobody(kind: str, wire: Hushed) -> None:
    with opened(SERVERS[kind]) as primary, opened(wire.url) as engine:
        clock = Seconds()
        replicas = Replicas((engine,), clock=clock)
        assert whose(replicas, primary) == wire.url.database
        with wire.silent():
            began = time.monotonic()
            assert whose(replicas, primary) == primary.url.database
            assert time.monotonic() - began < AT_MOST_SECONDS
            assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
            assert whose(replicas, primary) == primary.url.database
        clock.now += PAUSE_SECONDS
        assert whose(replicas, primary) == wire.url.database


def whose(replicas: Replicas, primary: Engine) -> str | None:
    postgresql = primary.dialect.name == "postgresql"
    ask = "SELECT current_database()" if postgresql else "SELECT DATABASE()"
    with replicas.session(primary) as db:
        name: str | None = db.scalar(text(ask))
        return name


@pytest.fixture
def real() -> Iterator[tuple[str, int]]:
    """A PostgreSQL of this test alone: its address and its first process."""
    place = Path(tempfile.mkdtemp(prefix="commentkit-silence-"))
    place.chmod(0o711)
    port = free_port()
    try:
        server = postgresql.primary(place / "data", port, unprivileged())
    except MissingProgramError as missing:
        need(None, str(missing))
    try:
        server.start()
        postgresql.make_database(port)
        yield postgresql.url(port), server.pid
    finally:
        server.stop()
        shutil.rmtree(place)


@contextmanager
def frozen(*processes: int) -> Iterator[None]:
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_a_postgresql_that_is_stopped_is_given_up(real: tuple[str, int]) -> None:
    """Its first process greets; the one that answers a connection is another."""
    url, postmaster = real
    with opened(url) as engine:
        database = Database(engine)
        with database.read() as db:
            answering = db.scalar(text("SELECT pg_backend_pid()"))
        with frozen(postmaster, answering):
            assert seconds_until_given_up(lambda: one(database)) < AT_MOST_SECONDS
        assert one(database) == 1
        with database.read() as db:
            answering = db.scalar(text("SELECT pg_backend_pid()"))
            with frozen(postmaster, answering):
                ask = partial(db.scalar, text("SELECT 2"))
                assert seconds_until_given_up(ask) < AT_MOST_SECONDS
        assert one(database) == 1
