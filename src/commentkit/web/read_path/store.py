"""Kept pages in bounded memory, and the addresses that lead to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from commentkit.model.forks import in_child
from commentkit.web.read_path.freshness import Moment
from commentkit.web.read_path.page import Page

if TYPE_CHECKING:
    from commentkit.web.read_path.question import Question, Version

Address = tuple[str, str]
"""A path below the app and its query string, as they were sent."""

_MAX_ALIASES = 8
_MAX_ALIAS_CHARS = 8_000
"""A list page asks for the counts of some fifty addresses at once."""
_OVERHEAD_BYTES = 4_000
"""About what a kept page costs beside its bytes and its words."""
_CHARACTER_BYTES = 8
"""About what a character of a question costs: up to four bytes, in its parts and in its name."""
_REST_SHARE = 4
"""Pages that anybody can ask for in endless variety share this part of the memory."""


@dataclass(eq=False, slots=True)
class Kept:
    """A question with its answer as it was last made, and when that was last found right."""

    name: Hashable
    site: str
    question: Question
    version: Version | None = None
    page: Page | None = None
    at: Moment | None = None
    first: tuple[Moment, Version] | None = None
    """The version that was read before there was this to keep it in, and when."""
    primary_at: float = float("-inf")
    """When the primary was last asked because a reader had seen more than a replica knows."""
    used: bool = False
    """It was read again since it was made or last considered."""
    size: int = _OVERHEAD_BYTES
    addresses: list[Address] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    """Held by the one who looks or renders."""

    @property
    def made(self) -> Page:
        """Return its page, once one was made."""
        if self.page is None:
            raise RuntimeError(f"nothing was made of {self.name!r}")
        return self.page


class PageStore:
    """Pages by name: what most readers ask for, and apart from it what anybody may invent.

    Nobody can push a thread's first page out by asking for many different things: those have their
    own, smaller part. `addresses` may be read without asking anybody.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.addresses: dict[Address, Kept] = {}
        self._empty()
        in_child(self, PageStore._empty)

    def _empty(self) -> None:
        """Begin with nothing, and with locks that nobody holds."""
        self.addresses.clear()
        self._lock = Lock()
        rest = self._max_bytes // _REST_SHARE
        self._main, self._rest = _Part(self._max_bytes - rest), _Part(rest)

    def find(self, name: Hashable) -> Kept | None:
        """Return what is kept by that name."""
        with self._lock:
            kept = self._main.pages.get(name) or self._rest.pages.get(name)
        if kept is not None:
            kept.used = True
        return kept

    def add(self, kept: Kept, *, main: bool) -> Kept:
        """Keep it; return what another reader has put there first."""
        with self._lock:
            part = self._main if main else self._rest
            known = part.pages.setdefault(kept.name, kept)
            if known is kept:
                part.size += kept.size
                self._make_room(part)
        return known

    def resize(self, kept: Kept) -> None:
        """Count the bytes of a page that was made anew."""
        with self._lock:
            part = self._part_of(kept)
            size = _size(kept)
            if part is not None:
                part.size += size - kept.size
            kept.size = size
            if part is not None:
                self._make_room(part)

    def name_address(self, address: Address, kept: Kept) -> None:
        """Remember that an address leads there; the latest few do."""
        if _chars(address) > _MAX_ALIAS_CHARS:
            return
        with self._lock:
            before = self.addresses.get(address)
            if before is kept or self._part_of(kept) is None:
                return
            if before is not None:
                before.addresses.remove(address)
            self.addresses[address] = kept
            kept.addresses.append(address)
            if len(kept.addresses) > _MAX_ALIASES:
                del self.addresses[kept.addresses.pop(0)]
        self.resize(kept)

    def drop(self, kept: Kept) -> None:
        """Forget a page."""
        with self._lock:
            part = self._part_of(kept)
            if part is not None:
                self._forget(part, kept)

    @property
    def size(self) -> int:
        """Return about how many bytes are kept."""
        return self._main.size + self._rest.size

    def _part_of(self, kept: Kept) -> _Part | None:
        return next((p for p in (self._main, self._rest) if p.holds(kept)), None)

    def _make_room(self, part: _Part) -> None:
        """Let the pages go that were kept longest and not used since they were last looked at."""
        while part.size > part.max_bytes and len(part.pages) > 1:
            name, kept = next(iter(part.pages.items()))
            if kept.used:
                kept.used = False
                part.pages.move_to_end(name)
            else:
                self._forget(part, kept)

    def _forget(self, part: _Part, kept: Kept) -> None:
        del part.pages[kept.name]
        part.size -= kept.size
        for address in kept.addresses:
            self.addresses.pop(address, None)


@dataclass
class _Part:
    max_bytes: int
    size: int = 0
    pages: OrderedDict[Hashable, Kept] = field(default_factory=OrderedDict)

    def holds(self, kept: Kept) -> bool:
        return self.pages.get(kept.name) is kept


def _size(kept: Kept) -> int:
    body = kept.page.size if kept.page else 0
    characters = kept.question.weight + sum(map(_chars, kept.addresses))
    return _OVERHEAD_BYTES + body + _CHARACTER_BYTES * characters


def _chars(address: Address) -> int:
    return sum(map(len, address))
