"""The attack file, rows 175-179: the servers of sites that vouch for their users."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from attack_lab import Claims, Lab, attack, joined
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select
from werkzeug.test import TestResponse
from world import OTHER, PAGE_URL, SERVER

from commentkit.ids import base64url
from commentkit.model import Account
from commentkit.signin import host_keys
from commentkit.signin.host_keys import HS256, HostKey

Row = dict[str, str]
SECRET = "a secret of 32 letters or more, known to two"
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
