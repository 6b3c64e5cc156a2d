"""Delivery is at least once, whoever dies, and exactly once while nobody does."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from delivery_support import START, Town
from refusing import refusing
from sqlalchemy import ColumnElement

from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import Chore, tidy
from commentkit.delivery.outbox import LEASE, OutboxWorker, deliver_due, enqueue, queued
from commentkit.delivery.parcels import (
    FIRST_WAIT,
    LAST_TRY,
    LONGEST_WAIT,
    NotDelivered,
    Onward,
    Parcel,
    Undeliverable,
    backoff,
)
from commentkit.model import Database, Outbox, own_engine


def _put(town: Town, number: int = 1, *, kind: str = "note") -> None:
    with town.database.begin() as db:
        for each in range(number):
            enqueue(db, site_id=town.site_id, kind=kind, payload={"n": each}, now=town.now)


def _fail(parcel: Parcel) -> Sequence[Onward]:
    raise NotDelivered("not now")


class Taker:
    """A handler that remembers."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.any = threading.Event()

    def __call__(self, parcel: Parcel) -> Sequence[Onward]:
        self.seen.append(parcel.payload["n"])
        self.any.set()
        return ()


def test_delivers_once_and_says_when(any_town: Town) -> None:
    taker = Taker()
    _put(any_town, 3)
    first = deliver_due(any_town.database, {"note": taker}, now=any_town.now)
    second = deliver_due(any_town.database, {"note": taker}, now=any_town.later(days=9))
    assert (first.done, second.total) == (3, 0)
    assert sorted(taker.seen) == [0, 1, 2]
    assert all(row.done_at is not None and row.next_at is None for row in any_town.outbox())


def test_nothing_is_queued_by_a_rolled_back_transaction(town: Town) -> None:
    def write_and_fail() -> None:
        with town.database.begin() as db:
            enqueue(db, site_id=town.site_id, kind="note", payload={"n": 1}, now=START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert town.outbox() == []


def test_limit_is_kept(town: Town) -> None:
    _put(town, 5)
    assert deliver_due(town.database, {"note": Taker()}, now=town.now, limit=2).done == 2


def test_kinds_without_a_handler_wait(town: Town) -> None:
    _put(town, kind="webhook")
    assert deliver_due(town.database, {"note": Taker()}, now=town.later(days=3)).total == 0
    assert town.outbox()[0].next_at == START


def test_handlers_run_outside_any_transaction(town: Town) -> None:
    def writes(parcel: Parcel) -> Sequence[Onward]:
        other = Database(own_engine(town.database.engine.url))
        with other.begin() as db:  # would wait for a lock that we held, and time out
            enqueue(db, site_id=town.site_id, kind="other", payload={}, now=START)
        other.engine.dispose()
        return ()

    _put(town)
    assert deliver_due(town.database, {"note": writes}, now=town.now).done == 1
    assert len(town.outbox()) == 2


def test_what_follows_is_written_with_the_mark(town: Town) -> None:
    def split(parcel: Parcel) -> Sequence[Onward]:
        return [Onward("note", {"n": 10}), Onward("note", {"n": 11})]

    taker = Taker()
    _put(town, kind="split")
    deliver_due(town.database, {"split": split}, now=town.now)
    assert deliver_due(town.database, {"note": taker}, now=town.later(seconds=1)).done == 2
    assert sorted(taker.seen) == [10, 11]


@pytest.mark.parametrize("nth", [0, 1], ids=["claim", "end"])
def test_a_busy_database_costs_no_second_delivery(any_town: Town, nth: int) -> None:
    taker = Taker()

    def take(parcel: Parcel) -> Sequence[Onward]:
        taker(parcel)
        return [Onward("next", {"n": 2})]

    _put(any_town, kind="first")
    with refusing(any_town.database.engine, "UPDATE", after=nth) as refused:
        said = deliver_due(any_town.database, {"first": take}, now=any_town.now)
    assert (said.done, taker.seen, len(refused)) == (1, [0], 1)
    assert [row.kind for row in any_town.outbox()] == ["first", "next"]


def test_a_busy_database_does_not_hide_a_failure(any_town: Town) -> None:
    _put(any_town)
    with refusing(any_town.database.engine, "UPDATE", after=1) as refused:
        said = deliver_due(any_town.database, {"note": _fail}, now=any_town.now)
    assert (said.retried, len(refused)) == (1, 1)
    assert any_town.outbox()[0].last_error == "not now"


def test_many_at_once_deliver_each_once(any_town: Town) -> None:
    taken: Counter[int] = Counter()
    together = threading.Barrier(4)
    guard = threading.Lock()

    def take(parcel: Parcel) -> Sequence[Onward]:
        with guard:
            taken[parcel.payload["n"]] += 1
        return ()

    def work(_: int) -> int:
        own = Database(own_engine(any_town.database.engine.url))  # as another process has its own
        together.wait(20)
        done = deliver_due(own, {"note": take}, now=any_town.now, limit=60).done
        own.engine.dispose()
        return done

    _put(any_town, 60)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sum(done) == 60
    assert taken == Counter(range(60))


_DIES = """
import os, signal, sys
from datetime import datetime
from commentkit.delivery.outbox import deliver_due
from commentkit.model import Database, own_engine
def die(parcel): os.kill(os.getpid(), signal.SIGKILL)
now = datetime.fromisoformat(sys.argv[2])
deliver_due(Database(own_engine(sys.argv[1])), {"note": die}, now=now)
"""


def _die_while_delivering(town: Town) -> None:
    url = town.database.engine.url.render_as_string(hide_password=False)
    told = [sys.executable, "-c", _DIES, url, town.now.isoformat()]
    assert subprocess.run(told, timeout=60, check=False).returncode == -signal.SIGKILL


def test_killed_between_claim_and_done_is_delivered_after_the_lease(any_town: Town) -> None:
    taker = Taker()
    _put(any_town)
    _die_while_delivering(any_town)
    assert deliver_due(any_town.database, {"note": taker}, now=any_town.now).total == 0
    almost = any_town.now + LEASE - timedelta(seconds=1)
    assert deliver_due(any_town.database, {"note": taker}, now=almost).total == 0
    any_town.later(seconds=LEASE.total_seconds() + 60)
    assert deliver_due(any_town.database, {"note": taker}, now=any_town.now).done == 1
    assert any_town.outbox()[0].tries == 2


def test_a_parcel_that_kills_whoever_tries_it_is_given_up(town: Town) -> None:
    _put(town)
    for _ in range(LAST_TRY):
        with pytest.raises(KeyboardInterrupt):
            deliver_due(town.database, {"note": _interrupt}, now=town.now)
        town.later(seconds=LEASE.total_seconds() + 60)
    assert deliver_due(town.database, {"note": _interrupt}, now=town.now).failed == 1
    assert town.outbox()[0].failed_at is not None


def _interrupt(parcel: Parcel) -> Sequence[Onward]:
    raise KeyboardInterrupt


def test_failures_are_retried_for_about_two_days(town: Town) -> None:
    _put(town)
    rounds = 0
    while town.outbox()[0].failed_at is None:
        next_at = town.outbox()[0].next_at
        assert next_at is not None
        town.now = max(town.now, next_at)
        deliver_due(town.database, {"note": _fail}, now=town.now)
        rounds += 1
    row = town.outbox()[0]
    assert rounds == LAST_TRY
    waited = town.now - START - sum(_waits(row.id), timedelta())
    assert timedelta() <= waited < timedelta(minutes=1)  # a round's own time runs on
    assert (row.next_at, row.done_at, row.last_error) == (None, None, "not now")


def _waits(number: int) -> list[timedelta]:
    """List what a parcel waits between its tries; its number decides how far from the middle."""
    return [backoff(Parcel(1, number, "note", {}, tries)) for tries in range(1, LAST_TRY)]


def test_all_waits_together_are_about_two_days() -> None:
    shortest, middle, longest = (sum(_waits(bits), timedelta()) for bits in (0, 512, 1023))
    assert timedelta(days=1.8) < middle < timedelta(days=2)
    assert shortest > middle * 0.74
    assert longest < middle * 1.26


def test_waits_double_between_half_a_minute_and_six_hours() -> None:
    def wait(tries: int, low_bits: int) -> timedelta:
        return backoff(Parcel(1, low_bits, "note", {}, tries))

    assert wait(1, 0) == FIRST_WAIT * 0.75
    assert wait(1, 1023) == FIRST_WAIT * 1.25
    assert wait(3, 0) == FIRST_WAIT * 4 * 0.75
    assert wait(LAST_TRY, 1023) == LONGEST_WAIT * 1.25


def test_hopeless_is_given_up_at_once(town: Town) -> None:
    def refuse(parcel: Parcel) -> Sequence[Onward]:
        raise Undeliverable("recipient refused 550")

    _put(town)
    assert deliver_due(town.database, {"note": refuse}, now=town.now).failed == 1
    assert town.outbox()[0].last_error == "recipient refused 550"


def test_a_secret_in_an_error_is_neither_stored_nor_logged(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    def leak(parcel: Parcel) -> Sequence[Onward]:
        raise RuntimeError("login hunter2 for anna@example.org failed")

    _put(town)
    assert deliver_due(town.database, {"note": leak}, now=town.now).retried == 1
    stored = town.outbox()[0].last_error
    assert stored is not None
    assert stored.startswith("RuntimeError in leak:")
    assert "hunter2" not in stored + caplog.text
    assert "RuntimeError" in caplog.text


def test_one_failure_does_not_hold_up_the_others(town: Town) -> None:
    taker = Taker()
    _put(town, kind="bad")
    _put(town, 2)
    counts = deliver_due(town.database, {"bad": _fail, "note": taker}, now=town.now)
    assert (counts.done, counts.retried) == (2, 1)


def test_settled_rows_are_forgotten_in_time(town: Town) -> None:
    _put(town)
    deliver_due(town.database, {"note": Taker()}, now=town.now)
    _put(town, kind="waiting")
    tidy(town.database, CHORES, now=town.now + timedelta(days=7))
    assert len(town.outbox()) == 2
    tidy(town.database, CHORES, now=town.now + timedelta(days=7, minutes=1))
    assert [row.kind for row in town.outbox()] == ["waiting"]


def test_worker_is_woken_by_a_commit(town: Town) -> None:
    taker = Taker()
    worker = OutboxWorker(town.database, {"note": taker}, town.clock, poll_seconds=300)
    worker.start()
    try:
        _put(town)
        assert taker.any.wait(10)
    finally:
        worker.stop()
    assert not worker.running


def test_worker_finds_what_others_left(town: Town) -> None:
    taker = Taker()
    other = Database(own_engine(town.database.engine.url))  # whose commits wake nobody here
    worker = OutboxWorker(town.database, {"note": taker}, town.clock, poll_seconds=0.05)
    worker.start()
    try:
        with other.begin() as db:
            enqueue(db, site_id=town.site_id, kind="note", payload={"n": 1}, now=START)
        assert taker.any.wait(10)
    finally:
        worker.stop()
        other.engine.dispose()


def test_worker_wakes_for_its_own_database_alone(town: Town) -> None:
    worker = OutboxWorker(town.database, {}, town.clock)
    other = own_engine("sqlite://")
    worker.start()
    try:
        assert list(queued.receivers_for(town.database.engine.dialect))
        assert not list(queued.receivers_for(other.dialect))
    finally:
        worker.stop()
        other.dispose()
    assert not list(queued.receivers_for(town.database.engine.dialect))


def test_worker_survives_a_database_that_is_away(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    taker = Taker()
    away = threading.Event()
    asked = threading.Event()

    def clock():  # type: ignore[no-untyped-def]
        asked.set()
        if away.is_set():
            raise ConnectionError("password=hunter2")
        return town.now

    away.set()
    worker = OutboxWorker(town.database, {"note": taker}, clock, poll_seconds=0.02)
    worker.start()
    try:
        assert asked.wait(10)
        away.clear()
        _put(town)
        assert taker.any.wait(10)
    finally:
        worker.stop()
    assert "ConnectionError" in caplog.text
    assert "hunter2" not in caplog.text


def test_worker_starts_nothing_by_itself_and_only_one_thread(town: Town) -> None:
    before = set(threading.enumerate())  # those of other tests may end meanwhile
    worker = OutboxWorker(town.database, {}, town.clock)
    assert set(threading.enumerate()) <= before
    worker.start()
    worker.start()
    try:
        assert len(set(threading.enumerate()) - before) == 1
    finally:
        worker.stop()


def test_worker_starts_one_thread_though_many_ask_at_once(town: Town) -> None:
    """As the first requests of a process do."""
    worker = OutboxWorker(town.database, {}, town.clock)
    together = threading.Barrier(16)
    others = set(threading.enumerate())  # workers of other tests' apps among them

    def ask(_number: int) -> None:
        together.wait(10)
        worker.start()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(ask, range(16)))
        names = [thread.name for thread in set(threading.enumerate()) - others]
        assert names.count("commentkit-outbox") == 1
    finally:
        sys.setswitchinterval(before)
        worker.stop()


def test_worker_can_be_started_again_after_it_stopped(town: Town) -> None:
    taker = Taker()
    worker = OutboxWorker(town.database, {"note": taker}, town.clock, poll_seconds=300)
    worker.start()
    worker.stop()
    worker.start()
    try:
        _put(town)
        assert taker.any.wait(10)
    finally:
        worker.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_worker_knows_that_a_fork_left_its_thread_behind(town: Town) -> None:
    told = [sys.executable, "-c", _FORKS, str(town.database.engine.url)]
    assert subprocess.run(told, timeout=60, check=False).returncode == 0


_FORKS = """
import os, sys, warnings
from datetime import UTC, datetime
from commentkit.delivery.outbox import OutboxWorker
from commentkit.model import Database, own_engine
warnings.simplefilter("ignore")
worker = OutboxWorker(Database(own_engine(sys.argv[1])), {}, lambda: datetime.now(UTC))
worker.start()
child = os.fork()
if child == 0:
    os._exit(1 if worker.running else 0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_worker_does_its_chores_once_an_hour(town: Town) -> None:
    times: list[object] = []
    done = threading.Event()

    def nothing(now: datetime) -> ColumnElement[bool]:
        times.append(now)
        done.set()
        return Outbox.id < 0

    chore = Chore(Outbox, nothing, by=(Outbox.id,))
    worker = OutboxWorker(town.database, {}, town.clock, chores=[chore], poll_seconds=0.01)
    worker.start()
    try:
        assert done.wait(10)
        done.clear()
        town.later(minutes=61)
        assert done.wait(10)
    finally:
        worker.stop()
    assert times == [START, START + timedelta(minutes=61)]
