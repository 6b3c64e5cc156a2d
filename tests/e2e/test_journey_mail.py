"""The form's checkboxes: mail that arrives, is confirmed, and ends by one press."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests
from e2e_support import Demo, Section
from playwright.sync_api import BrowserContext, Page, expect

Arrived = Callable[[str], EmailMessage]


@pytest.fixture
def arrived(demo: Demo, page: Page) -> Arrived:
    """Wait for the newest message to an address; each is found once."""
    seen: set[Path] = set(demo.mail.glob("*.eml"))

    def newest(to: str) -> EmailMessage:
        for _ in range(100):
            for file in sorted(demo.mail.glob("*.eml")):
                message = message_from_bytes(file.read_bytes(), policy=policy.default)
                if file not in seen and to in str(message["To"]):
                    seen.add(file)
                    return message
            page.wait_for_timeout(100)  # a file appears: there is nothing to await but time
        raise AssertionError(f"no mail to {to}")

    return newest


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, holding: str) -> str:
    found = re.search(rf"http://\S*{holding}\S*", text_of(message))
    assert found, text_of(message)
    return found[0]


def test_a_guest_confirms_is_told_and_unsubscribes(
    demo: Demo, italian: BrowserContext, new_context, arrived: Arrived
):
    section = Section.open(italian.new_page(), f"{demo.blog}/it/il-vicino-del-terzo.html")
    section.write("Il rame suona meglio dello zinco.")
    section.as_guest("Bruna", "bruna.mail@example.org")
    section.field("notify_comments").check()
    section.submit.click()
    expect(section.comment("Il rame suona meglio dello zinco.")).to_be_visible()

    confirm = italian.new_page()
    confirm.goto(link_in(arrived("bruna.mail@example.org"), "/mail/confirm"))
    confirm.locator("main form button").click()
    expect(confirm.locator("main h1")).to_be_visible()

    other = Section.open(
        new_context(locale="it-IT").new_page(), f"{demo.blog}/it/il-vicino-del-terzo.html"
    )
    other.write("E il basilico, come sta? https://example.org/basilico")
    other.as_guest("Dino", "dino@example.org")
    other.submit.click()
    expect(other.comment("E il basilico")).to_be_visible()

    news = arrived("bruna.mail@example.org")
    assert "Dino" in text_of(news)
    assert "https://example.org/basilico" not in text_of(news)

    ending = italian.new_page()
    ending.goto(link_in(news, "/mail/unsubscribe"))
    ending.locator("main form button").click()
    expect(ending.locator("main h1")).to_be_visible()


def test_an_account_with_a_proven_address_is_not_asked(
    demo: Demo, italian: BrowserContext, new_context, arrived: Arrived
):
    section = Section.open(italian.new_page(), demo.blog_article)
    section.write("Seguo la discussione con il mio account.")
    section.sign_in("google", "luca")
    section.field("notify_comments").check()
    section.submit.click()
    expect(section.comment("Seguo la discussione con il mio account.")).to_be_visible()

    other = Section.open(new_context(locale="it-IT").new_page(), demo.blog_article)
    other.write("Una risposta per chi segue.")
    other.as_guest("Dino", "dino@example.org")
    other.submit.click()
    expect(other.comment("Una risposta per chi segue.")).to_be_visible()
    news = arrived("luca.greco@example.org")
    assert "Una risposta per chi segue." in text_of(news)

    # What a mail program sends for one press (RFC 8058 §3.2).
    address = str(news["List-Unsubscribe"]).strip("<>")
    ended = requests.post(address, data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert ended.status_code == 200
