"""The doors that are pages of ours: a mailed code and link, a passkey, a wallet."""

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from browser_support import need
from e2e_support import LABELS, Demo, Section, running_demo
from own_pages import code_in, link_in
from playwright.sync_api import BrowserContext, CDPSession, Page, expect
from soft_wallet import SoftWallet
from test_accessibility import AXE, violations

from commentkit.signin.providers.email import EmailLink
from commentkit.signin.providers.ethereum import Ethereum
from commentkit.signin.providers.passkey import Passkey

DRAFT = "Una bozza per una porta di casa."
LABELS |= {"email": "E-mail", "passkey": "Passkey", "ethereum": "Ethereum"}
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
ANNOUNCED = """addEventListener("eip6963:requestProvider", () => dispatchEvent(new CustomEvent(
  "eip6963:announceProvider",
  { detail: { provider: { request: (asked) => window.askTheWallet(asked) } } })))"""

Arrived = Callable[[Page, str], EmailMessage]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that offers them; passkeys need a host with a name."""
    doors = [EmailLink(), Passkey(), Ethereum()]
    folder = tmp_path_factory.mktemp("house")
    with running_demo(folder, also=lambda _: doors, host="localhost") as running:
        yield running


@pytest.fixture
def arrived(house: Demo) -> Arrived:
    """Wait for the newest letter to an address."""

    def newest(page: Page, to: str) -> EmailMessage:
        for _ in range(100):
            for file in house.mail.glob("*.eml"):
                message = message_from_bytes(file.read_bytes(), policy=policy.default)
                assert isinstance(message, EmailMessage)
                if to in str(message["To"]):
                    return message
            page.wait_for_timeout(50)  # a file appears: there is nothing to await but time
        raise AssertionError(f"no letter to {to}")

    return newest


def opened(context: BrowserContext, place: str) -> Section:
    section = Section.open(context.new_page(), place)
    section.write(DRAFT)
    return section


def ask_for_a_letter(window: Page, address: str) -> None:
    window.get_by_label("E-mail").fill(address)
    window.get_by_label("Nome").fill("Ada")
    window.get_by_role("button", name="Mandami il codice").click()
    expect(window.get_by_role("heading")).to_have_text("Guarda nella posta")


def test_a_code_from_a_letter(italian: BrowserContext, house: Demo, arrived: Arrived) -> None:
    section = opened(italian, house.blog_article)
    window = section.press("email")
    ask_for_a_letter(window, "ada@example.org")
    window.get_by_label("Codice").fill("0000 0000")
    window.get_by_role("button", name="Accedi", exact=True).click()
    expect(window.get_by_role("alert").filter(has_text="Non è il codice")).to_be_visible()
    window.get_by_label("Codice").fill(code_in(arrived(window, "ada@example.org")))
    window.get_by_role("button", name="Accedi", exact=True).click()
    section.commenting_with("email")
    expect(section.identity).to_contain_text("Ada")
    section.keeps(DRAFT)
    assert window.is_closed()


def test_a_link_hands_over_to_the_window_that_waits(
    italian: BrowserContext, house: Demo, arrived: Arrived
) -> None:
    section = opened(italian, house.blog_article)
    window = section.press("email")
    ask_for_a_letter(window, "ada.link@example.org")
    tab = italian.new_page()
    tab.goto(link_in(arrived(tab, "ada.link@example.org")))
    tab.get_by_role("button", name="Sì, accedi").click()
    expect(tab.get_by_role("status")).to_have_text(
        "Si continua nella finestra in cui hai cominciato. Questa si può chiudere."
    )
    section.commenting_with("email")
    section.keeps(DRAFT)


def test_a_link_alone_leads_back(italian: BrowserContext, house: Demo, arrived: Arrived) -> None:
    """The window that waited is gone: the link's own tab knows the way to the page."""
    section = opened(italian, house.blog_article)
    window = section.press("email")
    ask_for_a_letter(window, "ada.alone@example.org")
    letter = arrived(window, "ada.alone@example.org")
    window.close()
    tab = italian.new_page()
    tab.goto(link_in(letter))
    tab.get_by_role("button", name="Sì, accedi").click()
    tab.get_by_role("button", name="Continua").click()
    section.commenting_with("email")
    section.keeps(DRAFT)


def test_a_link_in_another_browser_signs_nobody_in(
    italian: BrowserContext,
    new_context: Callable[..., BrowserContext],
    house: Demo,
    arrived: Arrived,
) -> None:
    section = opened(italian, house.blog_article)
    window = section.press("email")
    ask_for_a_letter(window, "ada.elsewhere@example.org")
    there = new_context(locale="it-IT").new_page()
    there.goto(link_in(arrived(window, "ada.elsewhere@example.org")))
    expect(there.get_by_role("heading")).to_have_text("Torna dove hai cominciato")
    expect(there.get_by_role("button")).to_have_count(0)
    window.get_by_role("button", name="Annulla").click()
    section.in_state("signed-out")
    section.keeps(DRAFT)


def test_a_code_without_scripts(plain_page: Page, house: Demo, arrived: Arrived) -> None:
    section = Section.open(plain_page, house.flask_article, scripts=False)
    section.write(DRAFT)
    section.provider("email").click()
    ask_for_a_letter(plain_page, "ada.plain@example.org")
    plain_page.get_by_label("Codice").fill(code_in(arrived(plain_page, "ada.plain@example.org")))
    plain_page.get_by_role("button", name="Accedi", exact=True).click()
    section.commenting_with("email")
    section.keeps(DRAFT)


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Plug an authenticator into the browser of a page."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devtools, added["authenticatorId"]


def credentials(devtools: CDPSession, name: str) -> list[dict[str, Any]]:
    found: dict[str, Any] = devtools.send("WebAuthn.getCredentials", {"authenticatorId": name})
    return list(found["credentials"])


def test_a_passkey_is_made_and_used_again(italian: BrowserContext, house: Demo) -> None:
    section = opened(italian, house.flask_article)
    window = section.press("passkey")
    devtools, name = authenticator(window)
    window.get_by_label("Nome").fill("Ada delle chiavi")
    kept: list[dict[str, Any]] = []
    devtools.on("WebAuthn.credentialAdded", lambda said: kept.append(said["credential"]))
    window.get_by_role("button", name="Creane una").click()
    section.commenting_with("passkey")
    expect(section.identity).to_contain_text("Ada delle chiavi")
    section.keeps(DRAFT)
    section.action("sign-out").click()
    section.in_state("signed-out")
    window = section.press("passkey")
    devtools, name = authenticator(window)
    devtools.send("WebAuthn.addCredential", {"authenticatorId": name, "credential": kept[0]})
    window.get_by_role("button", name="Usa una passkey").click()
    section.commenting_with("passkey")
    expect(section.identity).to_contain_text("Ada delle chiavi")


def test_no_passkey_is_said(italian: BrowserContext, house: Demo) -> None:
    section = opened(italian, house.blog_article)
    window = section.press("passkey")
    authenticator(window)
    window.get_by_role("button", name="Usa una passkey").click()
    expect(window.get_by_role("alert").filter(has_text="Non è arrivata")).to_be_visible()
    window.get_by_role("button", name="Annulla").click()
    section.in_state("signed-out")


def test_a_wallet_signs_what_the_page_shows(italian: BrowserContext, house: Demo) -> None:
    wallet = SoftWallet()
    italian.expose_binding("askTheWallet", lambda _source, asked: wallet.request(asked))
    italian.add_init_script(ANNOUNCED)
    section = opened(italian, house.blog_article)
    window = section.press("ethereum")
    window.get_by_role("button", name="Chiedi al mio wallet").click()
    shown = window.locator("[data-message]").text_content()
    window.get_by_role("button", name="Firma").click()
    section.commenting_with("ethereum")
    expect(section.identity).to_contain_text(f"{wallet.address[:6]}…{wallet.address[-4:]}")
    assert wallet.signed == [shown]
    assert str(shown).startswith(f"{house.flask_site.removeprefix('http://')} wants you")


def test_no_wallet_and_an_unwilling_one_are_said(italian: BrowserContext, house: Demo) -> None:
    section = opened(italian, house.blog_article)
    window = section.press("ethereum")
    window.get_by_role("button", name="Chiedi al mio wallet").click()
    expect(window.get_by_role("alert").filter(has_text="non risponde nessun")).to_be_visible()
    window.evaluate("window.ethereum = { request: () => Promise.reject(new Error('no')) }")
    window.get_by_role("button", name="Chiedi al mio wallet").click()
    expect(window.get_by_role("alert").filter(has_text="non ha acconsentito")).to_be_visible()
    window.get_by_role("button", name="Annulla").click()
    section.in_state("signed-out")


def judge(page: Page) -> None:
    """Expect nothing of axe-core's in light and dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme


def test_axe_finds_nothing_on_their_pages(italian: BrowserContext, house: Demo) -> None:
    need(AXE.is_file(), "tests/peers is not installed: run 'make test', or npm ci there")
    wallet = SoftWallet()
    italian.expose_binding("askTheWallet", lambda _source, asked: wallet.request(asked))
    italian.add_init_script(ANNOUNCED)
    italian.add_init_script(path=AXE)
    window = opened(italian, house.blog_article).press("email")
    judge(window)
    ask_for_a_letter(window, "ada.axe@example.org")
    judge(window)
    judge(opened(italian, house.blog_article).press("passkey"))
    window = opened(italian, house.blog_article).press("ethereum")
    window.get_by_role("button", name="Chiedi al mio wallet").click()
    expect(window.locator("[data-message]")).to_be_visible()
    judge(window)
