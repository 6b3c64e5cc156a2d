"""A comment server whose providers are pages of its own, and browsers that go through them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from signin_world import AID, VERIFIER, attribute
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER, World

from commentkit import ids
from commentkit.delivery import outbox


@dataclass
class Door:
    """One provider's way in, step by step."""

    world: World
    name: str
    mail: Path | None = None
    server: str = SERVER
    read: dict[Path, EmailMessage] = field(default_factory=dict)

    def start(self, *, who: str = "anna", site: str = "blog", **changes: str) -> str:
        """Open the popup; return the state of the attempt."""
        query = {
            "aid": AID,
            "challenge": ids.s256(VERIFIER),
            "origin": BLOG,
            "mode": "popup",
            "url": PAGE_URL,
        } | changes
        address = f"{self.server}/commentkit/{site}/sign-in/{self.name}?{urlencode(query)}"
        begun = self.world.client(who).get(address)
        assert begun.status_code == 303, begun.text
        page = urlsplit(begun.headers["Location"])
        assert page.path == f"/commentkit/callback/{self.name}/page"
        return parse_qs(page.query)["state"][0]

    @property
    def address(self) -> str:
        return f"{self.server}/commentkit/callback/{self.name}/page"

    def look(self, state: str, *, who: str = "anna", **more: str) -> TestResponse:
        """Open the page."""
        return self.world.client(who).get(f"{self.address}?{urlencode({'state': state, **more})}")

    def send(
        self,
        state: str,
        fields: Mapping[str, str],
        *,
        who: str = "anna",
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send one of the page's forms."""
        sent = (
            {"Origin": self.server, "Sec-Fetch-Site": "same-origin"} if headers is None else headers
        )
        return self.world.client(who).post(
            self.address, data={"state": state, **fields}, headers=sent
        )

    def redeemed(self, delivered: TestResponse, *, who: str = "anna") -> str:
        """Redeem the ticket of the last page, as the widget does; return the bearer."""
        body = {
            "aid": AID,
            "ticket": attribute(delivered, "data-ticket"),
            "verifier": VERIFIER,
            "transport": "bearer",
            "thread": {"url": PAGE_URL},
        }
        answer = self.world.call("POST", "/sign-in/redeem", who=who, json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["token"])

    def letters(self) -> list[EmailMessage]:
        """Deliver what waits, and read every letter so far."""
        assert self.mail is not None
        kit = self.world.kit
        while outbox.deliver_due(kit.database, kit.handlers, now=self.world.clock()).total:
            continue  # one parcel may bring another
        for path in sorted({*self.mail.rglob("*.eml")} - self.read.keys()):
            letter = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(letter, EmailMessage)
            self.read[path] = letter
        return list(self.read.values())


def code_in(letter: EmailMessage) -> str:
    """Return the code that a letter says."""
    return re.search(r"^(\d{4} \d{4})$", _text(letter), re.MULTILINE)[1]  # type: ignore[index]


def link_in(letter: EmailMessage) -> str:
    """Return the address that a letter carries."""
    return unescape(re.search(r"^(http\S+)$", _text(letter), re.MULTILINE)[1])  # type: ignore[index]


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def hidden(page: TestResponse, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])
