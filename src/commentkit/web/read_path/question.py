"""What a public address asks for, and what an answer to it must know."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session

from commentkit.web.call import Call
from commentkit.web.read_path.freshness import Parts

HTML = "text/html; charset=utf-8"
JSON = "application/json"


class Version(Protocol):
    """What decides whether a kept answer is still right; compared by equality."""

    @property
    def label(self) -> str:
        """Name it, for the ETag."""

    @property
    def parts(self) -> Parts:
        """Return what only rises, by name, so that a lagging replica is recognised."""

    @property
    def whole(self) -> bool:
        """Tell whether the database knows all that the answer says, so that nobody can vary it."""

    @property
    def due_at(self) -> datetime | None:
        """Return when time alone changes the answer."""


class Question(Protocol):
    """A public address, read: hashable, and without anything about who asks."""

    @property
    def content_type(self) -> str:
        """Name the answer's type."""

    @property
    def name(self) -> Hashable:
        """Name what is asked for, where the database knows all that the answer says."""

    @property
    def full_name(self) -> Hashable:
        """Name it with all that the address says, for answers that repeat some of it."""

    @property
    def weight(self) -> int:
        """Return about how many characters it holds."""

    @property
    def first(self) -> bool:
        """Tell whether this is what most readers ask for: there are few such of each thread."""

    def version(self, call: Call, db: Session) -> Version:
        """Read the version, as cheaply as may be; raises what the answer would."""

    def gather(self, call: Call, db: Session, version: Any) -> Callable[[], bytes]:
        """Read the rows; what is returned renders them, once no connection waits for it."""


@dataclass(frozen=True)
class Query:
    """A query string, read as the framework reads it: the first of several values counts."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, environ: dict[str, str]) -> Query:
        """Read a WSGI request's."""
        raw = environ.get("QUERY_STRING", "").encode("latin-1").decode("utf-8", "replace")
        return cls(tuple(parse_qsl(raw, keep_blank_values=True, errors="replace")))

    def first(self) -> dict[str, str]:
        """Return each name's first value."""
        return dict(reversed(self.pairs))

    def all(self, name: str) -> list[str]:
        """Return every value of a name."""
        return [value for known, value in self.pairs if known == name]
