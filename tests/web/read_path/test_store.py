"""Memory is bounded whatever is asked for, and what most readers ask for stays."""

from collections.abc import Callable

import pytest
from world import BLOG, PAGE_URL, Verbs, World

from commentkit.web.read_path.page import Page
from commentkit.web.read_path.replies import RepliesQuestion
from commentkit.web.read_path.store import Kept, PageStore

THREAD = f"/thread?url={PAGE_URL}"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(COMMENTKIT_READ_PATH=True, COMMENTKIT_PAGES_BYTES=2**20)


NAMELESS = RepliesQuestion(site=(1, 1), language="en", root=1, after=None)


def kept(name: str, size: int = 10_000) -> Kept:
    page = Page("1-1", "text/html", b"x" * size)
    return Kept(name=name, site="blog", question=NAMELESS, page=page)


def put(store: PageStore, name: str, *, main: bool, size: int = 10_000) -> Kept:
    page = store.add(kept(name, size), main=main)
    store.resize(page)
    return page


def test_pages_fit_their_memory() -> None:
    store = PageStore(400_000)
    for number in range(1_000):
        put(store, f"page {number}", main=True)
    assert store.size <= 400_000
    assert store.find("page 999") is not None
    assert store.find("page 0") is None


def test_a_page_that_is_read_outlives_those_that_are_not() -> None:
    store = PageStore(400_000)
    put(store, "hot", main=True)
    for number in range(1_000):
        put(store, f"page {number}", main=True)
        assert store.find("hot") is not None


def test_inventions_push_out_nothing_but_each_other() -> None:
    store = PageStore(400_000)
    put(store, "first page", main=True)
    for number in range(1_000):
        put(store, f"invention {number}", main=False)
    assert store.find("first page") is not None
    assert store.size <= 400_000 // 4 + 20_000


def test_a_page_larger_than_the_memory_is_served_and_not_hoarded() -> None:
    store = PageStore(100_000)
    put(store, "huge", main=True, size=500_000)
    put(store, "small", main=True)
    assert store.find("small") is not None
    assert store.size <= 100_000


def test_addresses_are_forgotten_with_their_page() -> None:
    store = PageStore(400_000)
    page = put(store, "page", main=True)
    for number in range(50):
        store.name_address(("/blog/thread", f"x={number}"), page)
    assert len(store.addresses) == 8
    assert ("/blog/thread", "x=49") in store.addresses
    store.drop(page)
    assert store.addresses == {}
    assert store.size == 0


def test_an_address_may_come_to_lead_elsewhere() -> None:
    store = PageStore(400_000)
    before, after = put(store, "before", main=True), put(store, "after", main=True)
    store.name_address(("/a", ""), before)
    store.name_address(("/a", ""), after)
    assert store.addresses == {("/a", ""): after}
    store.drop(before)
    assert store.addresses == {("/a", ""): after}


def test_what_was_forgotten_gets_no_address() -> None:
    store = PageStore(400_000)
    page = put(store, "page", main=True)
    store.drop(page)
    store.name_address(("/a", ""), page)
    assert store.addresses == {}


def test_many_query_strings_lead_to_one_page(world: World) -> None:
    Verbs(world).post(Verbs(world).identity(), "Hello")
    for number in range(300):
        assert world.get(f"{THREAD}&utm={number}").status_code == 200
    pages = world.kit.pages
    assert len(pages._main.pages) + len(pages._rest.pages) == 1
    assert len(pages.addresses) <= 8


def test_invented_cursors_are_not_kept(world: World) -> None:
    Verbs(world).post(Verbs(world).identity(), "Hello")
    for number in range(300):
        assert world.get(f"{THREAD}&after={number:032}").status_code == 400
    assert world.get(f"{THREAD}&after=1.1").status_code == 400
    assert len(world.kit.pages._rest.pages) == 0
    assert len(world.kit.pages.addresses) == 0


def test_addresses_without_comments_do_not_fill_the_memory(world: World) -> None:
    Verbs(world).post(Verbs(world).identity(), "Hello")
    world.get(THREAD)
    for number in range(150):
        assert world.get(f"/thread?url={BLOG}/{number}&title=T").status_code == 200
    pages = world.kit.pages
    assert len(pages._main.pages) == 1
    assert pages._rest.size <= 2**20 // 4
    assert pages._rest.size == sum(page.size for page in pages._rest.pages.values())
