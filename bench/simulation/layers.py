"""What is kept where: a CDN, the memory of each process, the Redis they share, the versions.

It mirrors `commentkit.web.read_path`; a test drives both by one trace and compares.
"""

import random
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from enum import Enum, auto

from bench.simulation.crowd import Crowd, Page

CHECK_SECONDS = 0.4
S_MAXAGE, STALE_WHILE_REVALIDATE = 1.0, 10.0
SHARED_SECONDS = 3600.0

OVERHEAD_BYTES = 6_000
REST_SHARE = 4
BASE_BYTES, BYTES_PER_COMMENT = 8_000, 1_190
"""A page without comments, and each comment on it."""

CHECK_QUERIES = 1
START_QUERIES = 1
RENDER_QUERIES = 5
SITE_QUERIES = 2
"""Statements: to check a page, to begin to keep one, to render one, to read a site anew."""


class Outcome(Enum):
    """How a process answered a read."""

    FRESH = auto()
    """From the memory of a process, checked within 400 ms."""
    CHECKED = auto()
    """From the same, after its version was read."""
    SHARED = auto()
    RENDERED = auto()


def body_bytes(crowd: Crowd, page: Page) -> int:
    """Return how long a page is."""
    shown = min(crowd.comments_of(page.site, page.thread), crowd.page_size)
    return BASE_BYTES + BYTES_PER_COMMENT * shown


@dataclass(slots=True)
class Kept:
    """A page in the memory of a process."""

    size: int
    version: int = -1
    at: float = float("-inf")
    used: bool = False


class Part:
    """A bounded part of a process's memory: what is not used again goes first."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.size = 0
        self.pages: OrderedDict[Page, Kept] = OrderedDict()

    def add(self, page: Page, kept: Kept) -> None:
        """Keep a page, and let others go."""
        self.pages[page] = kept
        self.size += kept.size
        while self.size > self.max_bytes and len(self.pages) > 1:
            name, oldest = next(iter(self.pages.items()))
            if oldest.used:
                oldest.used = False
                self.pages.move_to_end(name)
            else:
                del self.pages[name]
                self.size -= oldest.size


@dataclass
class Versions:
    """The database, as far as pages depend on it."""

    numbers: Counter[tuple[int, int]] = field(default_factory=Counter)

    def of(self, page: Page) -> int:
        """Return the version of a page's thread."""
        return self.numbers[page.site, page.thread]

    def write(self, page: Page) -> None:
        """Change the thread."""
        self.numbers[page.site, page.thread] += 1


class Shared:
    """Redis: what any process rendered within the hour.

    The hour before the trace began is not played: whether a page was rendered in it, and its thread
    not changed since, is drawn by chance at the page's first turn.
    """

    def __init__(self, crowd: Crowd, reads_per_second: float, versions: Versions) -> None:
        self._crowd, self._rate, self._versions = crowd, reads_per_second, versions
        self._chance = random.Random(crowd.seed)
        self._until: dict[tuple[Page, int], float] = {}
        self._seen: set[Page] = set()
        self.bytes = 0

    def has(self, page: Page, now: float) -> bool:
        """Tell whether somebody has rendered just this."""
        version = self._versions.of(page)
        if page not in self._seen:
            self._seen.add(page)
            if version == 0 and self._was_there(page):
                self._until[page, version] = now + SHARED_SECONDS / 2
        return self._until.get((page, version), 0.0) > now

    def put(self, page: Page, now: float) -> None:
        """Keep it for an hour."""
        self._until[page, self._versions.of(page)] = now + SHARED_SECONDS

    def _was_there(self, page: Page) -> bool:
        rate = self._rate * self._crowd.share_of(page.site, page.thread)
        rate *= self._crowd.later_parts / 20 if page.part else 1 - self._crowd.later_parts
        ago = self._chance.expovariate(rate)
        changed = self._chance.expovariate(rate * self._crowd.writes_per_read)
        return ago < min(changed, SHARED_SECONDS)


class Process:
    """A worker: its kept pages and sites, and what it wrote itself, which it shows at once."""

    def __init__(
        self, crowd: Crowd, versions: Versions, shared: Shared | None, max_bytes: int
    ) -> None:
        self._crowd, self._versions, self._shared = crowd, versions, shared
        rest = max_bytes // REST_SHARE
        self._main, self._rest = Part(max_bytes - rest), Part(rest)
        self._sites: dict[int, float] = {}
        self._written: dict[tuple[int, int], int] = {}
        self.outcomes: Counter[Outcome] = Counter()
        self.queries = 0
        self.primary_queries = 0
        """Of them, those that a replica may not answer."""
        self.site_looks = 0

    @property
    def bytes(self) -> int:
        """Return what is kept here."""
        return self._main.size + self._rest.size

    def counts(self) -> Counter[str]:
        """Sum up what happened here."""
        ended = Counter({outcome.name: count for outcome, count in self.outcomes.items()})
        ended.update(
            queries=self.queries, primary_queries=self.primary_queries, site_looks=self.site_looks
        )
        return ended

    def wrote(self, page: Page) -> None:
        """Remember a version that was written here."""
        self._written[page.site, page.thread] = self._versions.of(page)

    def read(self, page: Page, now: float) -> Outcome:
        """Answer a reader."""
        outcome = self._read(page, now)
        self.outcomes[outcome] += 1
        return outcome

    def _read(self, page: Page, now: float) -> Outcome:
        part = self._part_of(page)
        kept = part.pages.get(page)
        if kept is not None and self._is_fresh(page, kept, now):
            kept.used = True
            return Outcome.FRESH
        self._look_at_site(page.site, now)
        if kept is None:
            self.queries += START_QUERIES
            kept = Kept(OVERHEAD_BYTES + body_bytes(self._crowd, page) * 3 // 2)
            part.add(page, kept)
        else:
            kept.used = True
        return self._check(page, kept, now)

    def _check(self, page: Page, kept: Kept, now: float) -> Outcome:
        self.queries += CHECK_QUERIES
        if self._written_since(page, kept):
            self.primary_queries += CHECK_QUERIES
        version = self._versions.of(page)
        outcome = Outcome.CHECKED if kept.version == version else self._make(page, now)
        kept.version, kept.at = version, now
        return outcome

    def _make(self, page: Page, now: float) -> Outcome:
        if self._shared is not None and self._shared.has(page, now):
            return Outcome.SHARED
        self.queries += RENDER_QUERIES
        if self._shared is not None:
            self._shared.put(page, now)
        return Outcome.RENDERED

    def _look_at_site(self, site: int, now: float) -> None:
        if now - self._sites.get(site, float("-inf")) >= CHECK_SECONDS:
            self.queries += SITE_QUERIES
            self.site_looks += 1
            self._sites[site] = now

    def _is_fresh(self, page: Page, kept: Kept, now: float) -> bool:
        return now - kept.at < CHECK_SECONDS and not self._written_since(page, kept)

    def _written_since(self, page: Page, kept: Kept) -> bool:
        return kept.version >= 0 and self._written.get((page.site, page.thread), 0) > kept.version

    def _part_of(self, page: Page) -> Part:
        whole = self._crowd.comments_of(page.site, page.thread) > 0 or self._versions.of(page) > 0
        return self._main if whole and page.part == 0 else self._rest


class Cdn:
    """Caches near the readers; each place asks for itself."""

    def __init__(self, places: int) -> None:
        self._places: list[dict[Page, float]] = [{} for _ in range(places)]

    def answers(self, page: Page, now: float, die: float) -> tuple[bool, bool]:
        """Tell whether the reader is answered here, and whether the origin is asked."""
        place = self._places[int(die * len(self._places))]
        age = now - place.get(page, float("-inf"))
        if age < S_MAXAGE:
            return True, False
        place[page] = now
        return age < S_MAXAGE + STALE_WHILE_REVALIDATE, True
