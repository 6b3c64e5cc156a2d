"""A helper that fails is left alone, tried again by one, and complained about once a minute."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from commentkit.outage import LOG_EVERY_SECONDS, PAUSE_SECONDS, Outage

LOGGER = logging.getLogger("commentkit.tests")


class Seconds:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def outage(clock: Seconds) -> Outage:
    return Outage(LOGGER, clock=clock)


def test_all_may_ask_while_all_is_well(outage: Outage) -> None:
    assert all(outage.allows() for _ in range(3))
    outage.over()
    assert outage.allows()


def test_nobody_asks_until_the_pause_is_over_and_then_one(outage: Outage, clock: Seconds) -> None:
    outage.began("it fails", OSError())
    clock.now += PAUSE_SECONDS - 0.1
    assert not outage.allows()
    clock.now += 0.1
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: outage.allows(), range(64))) == 1


def test_one_who_never_said_what_came_of_it_does_not_bar_the_others(
    outage: Outage, clock: Seconds
) -> None:
    outage.began("it fails", OSError())
    for _ in range(3):
        clock.now += PAUSE_SECONDS
        assert outage.allows()
        assert not outage.allows()


def test_all_may_ask_again_once_it_answered(outage: Outage, clock: Seconds) -> None:
    outage.began("it fails", OSError())
    clock.now += PAUSE_SECONDS
    assert outage.allows()
    outage.over()
    assert all(outage.allows() for _ in range(3))


def test_the_log_hears_once_a_minute_and_no_detail(
    outage: Outage, clock: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(20):
        outage.began("it fails", OSError("at redis://:hunter2@host"))
    clock.now += LOG_EVERY_SECONDS
    outage.began("it fails", OSError())
    assert [record.getMessage() for record in caplog.records] == ["it fails (OSError)"] * 2
