"""One person with several ways in: linked, used in turn, taken out, signed out everywhere."""

import pytest
from e2e_support import Demo, Section, consent
from playwright.sync_api import BrowserContext, Page, expect

DRAFT = "Una bozza che aspetta."


class AccountPage:
    """The account page, by what it says in Italian."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, provider: str, person: str = "") -> None:
        """Sign in here, or with one more; who approved before is not asked again."""
        self.page.locator(f"button[name=provider][value={provider}]").click()
        if person:
            consent(self.page, person)
        expect(self.page.locator("h1")).to_contain_text("Il tuo account")

    def row(self, words: str) -> "Row":
        """Find a row by what it says."""
        return Row(self, words)

    def press(self, words: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=words).click()

    def says(self, words: str) -> None:
        """Expect what was done."""
        expect(self.page.locator(".told")).to_contain_text(words)


class Row:
    """One line of a list there."""

    def __init__(self, account: AccountPage, words: str) -> None:
        self.place = account.page.locator("li").filter(has_text=words)

    def press(self, words: str) -> None:
        """Press its button."""
        self.place.get_by_role("button", name=words).click()


@pytest.fixture
def section(italian: BrowserContext, demo: Demo) -> Section:
    """A section on another site, by its tag alone."""
    return Section.open(italian.new_page(), demo.blog_article)


def opened(section: Section) -> AccountPage:
    """Open the account page from the form, in its own tab."""
    with section.page.expect_popup() as tab:
        section.action("account").click()
    return AccountPage(tab.value)


def test_links_switches_unlinks_and_signs_out_everywhere(section: Section) -> None:
    section.write(DRAFT)
    section.sign_in("wordpress")
    account = opened(section)
    # What the widget holds opens nothing there.
    expect(account.page.locator("main")).not_to_contain_text("Anna Bianchi")
    account.sign_in("wordpress")  # approved a moment ago
    expect(account.row("localhost").place).to_be_visible()

    account.sign_in("x", "anna")
    account.says("Collegato")
    expect(account.row("X").place.first).to_be_visible()
    account.row("dal").place.filter(has_text="X").get_by_role("button", name="Togli").click()
    account.says("Tolto")
    account.row("Tolto:").press("Annulla")
    account.says("Annullato")

    section.action("change").click()
    section.in_state("changing")
    section.press("x")  # approved while it was linked
    section.commenting_with("x")
    section.action("change").click()
    section.action("use").click()
    section.commenting_with("wordpress")
    section.keeps(DRAFT)

    account.press("Esci ovunque")
    account.says("Sei uscito ovunque")
    section.page.reload()
    section.in_state("signed-out")
    section.keeps(DRAFT)


def test_two_accounts_become_one_and_go(section: Section) -> None:
    section.write("Scritto da Luca, che è anche Marta")
    section.sign_in("facebook", "luca")
    section.submit.click()
    expect(section.comment("che è anche Marta")).to_be_visible()
    section.text.click()  # a form at rest shows its text alone
    account = opened(section)
    account.sign_in("facebook")
    other = account.page.context.new_page()
    other.goto(account.page.url)
    with_other = AccountPage(other)
    with_other.sign_in("google", "marta")  # links
    with_other.says("Collegato")
    with account.page.expect_download() as got:
        account.page.reload()
        account.press("Scarica")
    assert "che è anche Marta" in got.value.path().read_text()
    account.press("Cancella il mio account…")
    account.press("Continua")
    account.page.get_by_label("Capisco che non si può annullare").check()
    account.press("Cancella il mio account")
    account.says("cancellato")
    section.page.reload()
    section.in_state("signed-out")
    expect(section.comment("che è anche Marta")).to_have_count(0)


def test_the_account_page_stands_without_scripts(plain_page: Page, demo: Demo) -> None:
    plain_page.goto(f"{demo.flask_site}/commentkit/blog/account")
    account = AccountPage(plain_page)
    account.sign_in("google", "marta")
    expect(plain_page.locator("main")).to_contain_text("Marta Rossi")
    account.press("Esci ovunque")
    account.says("Sei uscito ovunque")
