"""The question for further replies of one root."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from commentkit.discussion import comments, pages, threads
from commentkit.discussion.cursors import Cursor
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Thread
from commentkit.view import RepliesFragment, comment_tree
from commentkit.web import section
from commentkit.web.call import Call
from commentkit.web.read_path.question import HTML
from commentkit.web.read_path.thread import ThreadVersion
from commentkit.web.section import Ask, Standing

_ROW = (
    select(Thread.id, Thread.version)
    .join(Comment, and_(Comment.site_id == Thread.site_id, Comment.thread_id == Thread.id))
    .where(
        Thread.site_id == bindparam("site_id"),
        Comment.site_id == bindparam("site_id"),
        Comment.id == bindparam("root"),
    )
)


@dataclass(frozen=True)
class RepliesQuestion:
    """Which root, after which reply."""

    site: tuple[int, int]
    language: str
    root: int
    after: Cursor | None
    content_type: str = field(default=HTML, init=False)
    first: bool = field(default=False, init=False)

    @property
    def name(self) -> Hashable:
        """Name the part of the discussion."""
        return ("replies", *self.site, self.language, self.root, self.after)

    @property
    def full_name(self) -> Hashable:
        """Name the same: nothing of the address is repeated."""
        return self.name

    @property
    def weight(self) -> int:
        """Return about how many characters it holds."""
        return 0

    def version(self, call: Call, db: Session) -> ThreadVersion:
        """Read the version of the root's thread; raises `unknown_comment`."""
        row = db.execute(_ROW, {"site_id": call.site.id, "root": self.root}).one_or_none()
        if row is None:
            raise CommentKitError("unknown_comment")
        parts = (((call.site.id, row.id), row.version),)
        return ThreadVersion(id=row.id, number=row.version, whole=True, parts=parts)

    def gather(self, call: Call, db: Session, _version: ThreadVersion) -> Callable[[], bytes]:
        """Read the next replies."""
        view = self._view(call, db)
        render = call.kit.renderer.render
        return lambda: render("replies.html", language=call.language, view=view).encode()

    def _view(self, call: Call, db: Session) -> RepliesFragment:
        root = comments.find_any(db, call.site.id, self.root)
        if not root.shown or root.parent_id is not None:
            raise CommentKitError("unknown_comment")
        row = threads.by_id(db, call.site.id, root.thread_id)
        limit = call.site.rules.replies_shown
        found = pages.read_replies(db, row, root, after=self.after, limit=limit)
        parents = pages.parents_of(db, row, found.comments)
        known = [*found.comments, *parents.values()]
        ask = Ask(page=Page(key=row.key), sort=call.site.rules.sort)
        standing = Standing(ask=ask, thread=row, key=row.key, url=row.url)
        return RepliesFragment(
            root=root.id,
            comments=comment_tree(found.comments, section.showing(call, db, known), known=parents),
            links=section.links(call, standing),
            more=section.more_replies(call, root.id, found.next) if found.next else None,
            can_reply=not threads.is_closed(row, call.site.rules, now=call.now),
        )
