"""A comment server whose providers are identity services on this machine, in one browser each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, Clock, World, make_world

from commentkit import ids
from commentkit.model import Base
from commentkit.signin.providers.facebook import Facebook
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.wordpress import WordPress
from commentkit.signin.providers.x import X
from commentkit.testing.identity_services import (
    RunningServices,
    create_app,
    demo_client,
    scripted_sign_in,
    serve_identity_services,
)

VERIFIER = "v" * 43
AID = "a" * 22


@contextmanager
def signin_world(folder: Path, **config: Any) -> Iterator["SignInWorld"]:
    """Run identity services and a comment server that trusts them."""
    clock = Clock()
    with serve_identity_services(create_app(now=clock)) as services:
        at = services.url
        providers = [
            WordPress(base_url=f"{at}/wordpress"),
            X(authorize_base=f"{at}/x", api_base=f"{at}/x"),
            Facebook(www_base=f"{at}/facebook", graph_base=f"{at}/facebook"),
            Google(issuer=f"{at}/google"),
        ]
        known = [
            p.with_credentials(demo_client(p.name).client_id, demo_client(p.name).client_secret)
            for p in providers
        ]
        world = make_world(
            folder, clock=clock, PROVIDERS=known, COMMENTKIT_LOOPBACK_SERVICES=True, **config
        )
        yield SignInWorld(world, services)


@dataclass
class SignInWorld:
    """One sign-in, step by step."""

    world: World
    services: RunningServices

    def count(self, table: type[Base]) -> int:
        """Count all rows of a table."""
        with self.world.kit.database.read() as db:
            return db.scalar(select(func.count()).select_from(table)) or 0

    def start(self, provider: str = "google", *, who: str = "anna", **changes: str) -> TestResponse:
        """Open the popup's first address."""
        query = {
            "aid": AID,
            "challenge": ids.s256(VERIFIER),
            "origin": BLOG,
            "mode": "popup",
            "url": PAGE_URL,
        } | changes
        return self.world.get(f"/sign-in/{provider}?{urlencode(query)}", who=who)

    def answer(self, started: TestResponse, person: str = "anna", *, refuse: bool = False) -> str:
        """Walk the provider's consent page; return its callback address."""
        assert started.status_code == 303, started.text
        return scripted_sign_in(started.headers["Location"], person, refuse=refuse)

    def call_back(self, address: str, *, who: str = "anna") -> TestResponse:
        """Open the callback address in the browser of `who`."""
        parts = urlsplit(address)
        return self.world.client(who).get(f"http://127.0.0.1:8000{parts.path}?{parts.query}")

    def delivered(
        self, provider: str = "google", *, who: str = "anna", person: str = "anna"
    ) -> str:
        """Do all of it; return the ticket that the popup would hand over."""
        page = self.call_back(self.answer(self.start(provider, who=who), person), who=who)
        return attribute(page, "data-ticket")

    def redeem(self, ticket: str, *, who: str = "anna", **changes: Any) -> TestResponse:
        """Redeem as the widget does."""
        options = {k: changes.pop(k) for k in ("origin", "site", "headers") if k in changes}
        body = {
            "aid": AID,
            "ticket": ticket,
            "verifier": VERIFIER,
            "transport": "bearer",
            "thread": {"url": PAGE_URL},
        }
        return self.world.call("POST", "/sign-in/redeem", who=who, json=body | changes, **options)

    def signed_in(
        self, provider: str = "google", *, who: str = "anna", person: str = "anna"
    ) -> str:
        """Sign in for good; return the bearer."""
        answer = self.redeem(self.delivered(provider, who=who, person=person), who=who)
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["token"])


def attribute(page: TestResponse, name: str) -> str:
    """Return an attribute's value from a page."""
    found = re.search(rf'{name}="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])
