"""Who is signed in: kept, changed, ended."""

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer
from widget_signin import (
    START,
    delivers,
    press,
    refused,
    script,
    signed_in_before,
    stored,
)
from widget_world import World

pytestmark = pytest.mark.browser

GOOGLE = '<button type="submit" data-action="sign-in" data-provider="google"'


def test_a_reader_who_never_signed_in_asks_for_nobody(world: World) -> None:
    world.start()
    assert not world.server.calls(f"{SITE}/viewer")


def test_a_reload_keeps_who_is_signed_in(world: World) -> None:
    signed_in_before(world)
    world.open()
    world.wait_state("signed-in")
    assert world.server.calls(f"{SITE}/viewer", "GET")[0].query["lang"] == "en"


def test_the_last_way_is_first_next_time(world: World) -> None:
    script(world, delivers())
    world.start()
    press(world)
    world.wait_state("signed-in")
    world.action("sign-out").click()
    world.wait_state("signed-out")
    assert world.kit.locator("[data-last]").get_attribute("data-provider") == "google"
    world.page.reload()
    world.textarea.click()
    expect(world.action("sign-in").first).to_have_attribute("data-last", "")


def test_the_last_way_is_not_left_among_the_folded(world: World) -> None:
    before, button, after = fragments.section().partition(GOOGLE)
    end = after.index("</button>") + len("</button>")
    folded = f"{before}<details><summary>More</summary>{button}{after[:end]}</details>{after[end:]}"
    world.server.table[f"{SITE}/thread"] = Answer(folded)
    script(world, delivers())
    world.start()
    world.kit.locator("summary").click()
    press(world)
    world.wait_state("signed-in")
    world.action("sign-out").click()
    world.page.reload()
    world.textarea.click()
    first = world.action("sign-in").first
    expect(first).to_be_visible()
    expect(first).to_have_attribute("data-provider", "google")


def test_log_out_ends_it_here_and_it_stays_so(world: World) -> None:
    signed_in_before(world)
    world.start()
    world.wait_state("signed-in")
    world.action("sign-out").click()
    world.wait_state("signed-out")
    world.notice("You are logged out.")
    assert world.focused() in ("sign-in", "provider")
    assert len(world.server.calls(f"{SITE}/sign-out", "POST")) == 1
    assert stored(world) is None
    before = len(world.server.calls(f"{SITE}/viewer"))
    world.page.reload()
    world.wait_state("signed-out")
    assert len(world.server.calls(f"{SITE}/viewer")) == before
    assert len(world.events("signed-out")) == 0


def test_change_and_keep(world: World) -> None:
    signed_in_before(world)
    world.start()
    world.wait_state("signed-in")
    world.action("change").click()
    world.wait_state("changing")
    assert world.focused() == "keep"
    world.action("keep").click()
    world.wait_state("signed-in")
    assert world.focused() == "change"


def test_change_to_another_account_here_or_there(world: World) -> None:
    signed_in_before(world)
    script(world, delivers())
    world.server.table[f"POST {SITE}/identity"] = Answer(
        fragments.viewer("signed-in", identity=fragments.SIGNED_IN.replace("Google", "X"))
    )
    world.start()
    world.wait_state("signed-in")
    world.action("change").click()
    world.action("use").click()
    expect(world.kit.locator("[part~=identity]")).to_contain_text("using your X account")
    assert world.server.calls(f"{SITE}/identity", "POST")[0].body["identity"] == "77"
    world.action("change").click()
    press(world)
    expect(world.kit.locator("[part~=identity]")).to_contain_text("using your Google account")
    assert world.server.calls(START)[0].query["switch"] == "1"


def test_cancel_while_changing_leads_back_to_the_choice(world: World) -> None:
    signed_in_before(world)
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    world.action("change").click()
    press(world)
    world.action("cancel").click()
    world.wait_state("changing")
    world.action("keep").click()
    world.wait_state("signed-in")


def test_a_guest_by_choice_can_go_back_to_the_account(world: World) -> None:
    signed_in_before(world)
    world.start()
    world.action("change").click()
    world.action("guest").click()
    world.wait_state("signed-out")
    assert world.focused() == "email"
    world.action("keep").click()
    world.wait_state("signed-in")


def test_a_guest_by_choice_posts_as_one(world: World) -> None:
    signed_in_before(world)
    world.server.table[f"POST {SITE}/comments"] = refused("x", 400, "Refused.")
    world.start()
    world.action("change").click()
    world.action("guest").click()
    world.textarea.fill("As a guest")
    world.kit.locator("[part~=submit]").click()
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Refused.")
    assert world.server.calls(f"{SITE}/comments", "POST")[0].body["as"] == "guest"


def test_a_sign_in_that_has_ended_returns_to_the_form_with_the_draft(world: World) -> None:
    signed_in_before(world)
    world.server.table[f"POST {SITE}/comments"] = refused(
        "token_expired", 401, "Your sign-in has ended."
    )
    world.start()
    world.wait_state("signed-in")
    world.textarea.fill("Still here")
    world.kit.locator("[part~=submit]").click()
    world.wait_state("signed-out")
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Your sign-in has ended.")
    expect(world.textarea).to_have_value("Still here")
    assert stored(world) is None
    assert len(world.events("signed-out")) == 1


def test_no_address_from_the_provider_disables_the_boxes(world: World) -> None:
    signed_in_before(world)
    world.server.table[f"{SITE}/viewer"] = Answer(
        fragments.viewer("signed-in", identity=fragments.NO_EMAIL)
    )
    world.start()
    expect(world.kit.locator("[name=notify_comments]")).to_be_disabled()
    world.action("sign-out").click()
    expect(world.kit.locator("[name=notify_comments]")).to_be_enabled()


def test_another_tab_follows(world: World) -> None:
    signed_in_before(world)
    world.open()
    world.wait_state("signed-in")
    other = world.context.new_page()
    other.goto(world.site.origin + "/post")
    other.locator("comment-kit[data-state=signed-in]").wait_for()
    world.textarea.click()
    world.action("sign-out").click()
    other.locator("comment-kit[data-state=signed-out]").wait_for()


def test_more_comments_change_nothing_about_who_writes(world: World) -> None:
    signed_in_before(world)
    script(world, Answer("<p>The provider waits</p>"))
    first = fragments.section(fragments.comment(1), count=2, more="1")
    world.server.table[f"{SITE}/thread"] = lambda asked: Answer(
        fragments.section(fragments.comment(2), count=2, more="1")
        if "after" in asked.query
        else first
    )
    world.start()
    world.action("change").click()
    world.action("guest").click()
    world.wait_state("signed-out")
    world.action("more").click()
    world.kit.locator("[data-comment='2']").wait_for()
    world.wait_state("signed-out")
    press(world)
    world.wait_state("connecting")
    world.kit.locator("[data-sort=newest]").click()
    world.kit.locator("[data-comment='2']").wait_for(state="detached")
    world.wait_state("connecting")
