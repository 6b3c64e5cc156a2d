"""What a guest wrote becomes somebody's own: in the browser that wrote it, and by a letter."""

from email.message import EmailMessage

from e2e_support import Demo, Section, newest_letter
from own_pages import link_in
from playwright.sync_api import BrowserContext, Page, expect
from test_accessibility import AXE, violations
from test_journey_account import AccountPage, opened


def comment_as_guest(context: BrowserContext, demo: Demo, text: str, email: str) -> Section:
    """Write as the guest Nina."""
    section = Section.open(context.new_page(), demo.blog_article)
    section.write(text)
    section.as_guest("Nina", email)
    section.submit.click()
    expect(section.comment(text)).to_be_visible()
    return section


def own_comments(account: AccountPage) -> Page:
    """Open the list of one's own comments."""
    account.page.get_by_role("link", name="I tuoi commenti").click()
    expect(account.page.locator("h1")).to_contain_text("I tuoi commenti")
    return account.page


def test_who_signs_in_is_offered_what_this_browser_wrote(
    italian: BrowserContext, demo: Demo
) -> None:
    text = "Scritto prima di accedere"
    section = comment_as_guest(italian, demo, text, "nina.here@example.org")
    section.text.click()
    section.sign_in("google", "giulia")
    offer = section.identity.locator("[data-action=use][data-identity^=claim-]")
    expect(section.identity).to_contain_text("scritto come ospite Nina")
    offer.click()
    expect(offer).to_have_count(0)
    section.commenting_with("google")
    expect(section.comment(text)).to_contain_text("Nina")  # under the name it was written with

    account = opened(section)
    account.sign_in("google")
    expect(account.row("Commenti rivendicati").place).to_be_visible()
    expect(own_comments(account).locator("main")).to_contain_text(text)
    account.page.go_back()
    account.row("Commenti rivendicati").press("Annulla")
    account.says("Annullato")
    expect(own_comments(account).locator("main")).not_to_contain_text(text)


def test_a_letter_finds_what_another_browser_wrote(new_context, demo: Demo) -> None:  # type: ignore[no-untyped-def]
    text, address = "Scritto da un altro browser", "nina.there@example.org"
    comment_as_guest(new_context(locale="it-IT"), demo, text, address)
    reader: BrowserContext = new_context(locale="it-IT")
    reader.add_init_script(path=AXE)
    page = reader.new_page()
    page.goto(f"{demo.flask_site}/commentkit/blog/account")
    account = AccountPage(page)
    account.sign_in("x", "marta")
    page.get_by_role("link", name="commenti che hai scritto come ospite").click()
    page.get_by_label("E-mail").fill(address)
    assert violations(page) == []
    account.press("Manda la lettera")
    account.says("è in arrivo una lettera")
    letter: EmailMessage = newest_letter(demo, page, address)
    page.goto(link_in(letter))
    expect(page.get_by_role("checkbox")).to_be_checked()
    expect(page.locator("main")).to_contain_text("Nina")
    assert violations(page) == []
    account.press("Sono miei")
    account.says("Questi commenti ora sono tuoi")
    expect(own_comments(account).locator("main")).to_contain_text(text)
