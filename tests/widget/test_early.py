"""The style and the script are asked for beside the fragment, which has the last word on them."""

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer
from widget_world import World

pytestmark = pytest.mark.browser

STATIC = "/commentkit/static"


def colour(world: World) -> object:
    return world.kit.locator(".styled").first.evaluate("e => getComputedStyle(e).color")


def files_asked(world: World) -> list[str]:
    """Every static file that was asked for, in order of name."""
    asked = (one.path for one in world.server.asked)
    return sorted(path.removeprefix(STATIC) for path in asked if path.startswith(STATIC))


def test_style_and_script_do_not_wait_for_the_fragment(world: World) -> None:
    gate = world.server.hold(f"{SITE}/thread")
    with (
        world.page.expect_response(f"**{STATIC}/d/commentkit.css"),
        world.page.expect_response(f"**{STATIC}/d/section.js"),
    ):
        world.page.goto(world.site.page("/post", world.server.tag))
    expect(world.kit.locator("section")).to_have_count(0)
    gate.set()
    world.textarea.click()
    world.kit.locator("form:not([data-rest])").wait_for()
    assert colour(world) == "rgb(1, 2, 3)"
    assert files_asked(world) == ["/d/commentkit.css", "/d/section.js"]


def test_what_a_newer_servers_fragment_names_is_taken(world: World) -> None:
    world.server.digest = "old"
    world.server.table[f"{STATIC}/old/commentkit.css"] = Answer(
        ".styled { color: red }", headers={"Content-Type": "text/css"}
    )
    world.server.table[f"{STATIC}/old/section.js"] = Answer(
        "export const start = () => { window.old = true }",
        headers={"Content-Type": "text/javascript"},
    )
    world.start()
    assert colour(world) == "rgb(1, 2, 3)"
    assert world.page.evaluate("window.old") is None
    assert files_asked(world) == [
        "/d/commentkit.css",
        "/d/section.js",
        "/old/commentkit.css",
        "/old/section.js",
    ]


def test_a_copy_that_no_server_filled_in_waits_for_the_fragment(world: World) -> None:
    world.server.digest = "%digest%"
    gate = world.server.hold(f"{SITE}/thread")
    with world.page.expect_request(f"**{SITE}/thread?*"):
        world.page.goto(world.site.page("/post", world.server.tag))
    world.page.evaluate("() => new Promise(done => setTimeout(done))")
    assert files_asked(world) == []
    gate.set()
    world.textarea.click()
    world.kit.locator("form:not([data-rest])").wait_for()
    assert colour(world) == "rgb(1, 2, 3)"


def test_another_servers_element_waits_for_its_fragment(world: World) -> None:
    tag = world.server.tag.replace("data-site", 'data-only="counts" data-site')
    elsewhere = world.server.origin.replace("127.0.0.1", "localhost") + "/commentkit"
    gate = world.server.hold(f"{SITE}/thread")
    element = f'<comment-kit server="{elsewhere}" site="blog"></comment-kit>'
    with world.page.expect_request(f"**{SITE}/thread?*"):
        world.page.goto(world.site.page("/post", tag + element))
    world.page.evaluate("() => new Promise(done => setTimeout(done))")
    assert files_asked(world) == []
    gate.set()
    world.kit.locator("section").wait_for()


def test_early_files_that_do_not_come_are_asked_for_again(world: World) -> None:
    problems: list[str] = []
    world.page.on("pageerror", lambda error: problems.append(str(error)))
    for name in ("commentkit.css", "section.js"):
        world.server.table[f"{STATIC}/old/{name}"] = Answer("", 503)
    world.server.digest = "old"
    world.start()
    assert colour(world) == "rgb(1, 2, 3)"
    assert problems == []


def test_a_page_that_only_counts_asks_for_neither(world: World) -> None:
    said = Answer({"counts": {"k": {"count": 1, "text": "1 comment"}}})
    world.server.table[f"{SITE}/counts"] = said
    tag = world.server.tag.replace("data-site", 'data-only="counts" data-site')
    link = '<a data-commentkit-count="k" href="/x">…</a>'
    world.page.goto(world.site.page("/list", tag + link))
    expect(world.page.locator("a")).to_have_text("1 comment")
    assert files_asked(world) == []


def test_two_sections_share_what_came_early(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(fragments.comment(1), count=1))
    world.open(world.server.tag * 2)
    expect(world.kit.locator("section")).to_have_count(2)
    assert files_asked(world) == ["/d/commentkit.css", "/d/section.js"]
