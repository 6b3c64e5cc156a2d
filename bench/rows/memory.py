"""What a worker's memory does in a million reads and ten thousand posts."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from statistics import median

from bench import content, lab, loader, servers
from bench.content import BLOG
from bench.lab import ENDPOINT, Lab, World
from bench.loader import Job
from bench.pages import Connection
from bench.process import Program
from bench.results import AtMost, Limit, Row

TARGET, MOST_MB = AtMost(1.1), 110.0
READS, POSTS = 1_000_000, 10_000
PAGES = 495
"""Different pages that are read, in turn: as many as the default memory for pages holds."""
FIRST_READS, FIRST_POSTS = 2 * PAGES, 10
"""The first thousand requests, in the same mixture as all that follow."""
_MORE = 2
"""How many times the memory is read again, a stretch of each later."""
_PATIENCE = 420.0
"""Seconds: a slow machine must come to an end too, and its row says how far it got."""


@dataclass
class _Load:
    """Reads and posts in turn, counted."""

    ours: Program
    reading: Job
    posting: Job
    reads: int = 0
    posts: int = 0

    @property
    def enough(self) -> bool:
        """Tell whether both numbers are reached."""
        return self.reads >= READS and self.posts >= POSTS

    def stretch(self) -> None:
        """Read for a while, then post for a while; skip what there was enough of."""
        if self.reads < READS or self.enough:
            reading = replace(self.reading, first=self.reads)
            self.reads += loader.sample(self.ours, reading)[1]
        if self.posts < POSTS or self.enough:
            self.posts += loader.sample(self.ours, self.posting)[1]


def rows(here: Lab) -> Iterator[Row]:
    """Measure one worker of `commentkit serve` over a database of its own."""
    world = here.sqlite("memory")
    with servers.commentkit_serve(here.fresh("memory-serve"), world.environment()) as ours:
        yield _measured(here, world, ours)


def _measured(here: Lab, world: World, ours: Program) -> Row:
    small = world.content.small
    paths = _paths(small)
    load = _Load(
        ours,
        Job(paths=here.file("reads", paths), seconds=4 * here.seconds),
        Job(
            path=f"{ENDPOINT}/comments",
            pages=here.file("posts", _pages(small)),
            seconds=2 * here.seconds,
            headers={"Origin": BLOG, "X-CommentKit": "1"},
        ),
    )
    _first_thousand(ours, [*paths, *paths], small[-1])
    before = _megabytes(ours)
    until = time.monotonic() + _PATIENCE
    while not load.enough and time.monotonic() < until:
        load.stretch()
    after = [_megabytes(ours)]
    for _ in range(_MORE):
        load.stretch()
        after.append(_megabytes(ours))
    return _row(load, before, after)


def _row(load: _Load, before: float, after: list[float]) -> Row:
    short = "" if load.enough else f"only {load.reads:,} reads and {load.posts:,} posts in time"
    return Row(
        row="memory of a worker after 10^6 reads and 10^4 posts",
        group="memory",
        floor="the same worker after 10^3 requests",
        target=TARGET,
        ratios=[size / before for size in after],
        limits=[Limit(what="MB resident", value=median(after), most=MOST_MB)],
        figures={
            "MB before": before,
            "MB after": median(after),
            "MB after, proportional": load.ours.worker_memory()[1] / 1e6,
            "reads": load.reads,
            "posts": load.posts,
        },
        missing=short,
    )


def _megabytes(ours: Program) -> float:
    return ours.worker_memory()[0] / 1e6


def _first_thousand(ours: Program, paths: list[str], page: str) -> None:
    """Ask for every page, over as many connections as later."""
    count = loader.CONNECTIONS
    with ExitStack() as stack:
        readers = [stack.enter_context(closing(Connection(ours))) for _ in range(count)]
        pool = stack.enter_context(ThreadPoolExecutor(count))
        list(pool.map(_read_all, readers, [paths[n::count] for n in range(count)]))
        for number in range(FIRST_POSTS):
            readers[number].post(page, f"first {number}")


def _read_all(reader: Connection, paths: list[str]) -> None:
    for path in paths:
        reader.milliseconds(path)


def _paths(small: Sequence[str]) -> list[str]:
    """Give the addresses that are read."""
    sized = [content.sized(size) for size in content.SIZES]
    others = small[: PAGES - len(sized) - 1]
    return [*map(lab.thread, [*sized, *others]), lab.counts(small[:50])]


def _pages(small: Sequence[str]) -> list[str]:
    """Give the pages that are posted to: half the posts make a long page that is read old."""
    return [page for one in small[PAGES:] for page in (one, content.sized(10_000))]
