"""The read side: order, paging, bounds."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert
from world import BLOG, Verbs, World

from commentkit.discussion import pages, statements, threads
from commentkit.discussion.cursors import Cursor
from commentkit.discussion.pages import ThreadPage
from commentkit.errors import CommentKitError
from commentkit.model import Comment, Thread
from commentkit.rules import SiteRules

SHORT, LONG = f"{BLOG}/short.html", f"{BLOG}/long.html"


def read(world: World, verbs: Verbs, sort: str = "oldest", **options: object) -> ThreadPage:
    rules = SiteRules(page_size=3, replies_shown=2)
    with world.kit.database.read() as db:
        return pages.read_page(db, verbs.thread_now(), rules, sort=sort, **options)  # type: ignore[arg-type]


def texts(page: ThreadPage) -> list[str]:
    return [root.html.removeprefix("<p>").removesuffix("</p>\n") for root in page.roots]


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_pages_follow_each_other_without_gap_or_overlap(
    world: World, verbs: Verbs, sort: str
) -> None:
    author = verbs.identity()
    for number in range(8):
        verbs.post(author, str(number))
    found: list[str] = []
    after: Cursor | None = None
    for _ in range(3):
        page = read(world, verbs, sort, after=after)
        found += texts(page)
        after = page.next
    assert after is None
    wanted = [str(n) for n in range(8)]
    assert found == (wanted if sort == "oldest" else wanted[::-1])


def test_comments_of_the_same_instant_keep_their_order(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    for number in range(7):
        verbs.post(author, str(number))
        world.clock.move(seconds=-1)
    first = read(world, verbs)
    rest = read(world, verbs, after=first.next)
    last = read(world, verbs, after=rest.next)
    ids = [c.id for page in (first, rest, last) for c in page.roots]
    assert ids == sorted(ids)
    assert len(set(ids)) == 7


def test_a_long_discussion_shows_its_beginning_and_says_what_is_left(
    world: World, verbs: Verbs
) -> None:
    author = verbs.identity()
    root, short = verbs.post(author, "root"), verbs.post(author, "short")
    replies = [verbs.post(author, f"r{n}", parent=root) for n in range(5)]
    only = verbs.post(author, "s0", parent=short)
    page = read(world, verbs)
    long = page.replies[root.id]
    assert [r.id for r in long.comments] == [r.id for r in replies[:2]]
    assert (long.remaining, page.replies[short.id].comments[0].id) == (3, only.id)
    with world.kit.database.read() as db:
        more = pages.read_replies(db, verbs.thread_now(), root, after=long.next, limit=2)
        last = pages.read_replies(db, verbs.thread_now(), root, after=more.next, limit=2)
    assert [r.id for r in [*more.comments, *last.comments]] == [r.id for r in replies[2:]]
    assert last.next is None


def test_a_page_costs_at_most_three_queries(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    for number in range(3):
        root = verbs.post(author, f"root {number}")
        for reply in range(number * 2):
            verbs.post(author, f"{number} {reply}", parent=root)
    thread = verbs.thread_now()
    statements: list[str] = []
    engine = world.kit.database.engine
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    with world.kit.database.read() as db:
        pages.read_page(db, thread, SiteRules(page_size=3, replies_shown=2), sort="oldest")
    assert len([s for s in statements if s.startswith("SELECT")]) == 3


def test_many_long_discussions_are_each_cut(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    roots = [verbs.post(author, f"root {n}") for n in range(3)]
    replies = {
        r.id: [verbs.post(author, f"{r.id} {n}", parent=r).id for n in range(4)] for r in roots
    }
    page = read(world, verbs)
    shown = {root: [c.id for c in found.comments] for root, found in page.replies.items()}
    assert shown == {root: ids[:2] for root, ids in replies.items()}
    assert [found.remaining for found in page.replies.values()] == [2, 2, 2]


def test_pages_of_any_shape_share_a_few_statements() -> None:
    made = {id(statements.beginnings(list(range(1, n + 1)), 20)[0]) for n in range(1, 101)}
    assert len(made) == 8


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_a_long_thread_opens_at_the_cost_of_a_short_one(
    world: World, verbs: Verbs, sort: str
) -> None:
    """Count what SQLite does: its steps, unlike time, are the same on every machine."""
    if world.kit.database.engine.dialect.name != "sqlite":
        pytest.skip("the other databases count no steps; their plans are tested")
    author = verbs.identity()
    short = steps_of(world, verbs, sort, grow(world, verbs.post(author, "first", url=SHORT), 100))
    long = steps_of(world, verbs, sort, grow(world, verbs.post(author, "first", url=LONG), 5_000))
    assert long <= 1.1 * short


def grow(world: World, first: Comment, size: int) -> str:
    """Add so many comments at once; every third answers the first, which thus has more and more."""
    known = {c.name: getattr(first, c.name) for c in Comment.__table__.columns}
    rows = [
        known
        | {"id": first.id + n, "created_at": first.created_at + timedelta(seconds=n)}
        | ({"parent_id": first.id} if n % 3 == 0 else {"root_id": first.id + n})
        for n in range(1, size)
    ]
    with world.kit.database.begin() as db:
        db.execute(insert(Comment), rows)
        count = sum(row["parent_id"] is not None for row in rows)
        db.get_one(Comment, (first.site_id, first.id)).reply_count = count
        return db.get_one(Thread, (first.site_id, first.thread_id)).url or ""


def steps_of(world: World, verbs: Verbs, sort: str, url: str) -> int:
    """Read the first page, and count by tens the steps that its statements took."""
    thread, steps = verbs.thread_now(url), 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with world.kit.database.read() as db:
        connection = db.connection().connection.driver_connection
        assert connection is not None
        connection.set_progress_handler(count, 10)
        pages.read_page(db, thread, SiteRules(page_size=50, replies_shown=20), sort=sort)
        connection.set_progress_handler(None, 0)
    return steps


def test_pending_comments_are_on_no_page(world: World, verbs: Verbs) -> None:
    comment = verbs.post(verbs.identity(), "one")
    verbs.move(comment, "pending")
    assert read(world, verbs).roots == []


def test_an_unknown_order_is_refused(world: World, verbs: Verbs) -> None:
    verbs.thread()
    with pytest.raises(CommentKitError, match="unknown_sort"):
        read(world, verbs, "created_at; DROP TABLE x")


def test_counts_are_zero_where_nobody_commented(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "one")
    key = verbs.thread_now().key
    with world.kit.database.read() as db:
        found = threads.counts(db, world.site, [key, "nowhere"])
    assert {name: count.comments for name, count in found.items()} == {key: 1, "nowhere": 0}
