"""The read side: one page of a thread in a bounded number of queries and rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from commentkit.discussion import statements
from commentkit.discussion.cursors import Cursor
from commentkit.discussion.rows import AnyThread, Shown, ShownRow
from commentkit.errors import CommentKitError
from commentkit.rules import SiteRules

SORTS = ("oldest", "newest")


@dataclass(frozen=True)
class Replies:
    """Replies of one root in order of time, parents before children, and where they go on."""

    comments: Sequence[Shown] = field(default_factory=list)
    next: Cursor | None = None
    remaining: int = 0


@dataclass(frozen=True)
class ThreadPage:
    """Roots of one page, with the first replies of each."""

    roots: Sequence[Shown]
    replies: dict[int, Replies]
    next: Cursor | None
    earlier: bool = False
    """Roots come before these: the page starts in the middle of its order."""


def place_of(comment: Shown) -> Cursor:
    """Return a comment's place in the order."""
    return Cursor(comment.created_at, comment.id)


def read_page(
    db: Session,
    thread: AnyThread,
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
    rows = _roots(db, thread, sort, after, inclusive=inclusive, limit=rules.page_size + 1)
    roots = rows[: rules.page_size]
    more = place_of(roots[-1]) if len(rows) > len(roots) else None
    replies = _first_replies(db, thread, roots, rules.replies_shown)
    earlier = after is not None and (not inclusive or _any_before(db, thread, sort, after))
    return ThreadPage(roots, replies, more, earlier)


def _any_before(db: Session, thread: AnyThread, sort: str, place: Cursor) -> bool:
    other_way = "oldest" if sort == "newest" else "newest"
    return bool(_roots(db, thread, other_way, place, inclusive=False, limit=1))


def _roots(
    db: Session, thread: AnyThread, sort: str, after: Cursor | None, *, inclusive: bool, limit: int
) -> list[ShownRow]:
    query = statements.roots(
        limit=limit,
        newest=sort == "newest",
        after=after is not None,
        inclusive=inclusive and after is not None,
        parent_first=db.get_bind().dialect.name == "postgresql",
    )
    return _read(db, thread, query, _place(after))


def _place(cursor: Cursor | None) -> dict[str, Any]:
    return {} if cursor is None else {"time": cursor.created_at, "number": cursor.id}


def _read(
    db: Session, thread: AnyThread, query: Select[Any], values: Mapping[str, Any]
) -> list[ShownRow]:
    # Below the session, which would look for entities.
    found = db.connection().execute(
        query, {"site_id": thread.site_id, "thread_id": thread.id, **values}
    )
    return [ShownRow._make(row) for row in found.all()]


def _first_replies(
    db: Session, thread: AnyThread, roots: Sequence[ShownRow], limit: int
) -> dict[int, Replies]:
    """Read short discussions whole in one query, and only the beginning of each long one."""
    short = [r.id for r in roots if 0 < r.reply_count <= limit]
    long = [r.id for r in roots if r.reply_count > limit]
    found: dict[int, list[ShownRow]] = {r.id: [] for r in roots}
    rows: list[ShownRow] = []
    if short:
        rows += _read(db, thread, statements.short_discussions(), {"roots": short})
    if long:
        rows += _read(db, thread, *statements.beginnings(long, limit))
    for reply in rows:
        found[reply.root_id].append(reply)
    return {root.id: _cut(found[root.id], limit, root.reply_count) for root in roots}


def _cut(replies: list[ShownRow], limit: int, total: int) -> Replies:
    shown = replies[:limit]
    left = total - len(shown)
    return Replies(shown, place_of(shown[-1]) if left > 0 and shown else None, max(left, 0))


def read_replies(
    db: Session, thread: AnyThread, root: Shown, *, after: Cursor | None, limit: int
) -> Replies:
    """Read further replies of one root."""
    query = statements.replies(limit=limit + 1, after=after is not None)
    rows = _read(db, thread, query, {"root": root.id, **_place(after)})
    shown = rows[:limit]
    if len(rows) <= limit:
        return Replies(shown)
    return Replies(shown, place_of(shown[-1]), len(rows) - limit)


def parents_of(db: Session, thread: AnyThread, replies: Sequence[Shown]) -> dict[int, Shown]:
    """Return the parents of replies, by id, for "in reply to"."""
    wanted = sorted({r.parent_id for r in replies if r.parent_id is not None})
    if not wanted:
        return {}
    found = db.execute(statements.by_ids(), {"site_id": thread.site_id, "ids": wanted})
    return {row.id: ShownRow._make(row) for row in found}
