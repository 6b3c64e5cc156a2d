"""Which addresses become threads, by which key, and when they close."""

import pytest
from world import Verbs, World

from commentkit.discussion import threads
from commentkit.discussion.addresses import canonical_url, key_of
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.rules import SiteRules


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("http://LocalHost:8001/a.html#top", "http://localhost:8001/a.html"),
        ("https://example.org:443", "https://example.org/"),
        ("https://example.org/a?utm_source=x&b=1&fbclid=2", "https://example.org/a?b=1"),
        ("https://example.org/a?commentkit=1", "https://example.org/a"),
        ("https://example.org/a/", "https://example.org/a/"),
    ],
)
def test_an_address_has_one_form(asked: str, stored: str) -> None:
    assert canonical_url(asked) == stored


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.org/",
        "https://a@example.org/",
        "//example.org/",
        "https://",
        "https://example.org/ a",
        "https://example.org:99999/",
        "https://[::1",
        "https://example.org/" + "a" * 2_000,
        "https://example.org/?q=" + "é" * 1_900,
        "https://example.org/\ud800",
        "https://example.org/?q=\ud800",
    ],
)
def test_what_is_no_address_of_a_page(url: str) -> None:
    with pytest.raises(CommentKitError, match="thread_not_allowed"):
        canonical_url(url)


def test_the_scheme_is_not_part_of_the_key() -> None:
    assert key_of(key=None, url="https://e.org/a") == key_of(key=None, url="http://e.org/a")


@pytest.mark.parametrize("key", ["a\nb", "x" * 2_001, "\x00", "\ud800"])
def test_keys_that_cannot_be(key: str) -> None:
    with pytest.raises(CommentKitError, match="thread_missing"):
        key_of(key=key, url=None)


def test_keys_are_told_apart_byte_by_byte(world: World) -> None:
    keys = ["a", "A", "a ", "á", "a\u0301"]
    with world.kit.database.begin() as db:
        found = {
            threads.open_for(db, world.site, Page(key=key, vouched=True), now=world.clock()).id
            for key in keys
        }
    assert len(found) == len(keys)


@pytest.mark.parametrize(
    ("rule", "page", "tag_seen", "opens"),
    [
        ("origins", Page(url="http://localhost:8001/x"), False, True),
        ("origins", Page(url="http://evil.example/x"), True, False),
        ("origins", Page(key="only-a-key"), False, False),
        ("origins", Page(key="only-a-key", vouched=True), False, True),
        ("known", Page(url="http://localhost:8001/x"), True, False),
        ("known", Page(url="http://localhost:8001/x", vouched=True), False, True),
        ("tagged", Page(url="http://localhost:8001/x"), False, False),
        ("tagged", Page(url="http://localhost:8001/x"), True, True),
        ("tagged", Page(url="http://evil.example/x"), True, False),
    ],
)
def test_the_sites_rule_decides_what_becomes_a_thread(
    world: World, rule: str, page: Page, tag_seen: bool, opens: bool
) -> None:
    world.rules(threads=rule)
    with world.kit.database.begin() as db:
        if opens:
            found = threads.open_for(db, world.site, page, now=world.clock(), tag_seen=tag_seen)
            assert found.key == page.thread_key
        else:
            foreign = "evil" in (page.url or "")
            code = "origin_not_registered" if foreign else "thread_not_allowed"
            with pytest.raises(CommentKitError, match=code):
                threads.open_for(db, world.site, page, now=world.clock(), tag_seen=tag_seen)


MINE = "http://localhost:8001/x"


def opened(world: World, *pages: Page, tag_seen: bool = False) -> tuple[str | None, str]:
    """Open one thread for each of these pages in turn; return its address and title then."""
    for page in pages:
        with world.kit.database.begin() as db:
            row = threads.open_for(db, world.site, page, now=world.clock(), tag_seen=tag_seen)
    return row.url, row.title


def test_a_visitor_ties_no_other_address_to_a_key(world: World) -> None:
    assert opened(world, Page(key="k1", url=MINE)) == (None, "")
    assert opened(world, Page(key="k2", url=MINE), tag_seen=True) == (MINE, "")
    assert opened(world, Page(key="k3", url=MINE, vouched=True)) == (MINE, "")
    assert opened(world, Page(key="localhost:8001/x", url=MINE)) == (MINE, "")


def test_the_host_corrects_what_a_visitor_said(world: World, verbs: Verbs) -> None:
    early = Page(key="k", url=MINE, title="Theirs")
    later = Page(key="k", url=f"{MINE}/2#top", title="Ours", vouched=True)
    assert opened(world, early, later) == (f"{MINE}/2", "Ours")
    assert opened(world, early, Page(key="k", title="Again theirs")) == (f"{MINE}/2", "Ours")
    assert opened(world, Page(key="k", vouched=True)) == (f"{MINE}/2", "Ours")


def test_a_correction_is_seen_by_caches(world: World) -> None:
    page = Page(key="k", url=MINE, title="Ours", vouched=True)
    with world.kit.database.begin() as db:
        first = threads.open_for(db, world.site, Page(key="k", url=MINE), now=world.clock()).version
    versions = []
    for _ in range(2):
        with world.kit.database.begin() as db:
            versions.append(threads.open_for(db, world.site, page, now=world.clock()).version)
    assert versions == [first + 1, first + 1]


def test_a_corrected_address_was_not_looked_at(world: World) -> None:
    with world.kit.database.begin() as db:
        page = Page(key="k", url=MINE, vouched=True)
        threads.open_for(db, world.site, page, now=world.clock()).url_checked_at = world.clock()
    with world.kit.database.begin() as db:
        page = Page(key="k", url=f"{MINE}/2", vouched=True)
        row = threads.open_for(db, world.site, page, now=world.clock())
        assert row.url_checked_at is None


def test_a_known_thread_takes_comments_under_every_rule(world: World, verbs: Verbs) -> None:
    verbs.thread()
    world.rules(threads="known")
    assert verbs.post(verbs.identity(), "one").status == "approved"


def test_a_thread_closes_after_its_days(world: World, verbs: Verbs) -> None:
    world.rules(close_after_days=10)
    verbs.thread()
    world.clock.move(days=30)
    verbs.post(verbs.identity(), "the first, long after the thread was made")
    world.clock.move(days=10, microseconds=-1)
    thread = verbs.thread_now()
    assert not threads.is_closed(thread, world.site.rules, now=world.clock())
    world.clock.move(microseconds=1)
    assert threads.is_closed(thread, world.site.rules, now=world.clock())
    with pytest.raises(CommentKitError, match="thread_closed"):
        verbs.post(verbs.identity(), "late")


def test_closing_by_hand_and_opening_again(world: World, verbs: Verbs) -> None:
    verbs.thread()
    with world.kit.database.begin() as db:
        threads.close(
            db, threads.by_id(db, world.site.id, verbs.thread_now().id), now=world.clock()
        )
    with pytest.raises(CommentKitError, match="thread_closed"):
        verbs.post(verbs.identity(), "late")
    with world.kit.database.begin() as db:
        threads.reopen(db, threads.by_id(db, world.site.id, verbs.thread_now().id))
    assert verbs.post(verbs.identity(), "in time").status == "approved"
    assert SiteRules().close_after_days is None
