"""The consent page in Chromium: pointer, keyboard, languages, themes, and a severed opener."""

import os
from pathlib import Path

import pytest
from identity_flow import params_of
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("COMMENTKIT_SHOTS")
"""A folder for pictures of the consent page; none are kept without it."""


def ask(flow, service: str = "google", **changes: str) -> str:
    one = flow(service)
    return one.authorize_url(redirect_uri=f"{one.url}/", **changes)


def arrived(page: Page) -> dict[str, str]:
    page.wait_for_url(
        lambda url: params_of(url).get("state") == "a-state" and "client_id" not in url
    )
    return params_of(page.url)


def overflows(page: Page) -> bool:
    return page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


def test_somebody_picks_who_to_be_and_continues(page, flow):
    page.goto(ask(flow))
    page.get_by_text("Marta Rossi").click()
    page.get_by_role("button", name="Continue").click()
    assert "code" in arrived(page)


def test_somebody_refuses(page, flow):
    page.goto(ask(flow))
    page.get_by_role("button", name="Refuse").click()
    assert arrived(page)["error"] == "access_denied"


def test_the_keyboard_is_enough(page, flow):
    page.goto(ask(flow))
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Anna Bianchi")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Marta Rossi")).to_be_checked()
    page.keyboard.press("Enter")
    assert "code" in arrived(page)


def test_the_second_time_nobody_is_asked(page, flow):
    page.goto(ask(flow))
    page.get_by_role("button", name="Continue").click()
    arrived(page)
    page.goto(ask(flow))
    assert "code" in arrived(page)


def test_another_account_and_sign_out_are_at_hand(page, flow):
    page.goto(ask(flow))
    page.get_by_role("button", name="Continue").click()
    arrived(page)
    page.goto(ask(flow, prompt="consent"))
    expect(page.get_by_role("radio", name="Luca Greco")).to_be_hidden()
    page.get_by_text("Use another account").click()
    page.get_by_text("Luca Greco").click()
    page.get_by_role("button", name="Sign out of Google").click()
    expect(page.get_by_text("Who do you want to be?")).to_be_visible()
    page.get_by_text("Luca Greco").click()
    page.get_by_role("button", name="Continue").click()
    assert "code" in arrived(page)


def test_the_account_page_signs_out(page, flow, services):
    page.goto(ask(flow, "wordpress"))
    page.get_by_role("button", name="Continue").click()
    arrived(page)
    page.goto(f"{services.url}/wordpress/account")
    page.get_by_role("button", name="Sign out of WordPress.com").click()
    expect(page.get_by_text("Nobody is signed in here.")).to_be_visible()
    page.goto(ask(flow, "wordpress"))
    expect(page.get_by_text("Who do you want to be?")).to_be_visible()


def test_an_address_can_be_kept_back_at_facebook(page, flow, services):
    page.goto(ask(flow, "facebook"))
    page.get_by_label("Share my e-mail address").uncheck()
    page.get_by_role("button", name="Continue").click()
    arrived(page)
    page.goto(ask(flow, "facebook"))
    assert "code" in arrived(page)


def test_it_speaks_italian(italian_page, flow):
    italian_page.goto(ask(flow, "x"))
    expect(italian_page.locator("html")).to_have_attribute("lang", "it")
    italian_page.get_by_role("button", name="Continua").click()
    assert "code" in arrived(italian_page)


def test_it_needs_no_script(plain_page, flow):
    plain_page.goto(ask(flow, "facebook"))
    plain_page.get_by_role("button", name="Rifiuta").click()
    assert arrived(plain_page)["error_reason"] == "user_denied"


def test_form_post_is_sent_by_the_page_itself(page, flow, services):
    posted: list[str | None] = []
    page.context.route(
        "http://127.0.0.1:8000/**",
        lambda route: (
            posted.append(route.request.post_data),
            route.fulfill(body="arrived", content_type="text/html"),
        ),
    )
    page.goto(flow("oidc").authorize_url(response_mode="form_post"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("arrived")).to_be_visible()
    assert "code=" in (posted[0] or "")


def test_no_page_breaks_its_own_rules(page, flow, services):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for address in (ask(flow), ask(flow, "facebook"), f"{services.url}/faults", services.url):
        page.goto(address)
        assert not overflows(page)
    assert complaints == []


@pytest.mark.parametrize("straight", [False, True])
def test_coop_severs_the_opener_for_real(page, flow, services, straight):
    address = ask(flow)
    if straight:
        page.goto(address)
        page.get_by_role("button", name="Continue").click()
        arrived(page)
    page.goto(services.url.replace("127.0.0.1", "localhost"))
    services.faults.set("google", "authorize", "coop")
    with page.context.expect_page() as opened:
        page.evaluate("address => { window.popup = window.open(address, 'popup') }", address)
    popup = opened.value
    if not straight:
        popup.get_by_role("button", name="Continue").click()
    popup.wait_for_load_state()
    arrived(popup)
    page.wait_for_function("() => window.popup.closed")
    assert popup.evaluate("window.opener") is None
    assert not popup.is_closed()


def test_without_coop_the_opener_stays(page, flow, services):
    page.goto(services.url.replace("127.0.0.1", "localhost"))
    with page.context.expect_page() as opened:
        page.evaluate("address => { window.popup = window.open(address, 'popup') }", ask(flow))
    opened.value.get_by_role("button", name="Continue").click()
    arrived(opened.value)
    assert page.evaluate("window.popup.closed") is False
    assert opened.value.evaluate("window.opener !== null") is True


def test_a_slow_page_comes_when_it_is_let_go(page, flow, services):
    slow = services.faults.set("google", "authorize", "slow")
    page.goto(f"{services.url}/")
    page.evaluate("address => { location.href = address }", ask(flow))
    assert slow.met.wait(10)
    slow.released.set()
    expect(page.get_by_text("Who do you want to be?")).to_be_visible()


@pytest.mark.parametrize("service", ["google", "facebook"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 640), (1280, 900)])
def test_it_fits_phone_and_desktop_light_and_dark(new_context, flow, service, scheme, size):
    context = new_context(
        locale="it-IT",
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()
    page.goto(ask(flow, service))
    expect(page.get_by_role("button", name="Continua")).to_be_in_viewport()
    assert not overflows(page)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
    assert dark is (scheme == "dark")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"consent-{service}-{scheme}-{size[0]}.png")
