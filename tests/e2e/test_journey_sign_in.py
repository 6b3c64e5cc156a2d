"""Signing in, changing account and out again, with third-party cookies blocked."""

import pytest
from e2e_support import FOUR, Demo, Section, consent
from playwright.sync_api import BrowserContext, expect

from commentkit.testing.identity_services import Fault

DRAFT = "Una bozza che deve sopravvivere a tutto."


@pytest.mark.parametrize("provider", FOUR)
def test_signs_in_with(provider: str, section: Section):
    section.write(DRAFT)
    section.sign_in(provider)
    section.keeps(DRAFT)
    section.page.reload()
    section.commenting_with(provider)
    section.keeps(DRAFT)


def test_comments_with_an_account(section: Section, place: str):
    text = f"Firmato con il mio account, su {place}"
    section.write(text)
    section.sign_in("wordpress")
    section.submit.click()
    expect(section.comment(text)).to_contain_text("Anna Bianchi")
    section.page.reload()
    section.commenting_with("wordpress")
    expect(section.comment(text)).to_be_visible()


def test_changes_to_another_account_and_back(section: Section):
    section.write(DRAFT)
    section.sign_in("wordpress")
    section.action("change").click()
    section.in_state("changing")
    expect(section.action("keep")).to_contain_text("Anna Bianchi")
    section.action("keep").click()
    section.commenting_with("wordpress")

    section.action("change").click()
    section.sign_in("x", "luca")
    expect(section.identity).to_contain_text("Luca Greco")
    section.action("change").click()
    section.action("use").click()
    section.commenting_with("wordpress")
    section.page.reload()
    section.commenting_with("wordpress")
    section.keeps(DRAFT)


def test_another_account_at_the_same_provider(section: Section):
    section.write(DRAFT)
    section.sign_in("google", "anna")
    section.action("change").click()
    section.sign_in("google", "luca")
    expect(section.identity).to_contain_text("Luca Greco")
    section.keeps(DRAFT)


def test_goes_on_as_a_guest(section: Section):
    section.write(DRAFT)
    section.sign_in("facebook")
    section.action("change").click()
    section.action("guest").click()
    expect(section.field("email")).to_be_visible()
    section.keeps(DRAFT)


def test_logs_out_and_stays_out(section: Section):
    section.write(DRAFT)
    section.sign_in("google")
    section.action("sign-out").click()
    section.in_state("signed-out")
    section.keeps(DRAFT)
    section.page.reload()
    section.in_state("signed-out")
    section.keeps(DRAFT)


def test_somebody_who_approved_before_is_not_asked_again(section: Section):
    section.write(DRAFT)
    section.sign_in("google")
    section.action("sign-out").click()
    section.in_state("signed-out")
    section.press("google")
    section.commenting_with("google")


@pytest.mark.parametrize("provider", FOUR)
def test_a_refusal_returns_to_the_form(provider: str, section: Section):
    section.write(DRAFT)
    consent(section.press(provider), "anna", refuse=True)
    section.in_state("signed-out")
    expect(section.form).to_contain_text("annullat")
    section.keeps(DRAFT)


def test_cancel_returns_to_the_form(section: Section):
    section.write(DRAFT)
    section.press("facebook")
    section.in_state("connecting")
    expect(section.identity).to_contain_text("Connessione a Facebook")
    section.action("cancel").click()
    section.in_state("signed-out")
    section.keeps(DRAFT)


def test_a_closed_window_returns_by_one_press(section: Section):
    section.write(DRAFT)
    section.press("x").close()
    section.action("back").click()
    section.in_state("signed-out")
    section.keeps(DRAFT)


def test_a_severed_window_signs_in_by_the_way_back(section: Section, demo: Demo):
    demo.faults.set("google", "authorize", Fault("coop"))
    section.write(DRAFT)
    window = section.press("google")
    consent(window, "anna")
    way_back = window.locator("form[action*='/sign-in/continue'] button:visible")
    expect(window.locator("main")).to_contain_text("Anna Bianchi")
    way_back.click()
    section.commenting_with("google")
    section.keeps(DRAFT)


def test_signs_in_in_this_tab(section: Section):
    section.write(DRAFT)
    window = section.press("google")
    section.action("continue-here").click()
    window.close()
    consent(section.page, "anna")
    way_back = section.page.locator("form[action*='/sign-in/continue'] button:visible")
    way_back.click()
    section.commenting_with("google")
    section.keeps(DRAFT)


def test_a_provider_that_is_down_says_so(section: Section, demo: Demo):
    demo.faults.set("facebook", "token", Fault("500"))
    section.write(DRAFT)
    consent(section.press("facebook"), "anna")
    section.in_state("signed-out")
    expect(section.form).to_contain_text("Facebook")
    section.keeps(DRAFT)


def test_no_provider_token_reaches_the_page(section: Section):
    section.write(DRAFT)
    section.sign_in("google")
    stored = section.page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})")
    assert "ya29" not in stored
    assert section.page.evaluate("() => document.cookie") == ""
    assert "token" not in section.page.url


def test_without_an_address_the_checkboxes_say_why(section: Section):
    section.write(DRAFT)
    section.sign_in("google", "giulia")
    expect(section.field("notify_comments")).to_be_disabled()
    expect(section.identity).to_contain_text("e-mail")


def test_english_words(demo: Demo, new_context):
    context: BrowserContext = new_context()
    section = Section.open(context.new_page(), demo.english_article)
    section.write("A draft in English.")
    consent(section.press("wordpress"), "marta")
    section.in_state("signed-in")
    expect(section.identity).to_contain_text("You are commenting using your WordPress.com account.")
    expect(section.action("sign-out")).to_have_text("Log out")
    section.action("change").click()
    expect(section.action("keep")).to_have_text("Keep commenting as Marta Rossi")
