"""Words for journeys through the demo: the sites, the section, the consent page."""

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from examples import demo
from examples.addresses import Addresses
from examples.blog import create_blog
from examples.servers import PortTakenError, claim, serving
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from commentkit.limits import DEFAULT_RATES
from commentkit.signin.provider import Provider
from commentkit.testing.identity_services import FaultBoard, IdentityServices
from commentkit.testing.identity_services import create_app as create_identity_services

WIDE_LIMITS = dict.fromkeys(DEFAULT_RATES, "100000/minute")

FOUR = ("wordpress", "x", "facebook", "google")
LABELS = {
    "wordpress": "WordPress.com",
    "x": "X",
    "facebook": "Facebook",
    "google": "Google",
    "peer": "Peer",
}


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    flask_site: str
    blog: str
    identity: str
    app: Flask
    services: Flask
    mail: Path

    @property
    def faults(self) -> FaultBoard:
        """The switches of the identity services."""
        state = self.services.extensions["identity_services"]
        assert isinstance(state, IdentityServices)
        return state.faults

    @property
    def flask_article(self) -> str:
        """The main article."""
        return f"{self.flask_site}/2013/04/social-media-manager"

    @property
    def blog_article(self) -> str:
        """A page that has only the script tag."""
        return f"{self.blog}/it/pomodori-al-vento.html"

    @property
    def english_article(self) -> str:
        """The same in English."""
        return f"{self.blog}/en/what-a-balcony-knows.html"


@contextmanager
def running_demo(
    folder: Path,
    *,
    also: Callable[[Addresses], Sequence[Provider]] = lambda _: (),
    host: str = "127.0.0.1",
) -> Iterator[Demo]:
    """Serve the demo on three free ports until the block ends; `also` gives further providers."""
    listeners = three_in_a_row()
    addresses = Addresses(port=listeners[0].getsockname()[1], host=host)
    more = {"COMMENTKIT_LIMITS": WIDE_LIMITS}
    site = demo.create_site(addresses, folder, {}, more=more, also=also(addresses))
    services = create_identity_services()
    apps = (site, create_blog(addresses), services)
    for app in apps:
        # A 304 for a static file leaves Werkzeug's file to the garbage collector, which warns.
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    with serving(dict(zip(listeners, apps, strict=True))):
        yield Demo(
            addresses.flask_site,
            addresses.blog,
            addresses.identity,
            site,
            services,
            folder / "mail",
        )


def three_in_a_row() -> list[socket.socket]:
    """Claim three neighbouring free ports."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        try:
            return claim([port, port + 1, port + 2])
        except PortTakenError:
            continue


class Section:
    """A section on a page, by the hooks that themes, scripts and tests may rely on."""

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page = page
        self.scripts = scripts
        # The section that is to take over from an inlined one stands beside it unseen.
        self.root = page.locator("[data-commentkit]:visible")
        self.form = self.root.locator("form[data-form=comment]")
        self.text = self.form.locator("textarea[name=text]")
        self.identity = self.form.locator("[part~=identity]")
        self.submit = self.form.locator("[part~=submit]")
        self.notice = self.form.locator("[part~=notice]")

    @classmethod
    def open(cls, page: Page, address: str, *, scripts: bool = True) -> "Section":
        """Go to a page and wait until its section is there."""
        page.goto(address)
        section = cls(page, scripts=scripts)
        section.text.scroll_into_view_if_needed()
        expect(section.text).to_be_visible()
        return section

    def write(self, text: str) -> None:
        """Type a comment, which unfolds the form."""
        self.text.click()
        if self.scripts:
            expect(self.form).not_to_have_attribute("data-rest", "")
        self.text.fill(text)

    def action(self, name: str) -> Locator:
        """Find a control of the form."""
        return self.form.locator(f"[data-action={name}]:visible")

    def provider(self, name: str) -> Locator:
        """Find a provider's button."""
        return self.form.locator(f"[data-provider={name}]:visible")

    def field(self, name: str) -> Locator:
        """Find a field."""
        return self.form.locator(f"input[name={name}]")

    def error(self, name: str) -> Locator:
        """Find what is said at a field."""
        return self.form.locator(f"[data-error-for={name}]")

    def comment(self, text: str) -> Locator:
        """Find the comment with these words."""
        body = self.page.locator("[part~=body]", has_text=text)
        return self.root.locator("article.comment").filter(has=body)

    def in_state(self, state: str) -> None:
        """Expect the identity part in a state."""
        expect(self.identity).to_have_attribute("data-state", state)

    def commenting_with(self, provider: str) -> None:
        """Expect the sentence of the signed-in form, in Italian."""
        self.in_state("signed-in")
        said = f"Stai commentando usando il tuo account {LABELS[provider]}."
        expect(self.identity).to_contain_text(said)

    def keeps(self, draft: str) -> None:
        """Expect what was typed."""
        expect(self.text).to_have_value(draft)

    def press(self, provider: str) -> Page:
        """Press a provider's button; return the window that opens."""
        button = self.provider(provider)
        expect(button).to_be_enabled()
        with self.page.expect_popup() as opened:
            button.click()
        return opened.value

    def sign_in(self, provider: str, person: str = "anna") -> None:
        """Sign in through the window."""
        window = self.press(provider)
        consent(window, person)
        self.commenting_with(provider)

    def as_guest(self, name: str, email: str) -> None:
        """Fill in a guest's fields."""
        self.field("email").fill(email)
        self.field("name").fill(name)


def consent(window: Page, person: str, *, refuse: bool = False) -> None:
    """Pick who to be at the provider, and go on or refuse."""
    choice = window.locator(f"input[name=person][value={person}]")
    choice.wait_for(state="attached")
    if not choice.is_visible():
        window.locator("summary").click()
    choice.check()
    decision = "refuse" if refuse else "continue"
    window.locator(f"button[name=decision][value={decision}]").click()


def newest_letter(demo: Demo, page: Page, to: str) -> EmailMessage:
    """Wait for a letter to an address that had none before."""
    for _ in range(100):
        for file in demo.mail.glob("*.eml"):
            letter = message_from_bytes(file.read_bytes(), policy=policy.default)
            if to in str(letter["To"]):
                return letter
        page.wait_for_timeout(50)  # a file appears: there is nothing to await but time
    raise AssertionError(f"no letter to {to}")


def number_in(text: str) -> int:
    """Read the number that a sentence holds."""
    found = re.search(r"\d+", text)
    assert found, text
    return int(found[0])
