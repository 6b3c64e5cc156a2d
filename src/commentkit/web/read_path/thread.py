"""The question for a page of a thread."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.discussion import pages, threads
from commentkit.errors import CommentKitError
from commentkit.model import Thread
from commentkit.web import section
from commentkit.web.call import Call
from commentkit.web.closing import close_when_due
from commentkit.web.read_path.question import HTML
from commentkit.web.section import Ask

_ROW = select(
    Thread.id,
    Thread.version,
    Thread.url.is_not(None).label("has_url"),
    Thread.comment_count,
    Thread.closed_at,
    Thread.created_at,
).where(Thread.site_id == bindparam("site_id"), Thread.key_hash == bindparam("key_hash"))


@dataclass(frozen=True)
class ThreadVersion:
    """A thread's row as far as it decides what its pages say."""

    id: int = 0
    """0 where nobody has commented yet."""
    number: int = 0
    whole: bool = False
    """Its address and title are stored; else the answer repeats those that were asked with."""
    due_at: datetime | None = field(default=None, compare=False)
    """When time closes it; None where it is closed already, or never."""

    @property
    def label(self) -> str:
        """Name it."""
        return f"{self.id}-{self.number}"


@dataclass(frozen=True)
class ThreadQuestion:
    """Which part of which thread, in which words."""

    site: tuple[int, int]
    """The site's id and version."""
    language: str
    ask: Ask
    content_type: str = field(default=HTML, init=False)

    def __post_init__(self) -> None:
        if self.ask.sort not in pages.SORTS:
            raise CommentKitError("unknown_sort")

    @property
    def name(self) -> Hashable:
        """Name the part of the thread, unless the host's own word for its page is asked with."""
        return self.full_name if self.ask.page.vouched else self._part

    @property
    def _part(self) -> Hashable:
        ask = self.ask
        return ("thread", *self.site, self.language, self._key, ask.sort, ask.after, ask.comment)

    @property
    def full_name(self) -> Hashable:
        """Name the address and the title too, which a thread without comments shows as asked."""
        page = self.ask.page
        return (self._part, page.url, page.title, page.vouched)

    @property
    def first(self) -> bool:
        """Tell the first page from those that a cursor, a permalink or a proof names."""
        ask = self.ask
        return ask.after is None and ask.comment is None and not ask.page.vouched

    @property
    def _key(self) -> str:
        return self.ask.page.thread_key

    def version(self, call: Call, db: Session) -> ThreadVersion:
        """Read the thread's row."""
        key = {"site_id": call.site.id, "key_hash": ids.sha256(self._key)}
        row = db.execute(_ROW, key).one_or_none()
        if row is None:
            return ThreadVersion()
        due_at = threads.closes_at(row, call.site.rules)
        return ThreadVersion(row.id, row.version, row.has_url, due_at)

    def settle(self, call: Call) -> None:
        """Let its version say that it is closed."""
        close_when_due(call, self._key)

    def gather(self, call: Call, db: Session, _version: ThreadVersion) -> Callable[[], bytes]:
        """Read a page of the thread."""
        view = section.public_view(call, db, section.stand(call, db, self.ask))
        render = call.kit.renderer.render
        return lambda: render("thread.html", language=call.language, view=view).encode()
