"""The read side: one page of a thread in a bounded number of queries and rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from commentkit.discussion.cursors import Cursor
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Thread
from commentkit.rules import SiteRules

SORTS = ("oldest", "newest")


@dataclass(frozen=True)
class Replies:
    """Replies of one root in order of time, parents before children, and where they go on."""

    comments: list[Comment] = field(default_factory=list)
    next: Cursor | None = None
    remaining: int = 0


@dataclass(frozen=True)
class ThreadPage:
    """Roots of one page, with the first replies of each."""

    roots: list[Comment]
    replies: dict[int, Replies]
    next: Cursor | None
    earlier: bool = False
    """Roots come before these: the page starts in the middle of its order."""


def place_of(comment: Comment) -> Cursor:
    """Return a comment's place in the order."""
    return Cursor(comment.created_at, comment.id)


def read_page(
    db: Session,
    thread: Thread,
    rules: SiteRules,
    *,
    sort: str,
    after: Cursor | None = None,
    inclusive: bool = False,
) -> ThreadPage:
    """Read one page of roots and their first replies: two queries, three where threads are long.

    Roots come after the cursor in the direction of `sort`, or at it where `inclusive`. Raises
    `unknown_sort`.
    """
    if sort not in SORTS:
        raise CommentKitError("unknown_sort")
    rows = list(db.scalars(_roots(thread, sort, after, inclusive).limit(rules.page_size + 1)))
    roots = rows[: rules.page_size]
    more = place_of(roots[-1]) if len(rows) > len(roots) else None
    replies = _first_replies(db, thread, roots, rules.replies_shown)
    earlier = after is not None and (not inclusive or _any_before(db, thread, sort, after))
    return ThreadPage(roots, replies, more, earlier)


def _any_before(db: Session, thread: Thread, sort: str, place: Cursor) -> bool:
    other_way = "oldest" if sort == "newest" else "newest"
    first = _roots(thread, other_way, place, inclusive=False).limit(1)
    return db.scalar(first) is not None


def _shown(thread: Thread) -> ColumnElement[bool]:
    return and_(
        Comment.site_id == thread.site_id, Comment.thread_id == thread.id, Comment.shown.is_(True)
    )


def _roots(thread: Thread, sort: str, after: Cursor | None, inclusive: bool) -> Select[Any]:
    query = select(Comment).where(_shown(thread), Comment.parent_id.is_(None))
    newest = sort == "newest"
    if after is not None:
        query = query.where(_beyond(after, newest=newest, inclusive=inclusive))
    order = (Comment.created_at, Comment.id)
    return query.order_by(*(c.desc() for c in order) if newest else order)


def _beyond(
    cursor: Cursor, *, newest: bool = False, inclusive: bool = False
) -> ColumnElement[bool]:
    """Compare (created_at, id) as a pair, in a form that every planner turns into a range."""
    time, number = Comment.created_at, Comment.id
    if newest:
        edge = number <= cursor.id if inclusive else number < cursor.id
        return and_(time <= cursor.created_at, or_(time < cursor.created_at, edge))
    edge = number >= cursor.id if inclusive else number > cursor.id
    return and_(time >= cursor.created_at, or_(time > cursor.created_at, edge))


def _first_replies(
    db: Session, thread: Thread, roots: Sequence[Comment], limit: int
) -> dict[int, Replies]:
    """Read short discussions whole in one query, and only the beginning of each long one."""
    short = [r.id for r in roots if 0 < r.reply_count <= limit]
    long = [r.id for r in roots if r.reply_count > limit]
    found: dict[int, list[Comment]] = {r.id: [] for r in roots}
    queries = ([_replies(thread, short)] if short else []) + (
        [_beginnings(thread, long, limit)] if long else []
    )
    for query in queries:
        for reply in db.scalars(query):
            found[reply.root_id].append(reply)
    return {root.id: _cut(found[root.id], limit, root.reply_count) for root in roots}


def _replies(thread: Thread, root_ids: Sequence[int]) -> Select[Any]:
    return (
        select(Comment)
        .where(_shown(thread), Comment.root_id.in_(root_ids), Comment.parent_id.is_not(None))
        .order_by(Comment.created_at, Comment.id)
    )


def _beginnings(thread: Thread, root_ids: Sequence[int], limit: int) -> Select[Any]:
    """Bound each root by its own LIMIT: a window function would read all replies first."""
    parts = [select(_replies(thread, [root_id]).limit(limit).subquery()) for root_id in root_ids]
    found = aliased(Comment, union_all(*parts).subquery())
    return select(found).order_by(found.created_at, found.id)


def _cut(replies: list[Comment], limit: int, total: int) -> Replies:
    shown = replies[:limit]
    left = total - len(shown)
    return Replies(shown, place_of(shown[-1]) if left > 0 and shown else None, max(left, 0))


def read_replies(
    db: Session, thread: Thread, root: Comment, *, after: Cursor | None, limit: int
) -> Replies:
    """Read further replies of one root."""
    query = _replies(thread, [root.id])
    if after is not None:
        query = query.where(_beyond(after))
    rows = list(db.scalars(query.limit(limit + 1)))
    shown = rows[:limit]
    if len(rows) <= limit:
        return Replies(shown)
    return Replies(shown, place_of(shown[-1]), len(rows) - limit)


def parents_of(db: Session, thread: Thread, replies: Sequence[Comment]) -> dict[int, Comment]:
    """Return the parents of replies, by id, for "in reply to"."""
    wanted = {r.parent_id for r in replies if r.parent_id is not None}
    if not wanted:
        return {}
    keys = [(thread.site_id, i) for i in wanted]
    rows = db.scalars(select(Comment).where(tuple_(Comment.site_id, Comment.id).in_(keys)))
    return {row.id: row for row in rows}


def read_own(
    db: Session, thread: Thread, account_ids: frozenset[int], *, limit: int = 50
) -> list[Comment]:
    """Return the newest comments of these accounts in a thread that are approved or pending."""
    if not account_ids:
        return []
    rows = db.scalars(
        select(Comment)
        .where(
            Comment.site_id == thread.site_id,
            Comment.thread_id == thread.id,
            Comment.account_id.in_(account_ids),
            Comment.status.in_(("approved", "pending")),
        )
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    return list(rows)
