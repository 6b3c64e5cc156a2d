"""The Flask article in a browser that runs no scripts."""

import pytest
from e2e_support import FOUR, Demo, Section, consent
from playwright.sync_api import Page, expect

DRAFT = "Scritto senza una riga di JavaScript."


@pytest.fixture
def plain(plain_page: Page, demo: Demo) -> Section:
    """The article's section, as the server alone makes it."""
    return Section.open(plain_page, demo.flask_article, scripts=False)


def sign_in(section: Section, provider: str, person: str = "anna") -> None:
    section.provider(provider).click()
    consent(section.page, person)
    section.commenting_with(provider)


def test_reads_the_thread(plain: Section):
    expect(plain.comment("A ciambella")).to_be_visible()


def test_a_guest_comments(plain: Section):
    plain.write(DRAFT + " Da ospite.")
    plain.as_guest("Bruna", "bruna@example.org")
    plain.submit.click()
    mine = plain.comment(DRAFT + " Da ospite.")
    expect(mine).to_contain_text("Il tuo commento è in attesa di moderazione.")


def test_errors_come_back_with_what_was_typed(plain: Section):
    plain.write(DRAFT)
    plain.as_guest("Bruna", "bruna@")
    plain.submit.click()
    expect(plain.error("email")).not_to_be_empty()
    plain.keeps(DRAFT)
    expect(plain.field("name")).to_have_value("Bruna")


@pytest.mark.parametrize("provider", FOUR)
def test_signs_in_by_redirects_with(provider: str, plain: Section):
    plain.write(DRAFT)
    sign_in(plain, provider)
    plain.keeps(DRAFT)
    plain.page.reload()
    plain.commenting_with(provider)


def test_comments_with_an_account(plain: Section):
    plain.write(DRAFT + " Con il mio account.")
    sign_in(plain, "wordpress")
    plain.submit.click()
    expect(plain.comment(DRAFT + " Con il mio account.")).to_contain_text("Anna Bianchi")
    plain.commenting_with("wordpress")


def test_changes_account_and_back(plain: Section):
    plain.write(DRAFT)
    sign_in(plain, "wordpress")
    plain.action("change").click()
    plain.in_state("changing")
    plain.action("keep").click()
    plain.commenting_with("wordpress")
    plain.action("change").click()
    sign_in(plain, "x", "luca")
    plain.action("change").click()
    plain.action("use").click()
    plain.commenting_with("wordpress")
    plain.keeps(DRAFT)


def test_logs_out_and_stays_out(plain: Section):
    plain.write(DRAFT)
    sign_in(plain, "facebook")
    plain.action("sign-out").click()
    plain.in_state("signed-out")
    plain.page.reload()
    plain.in_state("signed-out")


def test_a_refusal_returns_to_the_form(plain: Section):
    plain.write(DRAFT)
    plain.provider("google").click()
    consent(plain.page, "anna", refuse=True)
    plain.in_state("signed-out")
    expect(plain.form).to_contain_text("annullat")
    plain.keeps(DRAFT)


def test_a_sign_in_ends_where_it_began(plain: Section, demo: Demo):
    plain.write(DRAFT)
    sign_in(plain, "google")
    assert plain.page.url.partition("#")[0] == demo.flask_article


def test_a_refused_form_leads_back_to_the_article(plain: Section, demo: Demo):
    plain.write(DRAFT)
    plain.submit.click()
    expect(plain.page.locator(".masthead")).to_be_visible()
    plain.page.get_by_role("link", name="Torna a").click()
    assert plain.page.url.partition("#")[0] == demo.flask_article
