"""A logout at the issuer ends here what began with it, once it is proven."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from database_support import Databases
from signin_world import SignInWorld, attribute
from werkzeug.test import TestResponse
from world import PAGE_URL, SERVER, Clock, make_world

from commentkit.model import Identity, TokenIdentity
from commentkit.signin.http import Answer, HttpClient
from commentkit.signin.logout import EVENT
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.signin.providers.x import X
from commentkit.testing.identity_services import create_app, demo_client, serve_identity_services
from commentkit.testing.identity_services.oidc import session_id

DOOR = f"{SERVER}/commentkit/backchannel-logout/oidc"


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    clock, client = Clock(), demo_client("oidc")
    with serve_identity_services(create_app(now=clock)) as services:
        issuer = OpenIDConnect(name="oidc", label="Example", issuer=f"{services.url}/oidc")
        known = issuer.with_credentials(client.client_id, client.client_secret)
        other = X().with_credentials("id", "secret")
        options = {"PROVIDERS": [known, other], "COMMENTKIT_LOOPBACK_SERVICES": True}
        yield SignInWorld(make_world(tmp_path, clock=clock, **options), services)


def come_back(world: SignInWorld, *, who: str, **how: str) -> tuple[TestResponse, str]:
    """Bring Anna back from the issuer in the browser of `who`, with its own name of that."""
    started = world.start("oidc", who=who, **how)
    nonce = parse_qs(urlsplit(started.headers["Location"]).query)["nonce"][0]
    return world.call_back(world.answer(started), who=who), session_id(nonce)


def sign_in(world: SignInWorld, *, who: str) -> tuple[str, str]:
    """Sign Anna in with the browser of `who`; return the bearer and the issuer's own name of it."""
    page, sid = come_back(world, who=who)
    ticket = attribute(page, "data-ticket")
    return str(world.redeem(ticket, who=who).get_json()["token"]), sid


def is_in(world: SignInWorld, bearer: str) -> bool:
    headers = {"Authorization": f"Bearer {bearer}"}
    answer = world.world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers)
    return bool(answer.get_json()["state"] == "signed-in")


def subject(world: SignInWorld) -> str:
    with world.world.kit.database.read() as db:
        mine = db.query(Identity).filter(Identity.site_id == world.world.site.id)
        return mine.one().subject


def claims(world: SignInWorld, **changes: Any) -> dict[str, Any]:
    at = int(world.world.clock().timestamp())
    said = {
        "iss": f"{world.services.url}/oidc",
        "aud": demo_client("oidc").client_id,
        "iat": at,
        "exp": at + 120,
        "jti": "first",
        "events": {EVENT: {}},
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def tell(world: SignInWorld, said: dict[str, Any], fault: str | None = None) -> TestResponse:
    token = world.services.state.keys.sign(said, fault)
    return world.world.client("the issuer").post(DOOR, data={"logout_token": token})


def test_a_logout_ends_what_began_with_that_sign_in_and_nothing_else(world: SignInWorld) -> None:
    laptop, laptop_sid = sign_in(world, who="laptop")
    phone, _ = sign_in(world, who="phone")
    answer = tell(world, claims(world, sid=laptop_sid, sub=subject(world)))
    assert (answer.status_code, answer.data) == (200, b"")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not is_in(world, laptop)
    assert is_in(world, phone)


def test_a_logout_of_a_person_ends_all_of_theirs(world: SignInWorld) -> None:
    laptop, _ = sign_in(world, who="laptop")
    phone, _ = sign_in(world, who="phone")
    assert tell(world, claims(world, sub=subject(world))).status_code == 200
    assert not is_in(world, laptop)
    assert not is_in(world, phone)


def test_what_began_before_names_were_kept_ends_with_its_person(world: SignInWorld) -> None:
    bearer, sid = sign_in(world, who="laptop")
    with world.world.kit.database.begin() as db:
        mine = db.query(TokenIdentity).filter(TokenIdentity.site_id == world.world.site.id)
        mine.one().session_hash = None
    assert tell(world, claims(world, sid=sid)).status_code == 200
    assert is_in(world, bearer)
    assert tell(world, claims(world, sid=sid, sub=subject(world), jti="next")).status_code == 200
    assert not is_in(world, bearer)


def test_a_sign_in_on_its_way_to_a_token_ends_too(world: SignInWorld) -> None:
    (laptop, laptop_sid), (phone, _) = (come_back(world, who=w) for w in ("laptop", "phone"))
    assert tell(world, claims(world, sid=laptop_sid, sub=subject(world))).status_code == 200
    late = world.redeem(attribute(laptop, "data-ticket"), who="laptop")
    assert world.world.error(late)[1] == "ticket_invalid"
    assert world.redeem(attribute(phone, "data-ticket"), who="phone").status_code == 200


def test_nor_does_a_click_bring_it_home(world: SignInWorld) -> None:
    page, _ = come_back(world, who="laptop", mode="tab")
    assert tell(world, claims(world, sub=subject(world))).status_code == 200
    form = {"attempt": re.findall(r'name="attempt" value="([0-9]+)"', page.text)[0]}
    ours = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    door = f"{SERVER}/commentkit/blog/sign-in/continue"
    answer = world.world.client("laptop").post(door, data=form, headers=ours)
    assert answer.status_code >= 400
    assert "Location" not in answer.headers


def test_a_ticket_redeemed_at_that_moment_is_no_way_around(world: SignInWorld) -> None:
    """Whichever is first, nobody is in at the end."""
    for turn in range(4):
        page, sid = come_back(world, who="laptop")
        ticket, said = attribute(page, "data-ticket"), claims(world, sid=sid, jti=f"turn {turn}")
        together = Barrier(2)

        def redeem(ticket: str = ticket, together: Barrier = together) -> TestResponse:
            together.wait(10)
            return world.redeem(ticket, who="laptop")

        with ThreadPoolExecutor(1) as thread:
            redeemed = thread.submit(redeem)
            together.wait(10)
            assert tell(world, said).status_code == 200
        bearer = redeemed.result().get_json().get("token")
        assert bearer is None or not is_in(world, bearer)


def test_who_is_known_by_nobody_is_no_error(world: SignInWorld) -> None:
    assert tell(world, claims(world, sid="unheard of", sub="nobody")).status_code == 200


def test_a_logout_counts_once(world: SignInWorld) -> None:
    sign_in(world, who="laptop")
    said = claims(world, sub=subject(world))
    assert tell(world, said).status_code == 200
    again, _ = sign_in(world, who="laptop")
    answer = tell(world, said)
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_request"
    assert is_in(world, again)


def test_what_proves_nothing_ends_nothing(world: SignInWorld) -> None:
    bearer, sid = sign_in(world, who="laptop")
    at = int(world.world.clock().timestamp())
    whose = {"sid": sid, "sub": subject(world)}
    bad: list[dict[str, Any]] = [
        {"iss": "https://other.example"},
        {"aud": "another client"},
        {"iat": at - 601},
        {"iat": at + 121},
        {"exp": at - 120},
        {"exp": None},
        {"exp": 10**400},
        {"iat": -(10**400)},
        {"iat": None},
        {"jti": None},
        {"jti": 1},
        {"sid": None, "sub": None},
        {"sid": 7},
        {"nonce": "n"},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: "yes"}},
    ]
    for change in bad:
        answer = tell(world, claims(world, **(whose | change)))
        assert answer.status_code == 400, change
        assert answer.get_json()["error"] == "invalid_request"
        assert "no-store" in answer.headers["Cache-Control"]
    for fault in ("alg_none", "hs256_public_key", "unknown_kid", "bad_signature"):
        assert tell(world, claims(world, **whose), fault).status_code == 400, fault
    assert is_in(world, bearer)


def test_whoever_comes_with_a_token_holds_a_thread_no_longer_than_a_visitor(
    world: SignInWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []
    send = HttpClient.send

    def noted(http: HttpClient, *args: Any, **more: Any) -> Answer:
        asked.append(http.until)
        return send(http, *args, **more)

    monkeypatch.setattr(HttpClient, "send", noted)
    assert tell(world, claims(world, sub="nobody"), "unknown_kid").status_code == 400
    assert len(asked) > 2  # discovery and keys, and both anew
    assert len(set(asked)) == 1
    assert asked[0] is not None


def test_the_door_takes_one_form_from_an_issuer_that_there_is(world: SignInWorld) -> None:
    client = world.world.client("the issuer")
    assert client.post(DOOR, data={}).status_code == 400
    twice = {"logout_token": ["a.b.c", "a.b.c"]}
    assert client.post(DOOR, data=twice).status_code == 400
    assert client.post(DOOR, json={"logout_token": "a.b.c"}).status_code == 400
    assert client.get(DOOR).status_code == 405
    for name in ("x", "nobody"):
        answer = client.post(DOOR.replace("oidc", name), data={"logout_token": "a.b.c"})
        assert world.world.error(answer)[1] == "unknown_provider"
