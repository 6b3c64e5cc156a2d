"""The sign-in window and its page: who believes whom."""

import pytest
from playwright.sync_api import expect
from widget_server import Answer
from widget_signin import (
    REDEEM,
    START,
    delivers,
    press,
    script,
)
from widget_world import World

pytestmark = pytest.mark.browser


SPOOF = (
    "([aid, origin]) => opener.postMessage({commentkit: 'ticket', aid, ticket: 'SPOOF'}, origin)"
)


def test_messages_of_others_are_ignored(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.server.table["/frame"] = Answer(
        "<script>onmessage = e => parent.postMessage("
        "{commentkit: 'ticket', aid: e.data, ticket: 'SPOOF'}, '*')</script>"
    )
    world.start(world.server.tag + f'<iframe src="{world.server.origin}/frame"></iframe>')
    popup = press(world)
    popup.wait_for_load_state()
    aid = world.server.calls(START)[0].query["aid"]
    # right id, wrong origin
    world.page.evaluate(
        "aid => postMessage({commentkit: 'ticket', aid, ticket: 'SPOOF'}, '*')", aid
    )
    # right origin and id, wrong window
    world.page.evaluate("aid => frames[0].postMessage(aid, '*')", aid)
    # right window and origin, wrong id, no id, no object
    popup.evaluate(SPOOF, ["other", world.site.origin])
    popup.evaluate(
        "origin => { opener.postMessage(null, origin); opener.postMessage('ticket', origin) }",
        world.site.origin,
    )
    popup.evaluate(
        SPOOF.replace("'SPOOF'", "{a: 1}"),
        [aid, world.site.origin],
    )
    # and the right one
    popup.evaluate(SPOOF.replace("SPOOF", "TRUE"), [aid, world.site.origin])
    world.wait_state("signed-in")
    assert [a.body["ticket"] for a in world.server.calls(REDEEM, "POST")] == ["TRUE"]


def test_the_window_shows_its_way_back_when_nobody_answers(world: World) -> None:
    world.site.page("/silent", "<button>Open</button>")
    world.server.table["/popup"] = delivers()
    world.page.goto(world.site.origin + "/silent")
    query = f"?aid=A&origin={world.site.origin}"
    with world.page.expect_popup() as opened:
        world.page.evaluate("address => void open(address)", world.server.origin + "/popup" + query)
    popup = opened.value
    expect(popup.locator("[data-delivering]")).to_be_visible()
    expect(popup.locator("[data-way-back]")).to_be_visible()
    world.page.goto(world.server.origin + "/popup" + query)  # no opener at all
    expect(world.page.locator("[data-way-back]")).to_be_visible()
    expect(world.page.locator("[data-delivering]")).to_be_hidden()


def test_the_window_tells_only_the_page_it_was_opened_for(world: World) -> None:
    world.site.page(
        "/other", "<script>window.heard = []; onmessage = e => heard.push(e.data)</script>"
    )
    world.server.table["/popup"] = delivers()
    world.page.goto(world.site.origin + "/other")
    with world.page.expect_popup() as opened:
        world.page.evaluate(
            "a => void open(a)", f"{world.server.origin}/popup?aid=A&origin=https://other.example"
        )
    expect(opened.value.locator("[data-way-back]")).to_be_visible()
    assert world.page.evaluate("heard") == []
