"""The question for the counts that a list page's links show."""

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import threads
from commentkit.discussion.addresses import key_of
from commentkit.errors import CommentKitError
from commentkit.web import wording
from commentkit.web.call import Call
from commentkit.web.read_path.freshness import Parts
from commentkit.web.read_path.question import JSON

MAX_COUNTS = 100
MAX_CHARS = 20_000
"""Of all that is asked for at once."""


@dataclass(frozen=True)
class CountsVersion:
    """The counts themselves: reading them costs what reading their version would."""

    counts: tuple[tuple[str, int], ...]
    """By thread key, in the order of the question."""
    parts: Parts = field(compare=False, repr=False)
    label: str = field(default="counts", init=False)
    whole: bool = field(default=True, init=False)
    due_at: datetime | None = field(default=None, init=False)


@dataclass(frozen=True)
class CountsQuestion:
    """Which threads, as they were named: by key or by address."""

    site: tuple[int, int]
    language: str
    keys: tuple[tuple[str, str], ...]
    """What was asked, and the thread key it means."""
    content_type: str = field(default=JSON, init=False)
    first: bool = field(default=False, init=False)

    @property
    def name(self) -> Hashable:
        """Name the threads and how they were asked for."""
        return ("counts", *self.site, self.language, self.keys)

    @property
    def full_name(self) -> Hashable:
        """Name the same: nothing else is repeated."""
        return self.name

    @property
    def weight(self) -> int:
        """Return about how many characters it holds."""
        return sum(len(asked) + len(key) for asked, key in self.keys)

    def version(self, call: Call, db: Session) -> CountsVersion:
        """Read the counts."""
        found = threads.counts(db.connection(), call.site, [key for _, key in self.keys])
        return CountsVersion(
            counts=tuple((key, count.comments) for key, count in found.items()),
            parts=tuple(
                ((call.site.id, ids.sha256(key)), count.version) for key, count in found.items()
            ),
        )

    def gather(self, call: Call, _db: Session, version: CountsVersion) -> Callable[[], bytes]:
        """Say the counts."""
        found = dict(version.counts)
        said = {asked: _said(call, found[key]) for asked, key in self.keys}
        return lambda: json.dumps({"counts": said}, ensure_ascii=False).encode()


def _said(call: Call, count: int) -> dict[str, int | str]:
    return {"count": count, "text": wording.count_text(call, count)}


def keys_asked(by_key: list[str], by_url: list[str]) -> tuple[tuple[str, str], ...]:
    """Return what was asked with the thread keys it means; raises `field_invalid`.

    What cannot be a thread's key is left out: one bad link must not silence the others.
    """
    names = [*by_key, *by_url]
    if not 0 < len(names) <= MAX_COUNTS or sum(map(len, names)) > MAX_CHARS:
        raise CommentKitError("field_invalid", {"name": "key"})
    asked = {url: _key(None, url) for url in by_url} | {key: _key(key, None) for key in by_key}
    return tuple((name, key) for name, key in asked.items() if key is not None)


def _key(key: str | None, url: str | None) -> str | None:
    try:
        return key_of(key=key, url=url)
    except CommentKitError:
        return None
