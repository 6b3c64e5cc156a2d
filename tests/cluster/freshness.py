"""How soon a comment posted through one door is seen through another one, while many read."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from visiting import Door, Visitor

BOUND_SECONDS = 1.0
_AUTHORS = 24
_LOOK_EVERY_SECONDS = 0.04
_GIVE_UP_SECONDS = 15.0
_PATIENT_EVERY, _COUNT_EVERY = 9, 5
_PAGES = 4
"""Of each author: a page of few comments costs less to make anew."""


@dataclass(frozen=True)
class Lag:
    """One try, in seconds after the post was acknowledged.

    A reader who asked at `stale` was answered without the comment, one who asked at `seen` with
    it. When a request was begun does not depend on how busy this machine is; when it was answered
    does, and is not looked at.
    """

    stale: float
    seen: float


@dataclass(frozen=True)
class Doors:
    """Where to post, and where to look."""

    write: Door
    read: Door

    def turned(self) -> "Doors":
        return Doors(self.read, self.write)


def measure(doors: Doors, tries: int) -> list[Lag]:
    """Post that often, by many authors at once, through either door in turns; look at the other."""
    own = [[f"page-{a}-{n}" for n in range(_PAGES)] for a in range(_AUTHORS)]
    share = [tries // _AUTHORS + (number < tries % _AUTHORS) for number in range(_AUTHORS)]
    everywhere = [page for pages in own for page in pages]
    with reading(doors, everywhere), ThreadPoolExecutor(_AUTHORS) as pool:
        found = pool.map(lambda pages, number: list(_author(doors, pages, number)), own, share)
        return list(itertools.chain.from_iterable(found))


@contextmanager
def reading(doors: Doors, pages: Sequence[str], *, readers: int = 1) -> Iterator[None]:
    """Let others read all these pages all the time, through both doors."""
    over = threading.Event()

    def read(door: Door) -> None:
        for page in itertools.cycle(pages):
            if over.wait(0.02):
                return
            assert door.thread(page).status == 200

    with ThreadPoolExecutor(readers * 2) as pool:
        done = [pool.submit(read, door) for door in (doors.read, doors.write) * readers]
        try:
            yield
        finally:
            over.set()
    for one in done:
        one.result()


def _author(doors: Doors, pages: Sequence[str], tries: int) -> Iterator[Lag]:
    """Post one comment after the other, on pages of their own in turns."""
    anna = Visitor("Anna")
    with ThreadPoolExecutor(1) as pen:
        for number, page in zip(range(tries), itertools.cycle(pages), strict=False):
            round_, text = number // len(pages), f"Comment {number} on {page}"
            now = doors if round_ % 2 else doors.turned()
            acknowledged = _watched(
                now.read, page, pen.submit(_posted, anna, now.write, page, text)
            )
            if number % _PATIENT_EVERY == 0:
                time.sleep(BOUND_SECONDS)  # who looks only then sees it at once
            if number % _COUNT_EVERY == 0:
                yield _look(lambda d=now.read, p=page, r=round_: d.count(p) > r, acknowledged)  # type: ignore[misc]
            else:
                yield _look(lambda d=now.read, p=page, t=text: d.shows(p, f"{t}<"), acknowledged)  # type: ignore[misc]


def _posted(author: Visitor, door: Door, page: str, text: str) -> float:
    """Post a comment; return when it was acknowledged."""
    answer = author.post(door, page, text)
    acknowledged = time.monotonic()
    assert answer.status == 201, answer.data
    return acknowledged


def _watched(door: Door, page: str, posted: Future[float]) -> float:
    """Read the page until the post is acknowledged: what is kept of it was right a moment ago."""
    while not posted.done():
        door.thread(page)
        wait([posted], _LOOK_EVERY_SECONDS)
    return posted.result()


def _look(shows: Callable[[], bool], acknowledged: float) -> Lag:
    stale = 0.0
    while True:
        asked = time.monotonic() - acknowledged
        if shows():
            return Lag(stale, asked)
        if asked > _GIVE_UP_SECONDS:
            pytest.fail(f"a comment was not seen for {asked:.0f} s")
        stale = asked
        time.sleep(_LOOK_EVERY_SECONDS)


def summary(lags: Sequence[Lag]) -> str:
    """Say the lags of all tries in a line."""
    seen = sorted(lag.seen for lag in lags)
    stale = max(lag.stale for lag in lags)
    half, most = seen[len(seen) // 2], seen[len(seen) * 99 // 100]
    return (
        f"{len(lags)} comments: seen after {half:.2f} s (p50), {most:.2f} s (p99), "
        f"{seen[-1]:.2f} s (max); last stale answer asked for at {stale:.2f} s"
    )
