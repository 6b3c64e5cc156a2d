"""Writes that fail for the sake of others are tried again: bounded, and never twice."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
from database_support import KINDS, SERVERS, fresh_url
from severed import Moment, wired
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from commentkit.model import CommitUnknownError, Database, Limits, after_commit, own_engine
from commentkit.model.retries import BEGIN_WITHIN_SECONDS, tried

TALLY = text("UPDATE tally SET n = n + 1 WHERE id = :id")
SHARED = {
    "postgresql": text("SELECT n FROM tally WHERE id = :id FOR SHARE"),
    "mysql": text("SELECT n FROM tally WHERE id = :id LOCK IN SHARE MODE"),
    "mariadb": text("SELECT n FROM tally WHERE id = :id LOCK IN SHARE MODE"),
}
KILL = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL CONNECTION {}"}
WHO = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}

servers = pytest.mark.parametrize("kind", SERVERS)
every_kind = pytest.mark.parametrize("kind", KINDS)

TRIES = 3


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database with two rows to count in."""
    with fresh_url(kind, tmp_path) as address:
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE tally (id INT PRIMARY KEY, n INT)"))
            connection.execute(text("INSERT INTO tally VALUES (1, 0), (2, 0)"))
        engine.dispose()
        yield address


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Our own engine over it; PostgreSQL looks for a deadlock after a second."""
    made = own_engine(url, Limits(lock_seconds=2))
    yield made
    made.dispose()


@pytest.fixture
def hasty(url: str) -> Iterator[Engine]:
    """The same, which waits a second for a lock."""
    made = own_engine(url, Limits(lock_seconds=1))
    yield made
    made.dispose()


def counted(engine: Engine) -> dict[int, int]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, n FROM tally ORDER BY id"))
        return {row.id: row.n for row in rows}


def both(work: Callable[[int], None]) -> None:
    """Do it twice at once, for 1 and for 2."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (1, 2)))


@servers
def test_a_deadlock_costs_a_try_and_no_count(engine: Engine) -> None:
    database = Database(engine)
    meet, through, runs, heard = Barrier(2), Event(), [0, 0], []

    def cross(first: int) -> None:
        def work(db: Session) -> None:
            runs[first - 1] += 1
            run = runs[first - 1]
            if run > 1:
                through.wait(20)  # else it may take its row again before the other wakes
            after_commit(db, lambda: heard.append((first, run)))
            db.execute(TALLY, {"id": first})
            if run == 1:
                meet.wait(20)
            db.execute(TALLY, {"id": 3 - first})

        database.write(work)
        through.set()

    both(cross)
    assert counted(engine) == {1: 2, 2: 2}
    assert sum(runs) == 3
    assert sorted(heard) == [(1, runs[0]), (2, runs[1])]
    assert database.commits == 2


@servers
def test_a_deadlock_inside_a_savepoint_is_known_for_what_it_is(engine: Engine) -> None:
    """MariaDB forgets the savepoint with the rest, and says so instead of the deadlock."""
    database = Database(engine)
    meet, through, runs = Barrier(2), Event(), [0, 0]
    shared = SHARED[engine.dialect.name]

    def raise_both(number: int) -> None:
        def work(db: Session) -> None:
            runs[number - 1] += 1
            if runs[number - 1] > 1:
                through.wait(20)
            with db.begin_nested():
                db.execute(shared, {"id": 1})
                if runs[number - 1] == 1:
                    meet.wait(20)
                db.execute(TALLY, {"id": 1})

        database.write(work)
        through.set()

    both(raise_both)
    assert counted(engine)[1] == 2
    assert sum(runs) == 3


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_serialisation_failure_is_tried_again(url: str) -> None:
    host = create_engine(url, isolation_level="SERIALIZABLE")
    database, runs = Database(host), []

    def work(db: Session) -> None:
        runs.append(db.scalar(text("SELECT n FROM tally WHERE id = 1")))
        if len(runs) == 1:
            with host.begin() as other:
                other.execute(TALLY, {"id": 1})
        db.execute(TALLY, {"id": 1})

    database.write(work)
    assert runs == [0, 1]
    assert counted(host)[1] == 2
    host.dispose()


@servers
def test_a_lock_that_was_not_had_in_time_is_asked_for_again(hasty: Engine) -> None:
    runs = []
    with hasty.connect() as holder:
        holder.execute(TALLY, {"id": 1})

        def work(db: Session) -> None:
            runs.append(1)
            if len(runs) == 2:
                holder.rollback()
            db.execute(TALLY, {"id": 1})

        Database(hasty).write(work)
    assert len(runs) == 2
    assert counted(hasty)[1] == 1


@servers
def test_a_lock_that_is_never_let_go_ends_the_tries(hasty: Engine) -> None:
    runs = []
    with hasty.connect() as holder:
        holder.execute(TALLY, {"id": 1})

        def work(db: Session) -> None:
            runs.append(1)
            db.execute(TALLY, {"id": 1})

        with pytest.raises(OperationalError):
            Database(hasty).write(work)
    assert len(runs) == TRIES
    assert counted(hasty)[1] == 0


HOLD = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None)
file.execute("BEGIN IMMEDIATE")
file.execute("UPDATE tally SET n = n + 10 WHERE id = 1")
print("held", flush=True)
sys.stdin.readline()
file.execute("COMMIT")
"""


@pytest.fixture
def holder(tmp_path: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes to the same file until it is told to commit."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "test.sqlite")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def sqlite_of(url: str, whose: str) -> Engine:
    """Make an engine that does not wait by itself: ours, or a host's."""
    if whose == "ours":
        return own_engine(url, Limits(lock_seconds=0))
    return create_engine(url, connect_args={"timeout": 0})


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("whose", ["ours", "a host's"])
def test_a_busy_file_is_tried_again(url: str, whose: str, holder: subprocess.Popen[str]) -> None:
    """The first run opens the file before the other process is told to let go."""
    engine = sqlite_of(url, whose)
    fails = []

    def let_go_after_one() -> None:
        if len(fails) == 1:
            holder.communicate("\n")

    def work(db: Session) -> None:
        db.execute(TALLY, {"id": 1})

    def once() -> None:
        let_go_after_one()
        try:
            with Database(engine).begin() as db:
                work(db)
        except DBAPIError:
            fails.append(1)
            raise

    tried(once, repeatable=False)
    assert len(fails) == 1
    assert counted(engine)[1] == 11
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("whose", ["ours", "a host's"])
def test_a_file_that_stays_busy_ends_the_tries(
    url: str, whose: str, holder: subprocess.Popen[str]
) -> None:
    engine = sqlite_of(url, whose)
    with pytest.raises(OperationalError, match="locked"):
        Database(engine).write(lambda db: db.execute(TALLY, {"id": 1}))
    holder.communicate("\n")
    assert counted(engine)[1] == 10
    engine.dispose()


def cut_off(kind: str, engine: Engine, db: Session) -> None:
    """End the connection that is in use, as a restart of the server does."""
    number = db.scalar(text(WHO[kind]))
    with engine.connect() as other:
        other.execution_options(isolation_level="AUTOCOMMIT")
        other.execute(text(KILL[kind].format(number)))


@servers
@pytest.mark.parametrize("nested", [False, True])
def test_a_connection_lost_before_the_commit_costs_a_try(
    kind: str, engine: Engine, nested: bool
) -> None:
    database, runs = Database(engine), []

    def work(db: Session) -> None:
        runs.append(1)
        db.execute(TALLY, {"id": 1})
        if len(runs) == 1:
            cut_off(kind, engine, db)
        if nested:
            with db.begin_nested():
                db.execute(TALLY, {"id": 2})
        else:
            db.execute(TALLY, {"id": 2})

    database.write(work)
    assert len(runs) == 2
    assert counted(engine) == {1: 1, 2: 1}


@servers
@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 1)])
def test_a_commit_whose_end_is_unknown_is_not_repeated(
    url: str, engine: Engine, moment: Moment, stored: int
) -> None:
    runs, heard = [], []
    with wired(url) as wire:
        database = Database(own_engine(wire.url))

        def work(db: Session) -> None:
            runs.append(1)
            db.execute(TALLY, {"id": 1})
            after_commit(db, lambda: heard.append(1))
            wire.arm(moment)

        with pytest.raises(CommitUnknownError):
            database.write(work)
        database.engine.dispose()
    assert (wire.cuts, len(runs), heard) == (1, 1, [])
    assert counted(engine)[1] == stored
    assert database.commits == 1  # who looks for changes must look


@servers
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_repeatable_one_is_and_finds_what_it_stored(
    url: str, engine: Engine, moment: Moment
) -> None:
    runs, heard = [], []
    add = text("INSERT INTO tally VALUES (7, 1)")
    find = text("SELECT n FROM tally WHERE id = 7")
    with wired(url) as wire:
        database = Database(own_engine(wire.url))

        def work(db: Session) -> None:
            runs.append(1)
            after_commit(db, lambda: heard.append(len(runs)))
            if db.scalar(find) is None:
                db.execute(add)
            if len(runs) == 1:
                wire.arm(moment)

        database.write(work, repeatable=True)
        database.engine.dispose()
    assert (wire.cuts, len(runs), heard) == (1, 2, [2])
    assert counted(engine) == {1: 0, 2: 0, 7: 1}


@every_kind
def test_what_would_fail_again_is_not_tried_again(engine: Engine) -> None:
    runs = []

    def work(db: Session) -> None:
        runs.append(1)
        db.execute(text("INSERT INTO nowhere VALUES (1, 1)"))

    with pytest.raises(DBAPIError):
        Database(engine).write(work)
    assert len(runs) == 1


@every_kind
def test_two_that_drew_the_same_id_are_both_stored(engine: Engine) -> None:
    drawn = iter([1, 7])

    def work(db: Session) -> None:
        db.execute(text("UPDATE tally SET n = n + 1 WHERE id = 2"))
        db.execute(text("INSERT INTO tally VALUES (:id, 1)"), {"id": next(drawn)})

    Database(engine).write(work)
    assert counted(engine) == {1: 0, 2: 1, 7: 1}


@every_kind
def test_what_is_taken_for_good_is_refused_after_three_tries(engine: Engine) -> None:
    runs = []

    def work(db: Session) -> None:
        runs.append(1)
        db.execute(text("INSERT INTO tally VALUES (1, 1)"))

    with pytest.raises(IntegrityError):
        Database(engine).write(work)
    assert len(runs) == TRIES


@servers
def test_many_writers_lose_nothing(engine: Engine) -> None:
    """Each counts in both rows, in either order."""
    database = Database(engine)

    def work(number: int) -> int:
        def add(db: Session) -> None:
            for row in (1, 2) if number % 2 else (2, 1):
                db.execute(TALLY, {"id": row})

        try:
            database.write(add)
        except DBAPIError:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(8)))
    assert counted(engine) == {1: done, 2: done}
    assert done == database.commits


class Wall:
    """Time that passes only while somebody sleeps or works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def busy() -> OperationalError:
    error = OperationalError("", None, Exception())
    error.connection_invalidated = True
    return error


def test_all_pauses_together_are_short() -> None:
    for _ in range(200):
        wall = Wall()

        def once() -> None:
            raise busy()

        with pytest.raises(OperationalError):
            tried(once, repeatable=False, sleep=wall.sleep, clock=lambda: wall.now)  # noqa: B023
        assert len(wall.slept) == TRIES - 1
        assert sum(wall.slept) <= 0.2


def test_no_try_begins_when_the_time_is_over() -> None:
    wall, runs = Wall(), []

    def once() -> None:
        runs.append(1)
        wall.now += BEGIN_WITHIN_SECONDS / 2 + 0.1
        raise busy()

    with pytest.raises(OperationalError):
        tried(once, repeatable=False, sleep=wall.sleep, clock=lambda: wall.now)
    assert len(runs) == 2
