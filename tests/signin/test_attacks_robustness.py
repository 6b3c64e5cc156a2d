"""The attack file, rows 144-162: providers that are down, slow, rotating or broken."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attack_lab import Lab, attack, sign
from joserfc.jwk import RSAKey
from signin_support import authority, peer, response
from sqlalchemy import text
from world import BLOG

from commentkit.model import Account
from commentkit.people import accounts
from commentkit.signin.flow import Services
from commentkit.signin.http import HttpClient, HttpFailure
from commentkit.testing.lies import signing_key
from commentkit.testing.scripted_provider import Reply, json_reply

Row = dict[str, str]
DISCOVERY = "/one/.well-known/openid-configuration"
DOWN = Reply(503, b"down")
SILENT = Reply(silent=True)


def impatient(lab: Lab, seconds: float = 0.3) -> None:
    """Let the app wait less, as a test may."""
    kit = lab.world.kit
    http = replace(kit.services.http, timeout_seconds=seconds, total_seconds=seconds)
    object.__setattr__(kit, "services", Services(http, kit.services.metadata))


def guest_posts(lab: Lab) -> None:
    assert lab.world.post("Still open for guests").status_code == 201


def keys(*kids: str, **more: Any) -> Reply:
    return json_reply({"keys": [signing_key(kid).as_dict(private=False, **more) for kid in kids]})


@attack("oa-144")
def test_discovery_that_is_down(row: Row, lab: Lab) -> None:
    for reply in (DOWN, Reply(500, b""), Reply(200, b"", promised=10)):
        lab.peer.say(DISCOVERY, reply)
        lab.refused(lab.start(), "provider_unavailable")
    assert lab.start("two").status_code in (302, 303)
    guest_posts(lab)


@attack("oa-145", "oa-147")
def test_discovery_that_never_answers(row: Row, lab: Lab) -> None:
    impatient(lab)
    if row["id"] == "oa-147":
        _dns_hangs(lab)
    lab.peer.say(DISCOVERY, SILENT)
    began = time.monotonic()
    lab.refused(lab.start(), "provider_unavailable")
    assert time.monotonic() - began < 5
    guest_posts(lab)


def _dns_hangs(lab: Lab) -> None:
    release = threading.Event()

    def never(host: str, port: int) -> list[str]:
        release.wait(10)
        return []

    client = HttpClient(resolve=never, timeout_seconds=0.2)
    with pytest.raises(HttpFailure) as caught:
        client.get("https://slow.example/")
    release.set()
    assert caught.value.kind == "timeout"


@attack("oa-146")
def test_an_older_document_serves_on(row: Row, lab: Lab) -> None:
    assert lab.sign_in().status_code == 200
    lab.peer.say(DISCOVERY, Reply(500, b""))
    lab.world.clock.move(hours=2)
    assert lab.sign_in(who="marta").status_code == 200
    asked = len(lab.peer.at(DISCOVERY))
    assert lab.sign_in(who="luca").status_code == 200
    assert len(lab.peer.at(DISCOVERY)) == asked  # no second try within a minute
    lab.world.clock.move(days=2)
    assert lab.start(who="gino").status_code == 502


@attack("oa-148")
def test_keys_that_are_down(row: Row, lab: Lab) -> None:
    assert lab.sign_in().status_code == 200
    lab.peer.say("/one/jwks", DOWN)
    lab.world.clock.move(minutes=30)
    assert lab.sign_in(who="marta").status_code == 200
    lab.world.clock.move(hours=2)
    page = lab.sign_in(who="luca")
    assert page.status_code == 502
    assert lab.count(Account) == 1


@attack("oa-149")
def test_a_new_key_appears(row: Row, lab: Lab) -> None:
    assert lab.sign_in().status_code == 200
    lab.peer.say("/one/jwks", keys("one", "two"))
    lab.header = {"kid": "two", "key": signing_key("two")}
    assert lab.sign_in(who="marta").status_code == 200
    assert len(lab.peer.at("/one/jwks")) == 2
    lab.peer.say("/one/jwks", keys("two"))
    lab.world.clock.move(hours=2)
    lab.header = {}
    assert lab.sign_in(who="luca").status_code == 502


@attack("oa-150")
def test_a_thousand_unknown_keys(row: Row, lab: Lab) -> None:
    for number in range(60):
        lab.forge = lambda claims, n=number: sign(claims, kid=f"random-{n}")  # type: ignore[misc]
        assert lab.sign_in(who=f"mallory {number}").status_code == 502
    assert len(lab.peer.at("/one/jwks")) == 2
    lab.world.clock.move(seconds=61)
    lab.sign_in(who="mallory")
    assert len(lab.peer.at("/one/jwks")) == 3
    lab.forge = None
    assert lab.sign_in().status_code == 200


@attack("oa-151", "oa-152", "oa-153", "oa-154", "oa-155")
def test_key_sets_that_are_wrong(row: Row, lab: Lab) -> None:
    private = signing_key("one").as_dict(private=True)
    public = signing_key("one").as_dict(private=False)
    other = {**RSAKey.generate_key(2048).as_dict(private=False), "kid": "one"}
    sets: dict[str, list[Reply]] = {
        "oa-151": [json_reply({"keys": []}), json_reply({})],
        "oa-152": [json_reply({"keys": [private]})],
        "oa-153": [json_reply({"keys": [{"kty": "oct", "kid": "one", "k": "AAAA"}]})],
        "oa-154": [json_reply({"keys": [public] * 1 + [{"x": "y" * 600_000}]})],
        "oa-155": [json_reply({"keys": [public, other]}), json_reply({"keys": [other, public]})],
    }
    for reply in sets[row["id"]]:
        lab.world.clock.move(hours=2)
        lab.peer.say("/one/jwks", reply)
        lab.refused(lab.sign_in(), "provider_bad_answer")


@attack("oa-156", "oa-157", "oa-158")
def test_certificates_that_are_wrong(row: Row, tmp_path: Path) -> None:
    ca = authority(tmp_path)
    context = {
        "oa-156": lambda: ca.context("id.localhost", own=True),
        "oa-157": lambda: ca.context("id.localhost", expired=True),
        "oa-158": lambda: ca.context("other.localhost"),
    }[row["id"]]()
    client = HttpClient(loopback=True, ca_file=ca.file)
    with peer(lambda _: response(), tls=context) as there, pytest.raises(HttpFailure):
        client.post_form(f"https://id.localhost:{there.port}/token", {"code": "canary"})
    assert there.requests == []


@attack("oa-159")
def test_a_token_endpoint_that_hangs(row: Row, lab: Lab) -> None:
    params = lab.consent(lab.start())
    impatient(lab, 1.0)
    lab.peer.say("/one/token", SILENT)
    answered: list[Any] = []
    waiting = threading.Thread(target=lambda: answered.append(lab.callback(params)))
    waiting.start()
    while not lab.peer.at("/one/token"):
        assert waiting.is_alive()
        waiting.join(0.01)
    # The database is free while the provider is waited for.
    with lab.world.kit.database.begin() as db:
        db.execute(text("UPDATE commentkit_site SET version = version + 1"))
    guest_posts(lab)
    waiting.join()
    assert answered[0].status_code == 502
    assert 'data-code="provider_unavailable"' in answered[0].text
    assert [one.outcome for one in lab.attempts()] == ["provider_unavailable"]
    assert lab.callback(params).status_code in (400, 403)  # the state was used up
    assert len(lab.peer.at("/one/token")) == 1


@attack("oa-160")
def test_a_connection_cut_in_the_middle(row: Row, lab: Lab) -> None:
    for path in ("/one/userinfo", "/one/token"):
        lab.peer.say(path, Reply(200, b'{"access_token": "canary', promised=500))
        lab.refused(lab.sign_in(), "provider_unavailable")


@attack("oa-161")
@pytest.mark.parametrize(("minutes", "accepted"), [(0, True), (1, True), (5, False)])
def test_clocks_that_disagree(row: Row, minutes: int, accepted: bool, lab: Lab) -> None:
    lab.bend = lambda claims: claims.update(iat=claims["iat"] + minutes * 60)
    assert (lab.sign_in(who="ahead").status_code == 200) == accepted
    lab.bend = lambda claims: claims.update(exp=claims["iat"] - minutes * 60)
    assert (lab.sign_in(who="behind").status_code == 200) == accepted


@attack("oa-162")
def test_a_crash_before_the_commit(row: Row, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever dies between the token and the commit, a second sign-in makes the person once."""
    real = accounts.of_identity

    def dies(*args: Any) -> Any:
        raise SystemExit("killed")

    monkeypatch.setattr(accounts, "of_identity", dies)
    params = lab.consent(lab.start())
    with pytest.raises(SystemExit):
        lab.callback(params)
    assert lab.nothing_made()
    monkeypatch.setattr(accounts, "of_identity", real)
    assert lab.callback(params).status_code == 400
    assert lab.sign_in().status_code == 200
    assert lab.count(Account) == 1


def test_guests_are_untouched_by_all_of_this(lab: Lab) -> None:
    impatient(lab)
    for path in list(lab.peer.answers):
        lab.peer.say(path, SILENT)
    began = time.monotonic()
    assert lab.world.get(f"/thread?url={BLOG}/a.html").status_code in (200, 404)
    guest_posts(lab)
    assert time.monotonic() - began < 3
