"""Who reads and writes what, and when: sites and threads by Zipf's law, from one seed."""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

PAGE_SIZE = 50
"""Roots on a page: the rule's default."""
_MOST_COMMENTS = 100_000
_MASK = 2**64 - 1


class Page(NamedTuple):
    """One address that readers ask for: part 0 is a thread's first page."""

    site: int
    thread: int
    part: int = 0


class Event(NamedTuple):
    """Somebody reads a page, or writes into its thread."""

    at: float
    page: Page
    writes: bool
    die: float
    """Between 0 and 1, for whoever has to choose: which process, which place of the CDN."""


@dataclass(frozen=True)
class Crowd:
    """Sites, their threads and comments, and how readers spread over them.

    The site of rank r is read 1/r^`site_skew` as often as the first, and the same holds for the
    threads of a site. A thread has comments by a Pareto law, `silent` of them none.
    """

    sites: int = 10_000
    threads_of_first: int = 20_000
    threads_of_last: int = 30
    site_skew: float = 1.0
    thread_skew: float = 1.0
    comments_tail: float = 0.9
    silent: float = 0.3
    writes_per_read: float = 1 / 200
    later_parts: float = 0.05
    """Reads of second pages and permalinks."""
    page_size: int = PAGE_SIZE
    seed: int = 1

    def events(self, reads_per_second: float) -> Iterator[Event]:
        """Give what happens, without end, in the order of time."""
        chance = random.Random(self.seed)
        rate = reads_per_second * (1 + self.writes_per_read)
        writing = self.writes_per_read / (1 + self.writes_per_read)
        now = 0.0
        while True:
            now += chance.expovariate(rate)
            writes = chance.random() < writing
            yield Event(now, self._page(chance, writes), writes, chance.random())

    def _page(self, chance: random.Random, writes: bool) -> Page:
        site = bisect(self._by_site, chance.random() * self._by_site[-1])
        threads = self.threads_of(site)
        thread = bisect(self._by_thread, chance.random() * self._by_thread[threads - 1])
        later = not writes and chance.random() < self.later_parts
        return Page(site, thread, 1 + chance.randrange(20) if later else 0)

    def threads_of(self, site: int) -> int:
        """Return how many threads a site has: the most read ones have the most."""
        return max(self.threads_of_last, int(self.threads_of_first / (1 + site) ** 0.75))

    @cached_property
    def threads(self) -> int:
        """Return how many threads there are."""
        return sum(map(self.threads_of, range(self.sites)))

    @cached_property
    def _by_site(self) -> Sequence[float]:
        return list(accumulate((1 + rank) ** -self.site_skew for rank in range(self.sites)))

    @cached_property
    def _by_thread(self) -> Sequence[float]:
        return list(accumulate((1 + n) ** -self.thread_skew for n in range(self.threads_of(0))))

    def share_of(self, site: int, thread: int) -> float:
        """Return which part of all reads goes to a thread."""
        of_site = (1 + site) ** -self.site_skew / self._by_site[-1]
        part: float = (
            of_site * (1 + thread) ** -self.thread_skew / self._by_thread[self.threads_of(site) - 1]
        )
        return part

    def comments_of(self, site: int, thread: int) -> int:
        """Return how many comments a thread has; always the same for the same thread."""
        return _comments(self.seed, self.silent, self.comments_tail, site, thread)


def _comments(seed: int, silent: float, tail: float, site: int, thread: int) -> int:
    die = _die(seed, site, thread)
    if die < silent:
        return 0
    return min(int(((die - silent) / (1 - silent)) ** (-1 / tail)), _MOST_COMMENTS)


def _die(seed: int, site: int, thread: int) -> float:
    """Throw the same die for the same thread: a number above 0, up to 1 (splitmix64)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + site * 0xD1B54A32D192ED03 + thread + 1) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ mixed >> 31) + 1) / 2**64
