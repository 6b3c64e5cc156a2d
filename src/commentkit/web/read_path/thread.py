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
from commentkit.web.read_path.freshness import Parts
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
    overdue: bool = False
    """Time has closed it. No row says so, but the page does."""
    due_at: datetime | None = field(default=None, compare=False, repr=False)
    """When time will close it."""
    parts: Parts = field(default=(), compare=False, repr=False)

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

    @property
    def weight(self) -> int:
        """Return about how many characters it holds."""
        page = self.ask.page
        return len(self._key) + len(page.url or "") + len(page.title)

    def version(self, call: Call, db: Session) -> ThreadVersion:
        """Read the thread's row."""
        asked = {"site_id": call.site.id, "key_hash": ids.sha256(self._key)}
        name = (call.site.id, asked["key_hash"])
        row = db.connection().execute(_ROW, asked).one_or_none()
        if row is None:
            return ThreadVersion(parts=((name, 0),))
        due_at = threads.closes_at(row, call.site.rules)
        overdue = due_at is not None and call.now >= due_at
        return ThreadVersion(
            id=row.id,
            number=row.version,
            whole=row.has_url,
            overdue=overdue,
            due_at=None if overdue else due_at,
            parts=((name, row.version),),
        )

    def gather(self, call: Call, db: Session, _version: ThreadVersion) -> Callable[[], bytes]:
        """Read a page of the thread."""
        view = section.public_view(call, db, section.stand(call, db, self.ask))
        render = call.kit.renderer.render
        return lambda: render("thread.html", language=call.language, view=view).encode()
