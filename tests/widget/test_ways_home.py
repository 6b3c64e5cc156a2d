"""Tickets that come by the address: cut-off windows, this tab, and what becomes of the hash."""

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer, Asked
from widget_signin import (
    REDEEM,
    START,
    challenge_of,
    press,
    refused,
    script,
)
from widget_world import World

pytestmark = pytest.mark.browser


def test_a_window_cut_off_by_its_provider_comes_home_by_the_address(world: World) -> None:
    def cuts_off(asked: Asked) -> Answer:
        home = f"{asked.query['origin']}/home#commentkit-ticket={asked.query['aid']}.HOMEWARD"
        return Answer(
            f'<a href="{home}">Continue</a>', headers={"Cross-Origin-Opener-Policy": "same-origin"}
        )

    script(world, cuts_off)
    world.site.page("/home", world.server.tag)
    world.start()
    popup = press(world)
    expect(world.action("back")).to_be_visible()
    popup.get_by_text("Continue").click()
    world.wait_state("signed-in")
    assert world.server.calls(REDEEM, "POST")[0].body["ticket"] == "HOMEWARD"
    expect(world.textarea).to_have_value("What I typed")


def test_a_page_that_cuts_off_its_windows_itself_still_signs_in(world: World) -> None:
    def home(asked: Asked) -> Answer:
        target = f"{asked.query['origin']}/home#commentkit-ticket={asked.query['aid']}.HOMEWARD"
        return Answer(f'<a href="{target}">Continue</a>')

    script(world, home)
    world.site.page("/home", world.server.tag)
    world.start(headers={"Cross-Origin-Opener-Policy": "same-origin"})
    world.textarea.fill("What I typed")
    with world.context.expect_page() as opened:
        world.provider("google").click()
    opened.value.get_by_text("Continue").click()
    world.wait_state("signed-in")


def test_a_window_that_cannot_close_says_that_all_is_done(world: World) -> None:
    script(world, Answer("<p>The provider waits</p>"))
    world.start()
    press(world)
    aid = world.server.calls(START)[0].query["aid"]
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    other = world.context.new_page()
    other.goto(world.site.page("/home", world.server.tag) + f"#commentkit-ticket={aid}.HOMEWARD")
    dialog = other.locator("comment-kit dialog")
    expect(dialog).to_contain_text("You are signed in.")
    world.wait_state("signed-in")
    dialog.get_by_role("button").press("Enter")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize("mark", ["#", "#/", "#!", "#!/", "#/#"])
def test_this_tab_may_go_and_come_back(world: World, mark: str) -> None:
    def there_and_back(asked: Asked) -> Answer:
        if asked.query["mode"] == "popup":
            return Answer("<p>The provider waits</p>")
        home = f"{asked.query['origin']}/post{mark}commentkit-ticket={asked.query['aid']}.RETURNED"
        return Answer("", 302, {"Location": home})

    script(world, there_and_back)
    world.start()
    world.kit.locator("[name=name]").fill("Anna")
    press(world)
    world.action("continue-here").click()
    world.wait_state("signed-in")
    begun = world.server.calls(START)
    ended = world.server.calls(REDEEM, "POST")[0].body
    assert [a.query["mode"] for a in begun] == ["popup", "tab"]
    assert challenge_of(ended["verifier"]) == begun[1].query["challenge"]
    assert ended["ticket"] == "RETURNED"
    assert world.page.url == world.site.origin + "/post"
    assert (
        world.page.evaluate("Object.keys(sessionStorage).filter(k => k.includes('departure'))")
        == []
    )
    expect(world.textarea).to_have_value("What I typed")
    expect(world.textarea).to_be_focused()


def test_the_address_is_scrubbed_and_what_else_it_held_stays(world: World) -> None:
    world.open(hash="#part-2&commentkit-ticket=AID.TICKET")
    assert world.page.url == world.site.origin + "/post#part-2"
    world.notice("It waited too long.")
    assert not world.server.calls(REDEEM)


def test_a_blocked_window_leaves_this_tab(world: World) -> None:
    world.context.add_init_script("window.open = () => null")
    script(world, Answer("<p>Here now</p>"))
    world.start()
    world.provider("google").click()
    world.wait_state("connecting")
    world.notice("The browser kept the window closed.")
    expect(world.kit.locator(".ring, [data-message]").filter(visible=True)).to_have_count(0)
    assert world.focused() == "continue-here"
    world.action("continue-here").click()
    world.page.wait_for_url("**/sign-in/google?**mode=tab**")


def test_a_return_that_is_refused_leads_to_the_same_button(world: World) -> None:
    def there_and_back(asked: Asked) -> Answer:
        if asked.query["mode"] == "popup":
            return Answer("<p>The provider waits</p>")
        home = f"{asked.query['origin']}/post#commentkit-ticket={asked.query['aid']}.RETURNED"
        return Answer("", 302, {"Location": home})

    script(world, there_and_back, refused("ticket_expired", 410, "The sign-in waited too long."))
    world.start()
    press(world)
    world.action("continue-here").click()
    world.notice("It waited too long.")
    expect(world.kit.locator("[part~=notice]")).to_be_in_viewport()
