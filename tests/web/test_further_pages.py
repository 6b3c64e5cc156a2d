"""Links to further pages: followed they go on, invented they cost nothing."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cpu import cpu_seconds
from database_support import Databases
from flask import Flask
from test_statements import asked
from world import BLOG, PAGE_URL, Verbs, World, make_world

from commentkit import CommentKit
from commentkit.discussion import comments
from commentkit.discussion.cursors import roots_of
from commentkit.errors import CommentKitError

THREAD, PAGE = f"/thread?url={PAGE_URL}", f"/page?url={PAGE_URL}"
SECOND = f"{BLOG}/b.html"


@pytest.fixture
def verbs(world: World) -> Verbs:
    return talk(world)


def talk(world: World) -> Verbs:
    """Fill two threads, a root a page; the last root of one has four replies."""
    world.rules(page_size=1, replies_shown=2)
    verbs = Verbs(world)
    author = verbs.identity()
    for url in (PAGE_URL, SECOND):
        for number in range(3):
            verbs.post(author, f"root {number}", url=url)
    root = verbs.post(author, "talked about")
    for number in range(4):
        verbs.post(author, f"reply {number}", parent=root)
    return verbs


def links(page: str, action: str, attribute: str = "data-fragment") -> list[str]:
    """Return the addresses below the site that a page's controls of that kind lead to."""
    found = re.findall(rf'data-action="{action}"[^>]* {attribute}="([^"]*)"', page)
    return [
        unescape(address).partition("/commentkit/blog")[2].partition("#")[0] for address in found
    ]


def after(address: str) -> str:
    return address.split("after=")[1].split("&")[0]


def texts(page: str) -> list[str]:
    return re.findall(r"<p>((?:root|reply) \d|talked about)</p>", page)


@pytest.mark.parametrize(("start", "attribute"), [("/thread", "data-fragment"), ("/page", "href")])
@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_links_lead_through_a_thread(
    world: World, verbs: Verbs, start: str, attribute: str, sort: str
) -> None:
    address, found = [f"{start}?url={PAGE_URL}&sort={sort}"], []
    while address:
        page = world.get(address[0])
        assert page.status_code == 200
        found += [text for text in texts(page.text) if "reply" not in text]
        address = links(page.text, "more", attribute)
    wanted = ["root 0", "root 1", "root 2", "talked about"]
    assert found == (wanted if sort == "oldest" else wanted[::-1])


@pytest.mark.parametrize(("start", "attribute"), [("/thread", "data-fragment"), ("/page", "href")])
def test_links_lead_through_a_discussion(
    world: World, verbs: Verbs, start: str, attribute: str
) -> None:
    page = world.get(f"{start}?url={PAGE_URL}&sort=newest")
    (address,) = links(page.text, "more-replies", attribute)
    assert [t for t in texts(world.get(address).text) if "reply" in t] == ["reply 2", "reply 3"]


def test_a_cursor_is_good_for_ever(world: World, verbs: Verbs) -> None:
    first = world.get(THREAD).text
    (address,) = links(first, "more")
    number = int(re.findall(r'data-comment="(\d+)"', first)[0])
    with world.kit.database.read() as db:
        root = comments.find_any(db, world.site.id, number)
    verbs.move(root, "rejected")
    world.clock.move(days=4_000)
    assert texts(world.get(address).text) == ["root 1"]


def foreign(world: World) -> Iterator[str]:
    """Give addresses whose cursor was not written for them."""
    first = world.get(f"{THREAD}&sort=newest").text
    (of_roots,), (of_replies,) = links(first, "more"), links(first, "more-replies")
    root = of_replies.split("/replies/")[1].split("?")[0]
    roots, replies = after(of_roots), after(of_replies)
    yield f"{THREAD}&sort=newest&after={'A' * 32}"
    yield f"{THREAD}&sort=newest&after=1763812800123456.123456789"
    yield f"{THREAD}&sort=newest&after={'x' * 60}"
    yield f"{THREAD}&sort=newest&after={roots[:-1]}{'A' if roots[-1] != 'A' else 'B'}"
    yield f"{THREAD}&sort=oldest&after={roots}"
    yield f"{THREAD}&after={roots}"
    yield f"/thread?url={SECOND}&sort=newest&after={roots}"
    yield f"{THREAD}&sort=newest&after={replies}"
    yield f"/replies/{root}?after={roots}"
    yield f"/replies/1?after={replies}"
    yield f"/replies/{root}?after={'x' * 2_000}"


@pytest.mark.parametrize("layer", [True, False], ids=["layer", "blueprint"])
def test_a_cursor_from_elsewhere_is_refused_before_any_question(
    tmp_path: Path, databases: Databases, layer: bool
) -> None:
    world = make_world(tmp_path, COMMENTKIT_READ_PATH=layer)
    talk(world)
    addresses = list(foreign(world))
    world.get(THREAD)  # whose site it is, is known from here on: the clock stands still
    kept = set(world.kit.pages._rest.pages)
    with asked(world) as said:
        codes = {world.error(world.get(address))[:2] for address in addresses}
    assert codes == {(400, "bad_cursor")}
    assert said == []
    assert set(world.kit.pages._rest.pages) == kept


def test_a_cursor_of_a_site_is_none_of_another(world: World, verbs: Verbs) -> None:
    (address,) = links(world.get(THREAD).text, "more")
    again = f"/thread?{urlencode({'key': verbs.thread_now().key})}&sort=oldest"
    assert world.get(f"{again}&after={after(address)}").status_code == 200
    refused = world.get(f"{again}&after={after(address)}", site="other")
    assert world.error(refused)[1] == "bad_cursor"


def rotated(world: World, databases: Databases) -> World:
    """Return the same server with a new secret."""
    app = Flask("rotated", instance_path=world.app.instance_path)
    app.config.update(world.app.config, SECRET_KEY="a new secret of the tests")
    engine = databases.for_app(Path(world.app.instance_path))
    CommentKit(engine=engine, clock=world.clock).init_app(app)
    return replace(world, app=app, clients={})


def test_after_a_new_secret_an_old_link_leads_to_the_first_page(
    world: World, verbs: Verbs, databases: Databases
) -> None:
    (address,) = links(world.get(PAGE).text, "more", "href")
    (fragment,) = links(world.get(THREAD).text, "more")
    new = rotated(world, databases)
    page = new.get(address)
    assert page.status_code == 400
    assert texts(page.text) == ["root 0"]
    assert "Start again from the first." in page.text
    assert new.error(new.get(fragment))[1] == "bad_cursor"
    assert texts(new.get(links(page.text, "more", "href")[0]).text) == ["root 1"]


def test_reading_an_invented_cursor_takes_microseconds(world: World, verbs: Verbs) -> None:
    within = roots_of(world.site.id, PAGE_URL, "oldest")

    def refuse() -> None:
        for number in range(1_000):
            with suppress(CommentKitError):
                world.kit.cursors.read(f"{number:032}", within)

    assert cpu_seconds(refuse, enough=0.05) < 0.05
