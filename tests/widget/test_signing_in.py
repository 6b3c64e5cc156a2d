"""Signing in from a page of another site, third-party cookies blocked."""

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer
from widget_signin import (
    REDEEM,
    START,
    broadcast,
    challenge_of,
    delivers,
    press,
    redeemed,
    refused,
    script,
    stored,
)
from widget_world import World

pytestmark = pytest.mark.browser


def test_a_press_signs_in_by_a_cookie_that_no_script_sees(world: World) -> None:
    script(world, delivers())
    world.start()
    popup = press(world)
    world.wait_state("signed-in")
    if not popup.is_closed():
        popup.wait_for_event("close")
    begun, ended = world.server.calls(START)[0].query, world.server.calls(REDEEM, "POST")[0].body
    assert begun["origin"] == world.site.origin
    assert begun["mode"] == "popup"
    assert begun["url"] == world.site.origin + "/post"
    assert (ended["aid"], ended["ticket"], ended["transport"]) == (
        begun["aid"],
        "TICKET",
        "partitioned",
    )
    assert challenge_of(ended["verifier"]) == begun["challenge"]
    order = [a.path for a in world.server.asked if a.method != "OPTIONS"]
    assert max(i for i, p in enumerate(order) if p == f"{SITE}/probe") < order.index(REDEEM)
    assert stored(world) == "1"
    expect(world.textarea).to_have_value("What I typed")
    assert world.focused() == "text"
    assert world.events("signed-in")[0]["provider"] == "google"


def test_without_partitioned_cookies_a_bearer_serves(world: World) -> None:
    world.server.table[f"GET {SITE}/probe"] = Answer({"cookie": False})
    script(world, delivers(), redeemed("BEARER"))
    world.start()
    press(world)
    world.wait_state("signed-in")
    assert world.server.calls(REDEEM, "POST")[0].body["transport"] == "bearer"
    assert stored(world) == "BEARER"
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    world.page.reload()
    world.wait_state("signed-in")
    asked = world.server.calls(f"{SITE}/viewer", "GET")[-1]
    assert asked.headers["authorization"] == "Bearer BEARER"
    assert "cookie" not in asked.headers


def test_storage_that_fails_breaks_nothing(world: World) -> None:
    world.context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name,"
        " { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    world.server.table[f"GET {SITE}/probe"] = Answer({"cookie": False})
    script(world, delivers(), redeemed("BEARER"))
    world.start()
    press(world)
    world.wait_state("signed-in")
    expect(world.textarea).to_have_value("What I typed")
    world.server.table[f"POST {SITE}/sign-out"] = Answer(fragments.viewer())
    world.action("sign-out").click()
    world.wait_state("signed-out")
    assert (
        world.server.calls(f"{SITE}/sign-out", "POST")[0].headers["authorization"]
        == "Bearer BEARER"
    )


def test_a_refusal_returns_to_the_form_with_its_sentence(world: World) -> None:
    script(world, delivers(ticket="", code="sign_in_cancelled", message="Nothing was shared."))
    world.start()
    press(world)
    world.wait_state("signed-out")
    world.notice("Nothing was shared.")
    expect(world.textarea).to_have_value("What I typed")
    assert world.focused() == "sign-in"
    assert world.events("error") == [
        {"code": "sign_in_cancelled", "message": "Nothing was shared."}
    ]


def test_connecting_is_said_and_can_be_cancelled(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    world.kit.locator("[name=email]").fill("anna@example.org")
    popup = press(world)
    world.wait_state("connecting")
    expect(world.kit.locator("[data-message][role=status]")).to_have_text("Connecting to Google…")
    expect(world.action("back")).to_be_hidden()
    world.action("cancel").click()
    world.wait_state("signed-out")
    world.notice("The sign-in was cancelled.")
    assert popup.is_closed() or popup.wait_for_event("close")
    expect(world.kit.locator("[name=email]")).to_have_value("anna@example.org")
    assert world.focused() == "sign-in"


def test_a_closed_window_proves_nothing(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    press(world).close()
    expect(world.action("back")).to_be_visible()
    expect(world.kit).to_have_attribute("data-state", "connecting")
    broadcast(world, world.server.calls(START)[0].query["aid"])
    world.wait_state("signed-in")
    assert world.server.calls(REDEEM, "POST")[0].body["ticket"] == "BY-AIR"


def test_one_press_leads_back_from_a_closed_window_which_may_still_succeed(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    press(world).close()
    world.action("back").click()
    world.wait_state("signed-out")
    world.notice("The window was closed.")
    expect(world.textarea).to_have_value("What I typed")
    broadcast(world, world.server.calls(START)[0].query["aid"])
    world.wait_state("signed-in")


def test_a_cancelled_attempt_is_not_taken_up_again(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    press(world)
    world.action("cancel").click()
    aid = world.server.calls(START)[0].query["aid"]
    world.page.evaluate(
        "aid => new BroadcastChannel('commentkit').postMessage({aid, ticket: 'LATE'})", aid
    )
    script(world, delivers())
    press(world)  # the next attempt has its own id
    world.wait_state("signed-in")
    assert [a.body["ticket"] for a in world.server.calls(REDEEM, "POST")] == ["TICKET"]
    assert len({a.query["aid"] for a in world.server.calls(START)}) == 2


def test_a_ticket_that_slept_offers_the_same_press(world: World) -> None:
    script(world, delivers(), refused("ticket_expired", 410, "The sign-in waited too long."))
    world.start()
    press(world)
    world.notice("It waited too long.")
    world.wait_state("signed-out")
    assert world.focused() == "sign-in"
    script(world, delivers())
    with world.page.expect_popup():
        world.page.keyboard.press("Enter")
    world.wait_state("signed-in")


def test_a_press_before_the_script_opens_its_window_at_once(world: World) -> None:
    script(world, delivers())
    gate = world.server.hold("/commentkit/static/d/section.js")
    world.open()
    world.kit.locator("form").evaluate("form => form.removeAttribute('data-rest')")
    with world.page.expect_popup():
        world.provider("google").click()
    gate.set()
    world.wait_state("signed-in")


def test_a_page_loaded_again_still_takes_what_its_window_brings(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    popup = press(world)
    world.wait_state("connecting")
    begun = world.server.calls(START)[0].query
    world.page.reload()
    world.wait_state("signed-out")
    script(world, delivers())
    answer = world.server.origin + START + f"?aid={begun['aid']}&origin={world.site.origin}"
    popup.evaluate(
        "answer => { setTimeout(() => location.assign(answer)) }", answer
    )  # it may close
    world.wait_state("signed-in")
    ended = world.server.calls(REDEEM, "POST")[0].body
    assert challenge_of(ended["verifier"]) == begun["challenge"]
    expect(world.textarea).to_have_value("What I typed")
    assert popup.is_closed() or popup.wait_for_event("close")
    assert world.page.evaluate("Object.keys(sessionStorage).filter(k => /waiting/.test(k))") == []


def test_two_sections_loaded_again_take_one_ticket_once(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start(world.server.tag * 2)
    world.textarea.fill("What I typed")
    with world.page.expect_popup():
        world.provider("google").first.click()
    world.page.reload()
    expect(world.kit.locator("form[data-form=comment]:not([data-rest])")).to_have_count(2)
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    broadcast(world, world.server.calls(START)[0].query["aid"])
    expect(world.page.locator("comment-kit[data-state=signed-in]")).to_have_count(2)
    assert len(world.server.calls(REDEEM, "POST")) == 1


def test_nothing_is_posted_while_a_sign_in_is_under_way(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    press(world)
    world.wait_state("connecting")
    world.kit.locator("[part~=submit]").click()
    world.notice("Finish the sign-in first.")
    assert not world.server.calls(f"{SITE}/comments")
    expect(world.textarea).to_have_value("What I typed")
    world.action("cancel").click()
    world.wait_state("signed-out")


def test_a_notice_is_brought_before_the_readers_eyes(world: World) -> None:
    script(world, delivers(ticket="", code="sign_in_cancelled", message="Nothing was shared."))
    world.start()
    world.kit.locator("[part~=notice]").evaluate("n => (n.style.marginTop = '3000px')")
    press(world)
    world.notice("Nothing was shared.")
    expect(world.kit.locator("[part~=notice]")).to_be_in_viewport()
