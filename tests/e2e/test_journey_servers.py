"""A provider with many servers: the person names theirs in the window, or on the way there."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from browser_support import need
from e2e_support import Demo, Section, running_demo
from playwright.sync_api import BrowserContext, Page, expect
from test_accessibility import AXE, violations

from commentkit.signin.providers.mastodon import Mastodon
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

DRAFT = "Una bozza per il mio server."
SAID = "Stai commentando usando il tuo account Mastodon."


@dataclass(frozen=True)
class Town:
    """A demo that offers Mastodon, and one of its servers."""

    demo: Demo
    server: ScriptedProvider


def allowed(call: Call) -> Reply:
    """Send everybody back at once, as a server does that was asked before."""
    query = urlencode({"code": "a-code", "state": call.query["state"]})
    return Reply(302, b"", {"Location": f"{call.query['redirect_uri']}?{query}"})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with scripted_provider() as server:
        server.say("/api/v1/apps", json_reply({"client_id": "id", "client_secret": "secret"}))
        server.answers["/oauth/authorize"] = allowed
        token = {"access_token": "a-token", "token_type": "Bearer"}
        server.say("/oauth/token", json_reply(token))
        server.say("/oauth/revoke", json_reply({}))
        person = {"id": "1", "username": "zoe", "display_name": "Zoe Neri"}
        server.say("/api/v1/accounts/verify_credentials", json_reply(person))
        folder = tmp_path_factory.mktemp("town")
        with running_demo(folder, also=lambda _: [Mastodon()]) as demo:
            yield Town(demo, server)


def test_the_window_asks_and_goes_on(town: Town, italian: BrowserContext) -> None:
    section = Section.open(italian.new_page(), town.demo.blog_article)
    section.write(DRAFT)
    window = section.press("mastodon")
    field = window.get_by_label("Il tuo server Mastodon")
    expect(field).to_be_focused()
    window.keyboard.type("niente")
    window.keyboard.press("Enter")
    expect(window.get_by_role("alert")).to_contain_text("Controlla")
    expect(field).to_have_value("niente")
    field.fill(town.server.url)
    window.keyboard.press("Enter")
    section.in_state("signed-in")
    expect(section.identity).to_contain_text(SAID)
    section.keeps(DRAFT)


def test_the_next_time_it_is_filled_in(town: Town, italian: BrowserContext) -> None:
    section = Section.open(italian.new_page(), town.demo.blog_article)
    section.write(DRAFT)
    window = section.press("mastodon")
    window.get_by_label("Il tuo server").fill(town.server.url)
    window.keyboard.press("Enter")
    section.in_state("signed-in")
    section.action("change").click()
    again = section.press("mastodon")
    expect(again.get_by_label("Il tuo server")).to_have_value(town.server.url)


def test_without_scripts(town: Town, plain_page: Page) -> None:
    section = Section.open(plain_page, town.demo.flask_article, scripts=False)
    section.write(DRAFT)
    section.provider("mastodon").click()
    plain_page.get_by_label("Il tuo server").fill(town.server.url)
    plain_page.keyboard.press("Enter")
    expect(section.identity).to_contain_text(SAID)
    section.keeps(DRAFT)


@pytest.mark.parametrize("width", [320, 900])
def test_the_page_is_for_everybody(town: Town, italian: BrowserContext, width: int) -> None:
    need(AXE.is_file(), "tests/peers is not installed: run 'make test', or npm ci there")
    italian.add_init_script(path=AXE)
    section = Section.open(italian.new_page(), town.demo.blog_article)
    section.write(DRAFT)
    window = section.press("mastodon")
    window.set_viewport_size({"width": width, "height": 640})
    window.get_by_label("Il tuo server").fill("niente")
    window.keyboard.press("Enter")
    expect(window.get_by_role("alert")).to_be_visible()
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        window.emulate_media(color_scheme=scheme)
        assert violations(window) == [], scheme
