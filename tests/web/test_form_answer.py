"""An answer that the provider posts, as Apple does: the whole way, in a browser of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import select
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, Clock, World, make_world

from commentkit import ids
from commentkit.model import Attempt, Identity
from commentkit.signin.providers.apple import Apple
from commentkit.testing.rehearsal import CLIENT_ID, NOW, Rehearsal
from commentkit.testing.scripted_provider import scripted_provider

SECURE = "https://comments.example.org"
CODE = "canary-code"
APPLE = {"Origin": "https://appleid.apple.com", "Sec-Fetch-Site": "cross-site"}


@dataclass
class Door:
    world: World
    play: Rehearsal

    def start(self) -> dict[str, str]:
        """Go to Apple; give what it was asked."""
        query = {
            "aid": "a" * 22,
            "challenge": ids.s256("v" * 43),
            "origin": BLOG,
            "mode": "popup",
            "url": PAGE_URL,
        }
        address = f"/commentkit/blog/sign-in/apple?{urlencode(query)}"
        answer = self.world.client("anna").get(address, base_url=SECURE)
        assert answer.status_code == 303, answer.text
        asked = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        self.play.peer.notes[CODE] = asked["nonce"]
        return asked

    def post(self, asked: dict[str, str], *, who: str = "anna", **more: str) -> TestResponse:
        """Come back by a form that a page of Apple's posts."""
        form = {"state": asked["state"], "code": CODE, **more}
        address = "/commentkit/callback/apple"
        return self.world.client(who).post(address, base_url=SECURE, data=form, headers=APPLE)

    def name(self) -> str:
        with self.world.kit.database.read() as db:
            return db.scalars(select(Identity)).one().name


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    key = ECKey.generate_key("P-256").as_pem(private=True).decode()
    with scripted_provider() as peer:
        apple = Apple(base_url=peer.url, team_id="TEAM123456", key_id="KEY1234567")
        apple = apple.with_credentials(CLIENT_ID, key)
        play = Rehearsal(apple, peer, {"sub": "001473.fe6f", "email": "a@example.org"})
        world = make_world(
            tmp_path,
            clock=Clock(NOW),
            PROVIDERS=[apple],
            COMMENTKIT_PUBLIC_URL=SECURE,
            COMMENTKIT_LOOPBACK_SERVICES=True,
        )
        yield Door(world, play)


def test_a_name_that_comes_once_stays(door: Door) -> None:
    user = json.dumps({"name": {"firstName": "Anna", "lastName": "Bianchi"}})
    asked = door.start()
    assert asked["response_mode"] == "form_post"
    page = door.post(asked, user=user)
    assert page.status_code == 200, page.text
    assert "Anna Bianchi" in page.text
    page = door.post(door.start())
    assert page.status_code == 200
    assert door.name() == "Anna Bianchi"


def test_a_refusal_comes_by_the_form_as_well(door: Door) -> None:
    asked = door.start()
    door.post(asked, error="user_cancelled_authorize", code="")
    with door.world.kit.database.read() as db:
        assert db.scalars(select(Attempt.outcome)).one() == "sign_in_cancelled"
        assert db.scalars(select(Identity)).all() == []
    assert not door.play.peer.at("/auth/token")


def test_another_browser_cannot_post_it(door: Door) -> None:
    """The attempt's cookie has to come along, whose page ever the form stands on."""
    answer = door.post(door.start(), who="luca")
    assert answer.status_code == 403
    assert not door.play.peer.at("/auth/token")
