"""The read side: order, paging, bounds."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from world import Verbs, World

from commentkit.discussion import pages, threads
from commentkit.discussion.cursors import Cursor, read_cursor
from commentkit.discussion.pages import ThreadPage
from commentkit.errors import CommentKitError
from commentkit.rules import SiteRules


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


def test_pending_comments_are_on_no_page(world: World, verbs: Verbs) -> None:
    comment = verbs.post(verbs.identity(), "one")
    verbs.move(comment, "pending")
    assert read(world, verbs).roots == []


def test_an_unknown_order_is_refused(world: World, verbs: Verbs) -> None:
    verbs.thread()
    with pytest.raises(CommentKitError, match="unknown_sort"):
        read(world, verbs, "created_at; DROP TABLE x")


def test_a_cursor_survives_its_link() -> None:
    cursor = Cursor(datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC), 2**63 - 1)
    assert read_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    ["x", "1", "1.", ".1", "1.2.3", "1.-2", "-" + "9" * 17 + ".1", "1." + "9" * 19, "१.१", "1.2\n"],
)
def test_a_forged_cursor_is_refused(text: str) -> None:
    with pytest.raises(CommentKitError, match="bad_cursor"):
        read_cursor(text)


def test_counts_are_zero_where_nobody_commented(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "one")
    key = verbs.thread_now().key
    with world.kit.database.read() as db:
        assert threads.counts(db, world.site, [key, "nowhere"]) == {key: 1, "nowhere": 0}
