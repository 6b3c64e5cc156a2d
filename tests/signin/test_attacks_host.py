"""The attack file, rows 175-182: who vouches for people, and who says that they left."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from attack_lab import CLIENT_ID, Claims, Lab, attack, joined, sign
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from werkzeug.test import TestResponse
from world import OTHER, PAGE_URL, SERVER

from commentkit.ids import base64url
from commentkit.model import Account
from commentkit.signin import host_keys
from commentkit.signin.host_keys import HS256, HostKey
from commentkit.testing.lies import signing_key
from commentkit.testing.scripted_provider import json_reply

Row = dict[str, str]
SECRET = "a secret of 32 letters or more, known to two"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
HEADER = {"alg": "HS256", "kid": "one", "typ": "JWT"}


def vouches(lab: Lab, *, kid: str = "one", site_id: int | None = None) -> None:
    """Let a site's own server vouch for people."""
    with lab.world.kit.database.begin() as db:
        host_keys.keep(
            db,
            HostKey(kid, HS256, SECRET),
            site_id=site_id or lab.world.site.id,
            secret_key=lab.world.kit.settings.secret_key,
            now=lab.world.clock(),
        )


def statement(lab: Lab, **changes: Any) -> Claims:
    at = int(lab.world.clock().timestamp())
    said = {"iss": "blog", "aud": SERVER, "sub": "7", "name": "Anna", "jti": "a"}
    return said | {"iat": at, "exp": at + 300} | changes


def signed(said: Claims, **header: Any) -> str:
    """Sign as the site's server does, with a library that is not ours."""
    return jwt.encode(HEADER | header, dict(said), OctKey.import_key(SECRET))


def hand(lab: Lab, token: str, **more: Any) -> TestResponse:
    body = {"user": token, "transport": "bearer", "thread": {"url": PAGE_URL}}
    return lab.world.call("POST", "/host-user", json=body, **more)


def refused(lab: Lab, token: str, code: str, **more: Any) -> None:
    assert lab.world.error(hand(lab, token, **more))[1] == code
    assert lab.nothing_made()


@attack("oa-175")
def test_a_statement_said_again_or_elsewhere(row: Row, lab: Lab) -> None:
    vouches(lab)
    vouches(lab, site_id=lab.world.other_site.id)
    token = signed(statement(lab))
    refused(lab, token, "host_user_issuer", site="other", origin=OTHER)
    endless = {name: value for name, value in statement(lab).items() if name != "exp"}
    refused(lab, signed(endless), "host_user_lifetime")
    nameless = {name: value for name, value in statement(lab).items() if name != "jti"}
    refused(lab, signed(nameless), "host_user_claims")
    refused(lab, signed(statement(lab, aud="https://evil.example")), "host_user_audience")
    assert hand(lab, token).status_code == 200
    swapped = signed(dict(reversed(statement(lab).items())))  # the same, in another order
    for again in (token, swapped):
        assert lab.world.error(hand(lab, again, who="mallory"))[1] == "host_user_used"
    old = signed(statement(lab, jti="b"))
    lab.world.clock.move(minutes=7)
    assert lab.world.error(hand(lab, old, who="mallory"))[1] == "host_user_expired"
    assert lab.count(Account) == 1


@attack("oa-176")
def test_no_other_way_to_mix_a_secret_in(row: Row, lab: Lab) -> None:
    vouches(lab)
    said = json.dumps(statement(lab)).encode()
    over = joined(HEADER, said).rstrip(".").encode()
    secret = SECRET.encode()
    honest = hmac.digest(secret, over, "sha256")
    for made in (
        hashlib.sha256(secret + over).digest(),
        hashlib.sha256(over + secret).digest(),
        hashlib.sha256(secret + said).digest(),
        hmac.digest(secret, said, "sha256"),
        hmac.digest(secret, over, "sha1"),
        hmac.digest(secret, over + b"\x80" + bytes(55), "sha256"),
        honest[:16],
        honest + b"\0",
        b"",
    ):
        refused(lab, f"{over.decode()}.{base64url(made)}", "host_user_signature")
    longer = joined(HEADER, said + b"\x80" + b'{"sub":"8"}', honest)
    refused(lab, longer, "host_user_signature")
    assert hand(lab, f"{over.decode()}.{base64url(honest)}").status_code == 200


@attack("oa-177")
def test_a_key_serves_its_own_algorithm_alone(row: Row, lab: Lab) -> None:
    vouches(lab)
    said = statement(lab)
    for name in ("none", "None", "NONE", "", "hs256"):
        refused(lab, joined(HEADER | {"alg": name}, said), "host_user_algorithm")
    pair = RSAKey.generate_key(2_048, private=True)
    refused(lab, jwt.encode(HEADER | {"alg": "RS256"}, said, pair), "host_user_algorithm")
    for name in ("HS384", "HS512"):
        longer = jwt.encode(
            HEADER | {"alg": name}, said, OctKey.import_key(SECRET), algorithms=[name]
        )
        refused(lab, longer, "host_user_algorithm")
    for own in ({"jwk": {"kty": "oct"}}, {"jku": "https://evil.example/"}, {"crit": ["exp"]}):
        refused(lab, joined(HEADER | own, said), "host_user_malformed")


@attack("oa-178")
def test_no_statement_makes_anybody_staff(row: Row, lab: Lab) -> None:
    vouches(lab)
    rights = {"admin": True, "role": "owner", "roles": ["owner"], "moderator": True}
    answer = hand(lab, signed(statement(lab, **rights)))
    assert answer.status_code == 200
    with lab.world.kit.database.read() as db:
        assert list(db.scalars(select(Account.role))) == ["member"]
    bearer = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    assert "Anna" not in lab.world.get("/account", headers=bearer).text


@attack("oa-179")
def test_a_key_that_was_taken_back(row: Row, lab: Lab) -> None:
    vouches(lab, kid="one")
    vouches(lab, kid="two")
    for kid in ("one", "two"):
        assert hand(lab, signed(statement(lab, jti=kid), kid=kid)).status_code == 200
    with lab.world.kit.database.begin() as db:
        assert host_keys.remove(db, site_id=lab.world.site.id, kid="one")
    late = hand(lab, signed(statement(lab, jti="late"), kid="one"))
    assert lab.world.error(late)[1] == "host_user_key"
    assert hand(lab, signed(statement(lab, jti="still"), kid="two")).status_code == 200


def logout_token(lab: Lab, **changes: Any) -> Claims:
    at = int(lab.world.clock().timestamp())
    said = {"iss": lab.issuer("one"), "aud": CLIENT_ID, "sub": lab.subject, "jti": "a"}
    said |= {"iat": at, "exp": at + 120, "events": {EVENT: {}}} | changes
    return {name: value for name, value in said.items() if value is not None}


def log_out(lab: Lab, token: str, *, provider: str = "one") -> TestResponse:
    """Tell of a logout as an issuer does: no browser, no cookie."""
    url = f"{SERVER}/commentkit/backchannel-logout/{provider}"
    issuer = lab.world.app.test_client(use_cookies=False)
    return issuer.post(url, data={"logout_token": token})


@attack("oa-182")
def test_a_logout_that_nobody_told_of(row: Row, lab: Lab) -> None:
    token = lab.redeem(lab.sign_in()).get_json()["token"]
    said = logout_token(lab)
    other_key = RSAKey.generate_key(2_048, {"kid": "one"}, private=True)
    typed = {"typ": "logout+jwt"}
    for forged in (
        joined({"alg": "none"} | typed, said),
        joined({"alg": "RS256", "kid": "one"} | typed, said, b"no signature"),
        sign(said, key=other_key, **typed),
        jwt.encode({"alg": "HS256", "kid": "one"} | typed, said, OctKey.import_key(SECRET)),
        sign(logout_token(lab, aud="another-client"), **typed),
        sign(logout_token(lab, iss=lab.issuer("two")), **typed),
        sign(logout_token(lab, nonce="n"), **typed),
        sign(logout_token(lab, events=None), **typed),
        sign(logout_token(lab, events={"http://evil.example/event": {}}), **typed),
        sign(logout_token(lab, jti=None), **typed),
        sign(logout_token(lab, sub=None), **typed),
        sign(logout_token(lab, iat=said["iat"] - 3_600, exp=said["iat"] - 3_000), **typed),
        sign(said, typ="at+jwt"),
        "",
    ):
        answer = log_out(lab, forged)
        assert answer.status_code == 400
        assert answer.get_json()["error"] == "invalid_request"
        assert "no-store" in answer.headers["Cache-Control"]
    honest = sign(said, **typed)
    assert log_out(lab, honest, provider="two").status_code == 400
    assert _state(lab, token) == "signed-in"
    assert log_out(lab, honest).status_code == 200
    assert _state(lab, token) == "signed-out"
    later = lab.redeem(lab.sign_in()).get_json()["token"]
    assert log_out(lab, honest).status_code == 400
    assert _state(lab, later) == "signed-in"


def test_a_flood_of_unknown_keys_asks_the_issuer_once_a_minute(lab: Lab) -> None:
    """The door is open to anybody, and asks nobody who they are."""
    said, other = logout_token(lab), RSAKey.generate_key(2_048)
    for number in range(10):
        forged = sign(said, kid=f"unknown-{number}", key=other)
        assert log_out(lab, forged).status_code == 400
        assert log_out(lab, joined({"alg": "RS256", "kid": "one"}, said, b"no")).status_code == 400
    discovery = "/one/.well-known/openid-configuration"
    assert [len(lab.peer.at(path)) for path in ("/one/jwks", discovery)] == [2, 2]
    lab.world.clock.move(seconds=61)
    two = signing_key("two").as_dict(private=False)
    lab.peer.say("/one/jwks", json_reply({"keys": [two]}))
    renewed = sign(logout_token(lab), kid="two", key=signing_key("two"))
    assert log_out(lab, renewed).status_code == 200  # a flood does not keep a new key out for long


def _state(lab: Lab, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = lab.world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers).get_json()
    return str(answer["state"])
