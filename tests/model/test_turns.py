"""SQLite's one writer: in a process first come, first served, and beside others asked often."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from commentkit.model import Database, Limits, own_engine
from commentkit.model.retries import yielded
from commentkit.model.turns import Turns


def until(reached: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    ends = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < ends
        time.sleep(0.0005)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'turns.sqlite3'}"


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    engine = own_engine(url, Limits(lock_seconds=20))
    engine.connect().close()  # the file is there, and its journal is chosen
    yield Database(engine)
    engine.dispose()


def test_threads_write_in_the_order_in_which_they_came() -> None:
    turns, wrote = Turns(20), list[int]()

    def write(number: int) -> None:
        with turns.turn():
            wrote.append(number)

    writers = [Thread(target=write, args=(number,)) for number in range(20)]
    with turns.turn():
        for number, writer in enumerate(writers):
            writer.start()
            until(lambda came=number + 1: turns.waiting == came)
        assert wrote == []
    for writer in writers:
        writer.join()
    assert wrote == list(range(20))


def test_whose_turn_does_not_come_is_refused_as_sqlite_refuses() -> None:
    turns, refused = Turns(0.01), list[OperationalError]()

    def write() -> None:
        with pytest.raises(OperationalError) as met, turns.turn():
            pass
        refused.append(met.value)

    with turns.turn():
        writer = Thread(target=write)
        writer.start()
        writer.join()
    assert yielded(refused[0])
    assert turns.waiting == 0
    with turns.turn():  # nobody who left is called
        pass


def test_a_turn_passes_on_where_the_work_failed(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), database.begin():
            raise ZeroDivisionError
    with database.begin() as db:
        assert db.scalar(text("SELECT 1")) == 1


def test_a_thread_does_not_wait_for_itself(database: Database) -> None:
    with database.begin() as outer:
        with database.begin() as inner:
            inner.execute(text("CREATE TABLE mine (id INTEGER)"))
        assert outer.scalar(text("SELECT count(*) FROM mine")) == 0


def test_whoever_waits_holds_no_connection(database: Database) -> None:
    entered = Event()

    def write() -> None:
        with database.begin() as db:
            db.execute(text("SELECT 1"))
        entered.set()

    with database.begin() as db:
        db.execute(text("SELECT 1"))
        writers = [Thread(target=write) for _ in range(5)]
        for writer in writers:
            writer.start()
        time.sleep(0.01)
        assert not entered.is_set()
        assert database.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    for writer in writers:
        writer.join()


def test_another_process_is_asked_until_it_is_done(database: Database, url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = Event()

        def write() -> None:
            with database.begin() as db:
                db.execute(text("CREATE TABLE mine (id INTEGER)"))
                begun.set()

        writer = Thread(target=write)
        writer.start()
        assert not begun.wait(0.02)
        other.execute("COMMIT")
        writer.join()
        assert begun.is_set()
    with database.begin() as db:
        assert db.scalar(text("PRAGMA busy_timeout")) == 20_000


def test_another_process_that_stays_is_borne_so_long_and_no_longer(
    database: Database, url: str
) -> None:
    with database.read() as db:
        db.execute(text("PRAGMA busy_timeout = 50"))
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(OperationalError) as met, database.begin() as db:
            db.execute(text("SELECT 1"))
    assert yielded(met.value)
    assert time.monotonic() - began >= 0.05
    with database.begin() as db:
        assert db.scalar(text("PRAGMA busy_timeout")) == 50
