"""A comment server, two issuers that do what an attack needs, and browsers to try it with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from sqlalchemy import func, select
from werkzeug.test import TestResponse
from world import BLOG, SERVER, World, make_world

from commentkit.ids import base64url, new_secret, s256
from commentkit.model import Account, Attempt, Base, Identity, Ticket, Token
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.lies import signing_key
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

ROWS: dict[str, dict[str, str]] = {
    row["id"]: row
    for row in map(
        json.loads,
        (Path(__file__).parent / "data" / "oauth-attacks.jsonl").read_text().splitlines(),
    )
}
CLIENT_ID, CLIENT_SECRET = "client-of-ours", "canary-client-secret"
ACCESS_TOKEN = "canary-access-token"
VERIFIER = "v" * 43
Claims = dict[str, Any]


def attack(*ids: str) -> Callable[[Any], Any]:
    """Make one test of each row of the attack file; the row's id is in the test's."""
    rows = [pytest.param(ROWS[i], id=f"{i}-{ROWS[i]['name'][:60]}") for i in ids]

    def mark(test: Any) -> Any:
        return pytest.mark.oauth_attack(pytest.mark.parametrize("row", rows)(test))

    return mark


@dataclass
class Asked:
    """One authorization request, as the issuer saw it."""

    issuer: str
    params: dict[str, str]
    sub: str
    spent: bool = False


@dataclass
class Lab:
    """The world under attack. `bend` changes claims before they are signed, `forge` replaces the
    token, `tell` is what userinfo says beside the subject."""

    world: World
    peer: ScriptedProvider
    asked: dict[str, Asked] = field(default_factory=dict)
    bend: Callable[[Claims], Any] = lambda claims: None
    forge: Callable[[Claims], str] | None = None
    header: Claims = field(default_factory=dict)
    told: Claims = field(default_factory=lambda: {"name": "Anna Bianchi"})
    token_answer: Callable[[Claims], Claims] = lambda answer: answer
    subject: Any = "subject-of-anna"

    def issuer(self, name: str) -> str:
        return f"{self.peer.url}/{name}"

    def open(self) -> None:
        for name in ("one", "two"):
            self._open(name)

    def _open(self, name: str) -> None:
        base = self.issuer(name)
        self.peer.say(f"/{name}/.well-known/openid-configuration", json_reply(self.metadata(name)))
        self.peer.say(
            f"/{name}/jwks", json_reply({"keys": [signing_key("one").as_dict(private=False)]})
        )
        self.peer.answers[f"/{name}/token"] = lambda call: self._token(base, call)
        self.peer.answers[f"/{name}/userinfo"] = lambda call: json_reply(
            {"sub": self.subject, **self.told}
        )
        self.peer.say(f"/{name}/revoke", json_reply({}))

    def metadata(self, name: str, **more: Any) -> Claims:
        base = self.issuer(name)
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/jwks",
            "revocation_endpoint": f"{base}/revoke",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            **more,
        }

    def say_metadata(self, name: str, **more: Any) -> None:
        path = f"/{name}/.well-known/openid-configuration"
        self.peer.say(path, json_reply(self.metadata(name, **more)))

    def _token(self, base: str, call: Call) -> Reply:
        found = self.asked.get(call.form.get("code", ""))
        honest = (
            found is not None
            and not found.spent
            and found.issuer == base
            and call.form.get("client_secret") == CLIENT_SECRET
            and call.form.get("redirect_uri") == found.params["redirect_uri"]
            and s256(call.form.get("code_verifier", "")) == found.params["code_challenge"]
        )
        if not honest or found is None:
            return json_reply({"error": "invalid_grant"}, 400)
        found.spent = True
        answer = {"access_token": ACCESS_TOKEN, "token_type": "Bearer"}
        answer["id_token"] = self._id_token(found)
        return json_reply(self.token_answer(answer))

    def _id_token(self, asked: Asked) -> str:
        claims = self.claims(asked)
        self.bend(claims)
        if self.forge is not None:
            return self.forge(claims)
        return sign(claims, **self.header)

    def claims(self, asked: Asked) -> Claims:
        issued = int(self.world.clock().timestamp())
        anew = {"auth_time": issued} if "max_age" in asked.params else {}
        return anew | {
            "iss": asked.issuer,
            "sub": asked.sub,
            "aud": CLIENT_ID,
            "iat": issued,
            "exp": issued + 3_600,
            "nonce": asked.params["nonce"],
        }

    # Browsers

    def browser(self, who: str = "anna") -> FlaskClient:
        return self.world.client(who)

    def start(self, provider: str = "one", *, who: str = "anna", **query: str) -> TestResponse:
        asked = {
            "aid": "a" * 22,
            "challenge": s256(VERIFIER),
            "origin": BLOG,
            "mode": "popup",
            **query,
        }
        url = f"{SERVER}/commentkit/blog/sign-in/{provider}"
        return self.browser(who).get(url, query_string=asked)

    def consent(self, there: TestResponse, *, sub: Any = None) -> dict[str, str]:
        """Approve at the issuer, and give the parameters of the callback."""
        assert there.status_code in (302, 303), there.text
        params = dict(parse_qsl(urlsplit(there.location).query))
        issuer = there.location.split("/authorize")[0]
        code = f"canary-code-{new_secret()}"
        self.asked[code] = Asked(issuer, params, self.subject if sub is None else sub)
        return {"code": code, "state": params["state"]}

    def callback(
        self, params: Any, *, provider: str = "one", who: str = "anna", **request: Any
    ) -> TestResponse:
        url = f"{SERVER}/commentkit/callback/{provider}"
        return self.browser(who).get(url, query_string=params, **request)

    def sign_in(self, provider: str = "one", *, who: str = "anna") -> TestResponse:
        params = self.consent(self.start(provider, who=who))
        return self.callback(params, provider=provider, who=who)

    def redeem(self, page: TestResponse, *, who: str = "anna", **changes: Any) -> TestResponse:
        body = {
            "aid": "a" * 22,
            "ticket": attribute(page, "ticket"),
            "verifier": VERIFIER,
            "transport": "bearer",
            **changes,
        }
        return self.world.call("POST", "/sign-in/redeem", who=who, json=body)

    # What came of it

    def count(self, table: type[Base]) -> int:
        with self.world.kit.database.read() as db:
            return db.scalar(select(func.count()).select_from(table)) or 0

    def identities(self) -> list[Identity]:
        with self.world.kit.database.read() as db:
            return list(db.scalars(select(Identity).order_by(Identity.id)))

    def attempts(self) -> list[Attempt]:
        with self.world.kit.database.read() as db:
            return list(db.scalars(select(Attempt).order_by(Attempt.id)))

    def token_calls(self, provider: str = "one") -> int:
        return len(self.peer.at(f"/{provider}/token"))

    def nothing_made(self) -> bool:
        return not any(self.count(table) for table in (Account, Identity, Token, Ticket))

    def refused(self, page: TestResponse, code: str) -> None:
        """See the refusal that was meant, and nobody signed in by it."""
        assert page.status_code >= 400
        assert f'data-code="{code}"' in page.text, page.text
        assert self.nothing_made()


def attribute(page: TestResponse, name: str) -> str:
    assert page.status_code == 200, page.text
    value = page.text.split(f'data-{name}="', 1)[1].split('"', 1)[0]
    assert value
    return value


def sign(claims: Claims, *, kid: str = "one", key: Any = None, **header: Any) -> str:
    used = key or signing_key("one")
    return jwt.encode({"alg": "RS256", "kid": kid, **header}, dict(claims), used)


def joined(header: Claims | bytes, payload: Claims | bytes, signature: bytes = b"") -> str:
    """Join the parts of a token as they are."""
    head, body = (
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    )
    return f"{base64url(head)}.{base64url(body)}.{base64url(signature)}"


@contextmanager
def lab(folder: Path, **config: Any) -> Iterator[Lab]:
    with scripted_provider() as peer:
        providers = [
            OpenIDConnect(
                name=name,
                label=f"Provider {name}",
                issuer=f"{peer.url}/{name}",
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
            )
            for name in ("one", "two")
        ]
        settings = {
            "COMMENTKIT_LOOPBACK_SERVICES": True,
            "COMMENTKIT_LIMITS": {
                "sign_in_start": "10000/minute",
                "redeem": "10000/minute",
                "post": "10000/minute",
            },
        }
        world = make_world(folder, PROVIDERS=providers, **(settings | config))
        built = Lab(world, peer)
        built.open()
        yield built
