"""One provider adapter against its scripted peer: the stage on which the contract plays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from commentkit.ids import base64url, new_secret, s256
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.profiles import settle
from commentkit.signin.protocols.oauth1 import OAuth1
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import (
    Begun,
    Endpoints,
    ProblemKind,
    Profile,
    Provider,
    ProviderError,
    RoundTrip,
)
from commentkit.testing.lies import LIES, SIGNATURE_LIES, sign, signing_key
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    form_reply,
    json_reply,
)

CLIENT_ID = "client-of-ours"
CLIENT_SECRET = "canary-client-secret"  # noqa: S105 - a canary
CODE, ACCESS_TOKEN = "canary-code", "canary-access-token"
REFRESH_TOKEN = "canary-refresh-token"  # noqa: S105 - a canary
REQUEST_TOKEN, REQUEST_SECRET = "request-token", "canary-request-secret"
TOKEN_SECRET, VERIFIER = "canary-token-secret", "canary-verifier"
CANARIES = (CLIENT_SECRET, CODE, ACCESS_TOKEN, REQUEST_SECRET, TOKEN_SECRET, VERIFIER)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REDIRECT_BASE = "https://comments.example/commentkit/callback/"

_SIGNED = "signed"


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a provider's documents say beyond the standard."""

    token_call: Mapping[str, str] | None = None
    """The exact fields of the token request, where they are not the standard's."""
    token_answer: Mapping[str, Any] = field(default_factory=dict)
    """What the token answer holds besides the token."""
    callback: Mapping[str, str] = field(default_factory=dict)
    """What an approval holds besides `state` and `code`."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """What is answered at further paths, all of which a sign-in asks."""
    signed_issuer: str = "{issuer}"
    """What its ID tokens call their issuer, where one adapter's people have many."""


@dataclass
class Rehearsal:
    """An adapter, its peer, and one attempt."""

    provider: Provider
    peer: ScriptedProvider
    recorded: Mapping[str, Any]
    patient: bool = True
    lie: str | None = None
    script: Script = field(default_factory=lambda: Script())
    trip: RoundTrip = field(init=False)

    def __post_init__(self) -> None:
        seconds = 5.0 if self.patient else 0.08
        self.trip = RoundTrip(
            http=HttpClient(loopback=True, timeout_seconds=seconds, total_seconds=seconds),
            metadata=MetadataCache(),
            redirect_uri=REDIRECT_BASE + self.provider.name,
            state=new_secret(),
            nonce=new_secret(),
            code_verifier=new_secret(),
            now=NOW,
        )
        if not self.peer.answers:
            self._open()

    def again(self, *, patient: bool = True) -> Rehearsal:
        """Begin another attempt with nothing remembered."""
        return replace(self, patient=patient, lie=None)

    # Where the peer is

    @property
    def is_oauth1(self) -> bool:
        """Tell whether the provider speaks OAuth 1.0a."""
        return isinstance(self.provider, OAuth1)

    @property
    def is_oidc(self) -> bool:
        """Tell whether the provider signs who the person is."""
        return isinstance(self.provider, OpenIDConnect)

    @property
    def endpoints(self) -> Endpoints:
        """Give the provider's endpoints, declared or as its discovery will say."""
        assert isinstance(self.provider, OAuth1 | OAuth2)
        base = self.provider.issuer.removesuffix("/")
        return self.provider.endpoints() or Endpoints(
            authorize=f"{base}/authorize",
            token=f"{base}/token",
            userinfo=f"{base}/userinfo",
            jwks=f"{base}/jwks",
            revoke=f"{base}/revoke",
        )

    @property
    def token_path(self) -> str:
        """Give the path where a code becomes a token."""
        return _path(self.endpoints.token)

    @property
    def profile_path(self) -> str:
        """Give the path of the profile call."""
        return _path(self.endpoints.userinfo)

    @property
    def asked_paths(self) -> list[str]:
        """List the endpoints a sign-in asks, in order."""
        ends = self.endpoints
        urls = [ends.request_token, ends.token, ends.jwks, ends.userinfo]
        discovery = [self._discovery_path] if self._discovers else []
        return [*discovery, *(_path(url) for url in urls if url), *self.script.answers]

    @property
    def optional_paths(self) -> list[str]:
        """List the further profile calls, which may answer with any JSON."""
        return [_path(url) for url in self.endpoints.more.values()]

    @property
    def _discovers(self) -> bool:
        return self.is_oidc and self.provider.endpoints() is None  # type: ignore[attr-defined]

    @property
    def _discovery_path(self) -> str:
        base = self.provider.issuer.removesuffix("/")
        return _path(f"{base}/.well-known/openid-configuration")

    def _open(self) -> None:
        ends = self.endpoints
        self.peer.answers[self.token_path] = self._token
        for path, value in self.script.answers.items():
            self.peer.say(path, json_reply(value))
        self._tell(self.recorded)
        if ends.revoke:
            self.peer.say(_path(ends.revoke), json_reply({}))
        if ends.request_token:
            self.peer.say(_path(ends.request_token), form_reply(_REQUEST_TOKEN))
        if ends.jwks:
            keys = [signing_key("one").as_dict(private=False)]
            self.peer.say(_path(ends.jwks), json_reply({"keys": keys}))
        if self._discovers:
            self.peer.say(self._discovery_path, json_reply(self._metadata()))

    def _tell(self, recorded: Mapping[str, Any]) -> None:
        """Answer the profile call, and each further one with its part of the claims.

        A provider without such a call signs all that it says.
        """
        if self.is_oidc and self.endpoints.userinfo is None:
            self.peer.notes[_SIGNED] = json.dumps(recorded)
            return
        more = self.endpoints.more
        first = {name: value for name, value in recorded.items() if name not in more}
        self.peer.say(self.profile_path, json_reply(first))
        for name, url in more.items():
            known = name in recorded
            self.peer.say(_path(url), json_reply(recorded.get(name), 200 if known else 404))

    def _metadata(self) -> dict[str, Any]:
        ends = self.endpoints
        return {
            "issuer": self.provider.issuer,
            "authorization_endpoint": ends.authorize,
            "token_endpoint": ends.token,
            "userinfo_endpoint": ends.userinfo,
            "jwks_uri": ends.jwks,
            "revocation_endpoint": ends.revoke,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _token(self, call: Call) -> Reply:
        if self.is_oauth1:
            return form_reply({"oauth_token": ACCESS_TOKEN, "oauth_token_secret": TOKEN_SECRET})
        assert isinstance(self.provider, OAuth2)
        answer: dict[str, Any] = {"access_token": ACCESS_TOKEN, **self.script.token_answer}
        if self.provider.token_typed:
            answer["token_type"] = "bearer"  # noqa: S105 - its kind
        if self.is_oidc:
            answer["id_token"] = self._id_token(call)
        return form_reply(answer) if self.provider.token_form else json_reply(answer)

    def _id_token(self, call: Call) -> str:
        issued = int(NOW.timestamp())
        claims = {
            "sub": self.recorded["sub"],
            **json.loads(self.peer.notes.get(_SIGNED, "{}")),
            "iss": self.script.signed_issuer.format(issuer=self.provider.issuer),
            "aud": CLIENT_ID,
            "iat": issued,
            "exp": issued + 3_600,
            # The verifier or the code names the attempt, as a real provider's own records do.
            "nonce": self.peer.notes.get(call.form.get(self._attempt[0], ""), ""),
            "at_hash": base64url(hashlib.sha256(ACCESS_TOKEN.encode()).digest()[:16]),
        }
        if self.lie is not None and self.lie in LIES:
            LIES[self.lie](claims)
        return sign(claims, self.lie, secret=CLIENT_SECRET)

    @property
    def redirect_uri(self) -> str:
        """Give the address that the answer comes to."""
        return self.trip.redirect_uri

    # Playing

    @property
    def code(self) -> str:
        """Give the code of this attempt."""
        return f"{CODE}-{self.trip.state}" if self.is_oidc else CODE

    @property
    def _attempt(self) -> tuple[str, str]:
        """Give the field of the token call that names the attempt, and its value."""
        assert isinstance(self.provider, OAuth1 | OAuth2)
        if isinstance(self.provider, OAuth2) and not self.provider.pkce:
            return "code", self.code
        return "code_verifier", self.trip.code_verifier

    def begin(self, *, switch: bool = False) -> Begun:
        """Go there."""
        self.peer.notes[self._attempt[1]] = self.trip.nonce
        return self.provider.begin(self.trip, switch=switch, language="it")

    def approval(self, begun: Begun) -> dict[str, str]:
        """Give the parameters of a callback after consent."""
        if self.is_oauth1:
            return {"oauth_token": begun.state, "oauth_verifier": VERIFIER}
        return {"state": begun.state, "code": self.code, **self.script.callback}

    def finish(self, begun: Begun, params: Mapping[str, str] | None = None) -> Profile:
        """Come back."""
        trip = replace(self.trip, state=begun.state)
        given = self.approval(begun) if params is None else params
        return self.provider.finish(trip, params=given, secret=begun.secret)

    def sign_in(self, recorded: Mapping[str, Any] | None = None) -> Profile:
        """Go there and come back."""
        if recorded is not None:
            self._tell(recorded)
        return self.finish(self.begin())

    def mapped(self, claims: Mapping[str, Any]) -> Profile:
        """Map and settle, without any network."""
        return settle(self.provider, self.provider.profile(claims), loopback=False)

    def refused(
        self,
        begun: Begun,
        kind: ProblemKind,
        *,
        params: Mapping[str, str] | None = None,
        why: object = "",
    ) -> None:
        """Come back, and see it end in that problem."""
        with pytest.raises(ProviderError) as caught:
            self.finish(begun, params)
        assert caught.value.kind == kind, (why, str(caught.value))

    def refuses_answer_of(self, other: Rehearsal, begun: Begun) -> None:
        """Come back with what belongs to another tab; plain OAuth 2.0 leaves that to `state`."""
        if self.is_oauth1:
            self.refused(
                begun, "bad_answer", params={"oauth_token": "other", "oauth_verifier": "v"}
            )
        elif self.is_oidc:
            self.peer.notes[self._attempt[1]] = other.trip.nonce
            self.refused(begun, "bad_answer")
            self.peer.notes[self._attempt[1]] = self.trip.nonce

    def refused_anywhere(self, kind: ProblemKind) -> None:
        """See a sign-in end in that problem on one of its legs."""
        with pytest.raises(ProviderError) as caught:
            self.sign_in()
        assert caught.value.kind == kind, str(caught.value)

    def check_token_call(self) -> None:
        """See that the token call repeats what the authorization request promised."""
        (call,) = self.peer.at(self.token_path)
        if self.is_oauth1:
            assert f'oauth_verifier="{VERIFIER}"' in call.headers["authorization"]
            assert 'oauth_signature_method="HMAC-SHA1"' in call.headers["authorization"]
            return
        if self.script.token_call is not None:
            assert {**call.query, **call.fields} == self._filled_token_call()
            return
        assert call.form["redirect_uri"] == self.redirect_uri
        assert call.form["code"] == self.code
        assert call.form["grant_type"] == "authorization_code"
        assert isinstance(self.provider, OAuth2)
        if self.provider.pkce:
            assert call.form["code_verifier"] == self.trip.code_verifier
        else:
            assert "code_verifier" not in call.form
        in_header = call.headers.get("authorization", "").startswith("Basic ")
        assert in_header == (self.provider.client_auth == "client_secret_basic")
        assert ("client_secret" in call.form) != in_header

    def _filled_token_call(self) -> dict[str, str]:
        values = {
            "{code}": self.code,
            "{client_id}": CLIENT_ID,
            "{client_secret}": CLIENT_SECRET,
            "{state}": self.trip.state,
            "{verifier}": self.trip.code_verifier,
            "{redirect_uri}": self.redirect_uri,
        }
        expected = self.script.token_call or {}
        return {name: values.get(value, value) for name, value in expected.items()}

    def check_withdrawal(self) -> None:
        """See a consent withdrawn by the token that was kept, where terms demand that."""
        if not self.provider.keeps_token:
            return
        given = {**self.script.token_answer, "refresh_token": REFRESH_TOKEN}
        self.script = replace(self.script, token_answer=given)
        assert self.sign_in().kept_token == REFRESH_TOKEN
        path = _path(self.endpoints.withdraw)
        self.peer.say(path, Reply(200, b""))
        self.provider.withdraw(self.trip, REFRESH_TOKEN)
        (call,) = self.peer.at(path)
        assert REFRESH_TOKEN in call.form.values()
        for status in (400, 503):
            self.peer.say(path, json_reply({"error": REFRESH_TOKEN}, status))
            with pytest.raises(ProviderError) as caught:
                self.provider.withdraw(self.trip, REFRESH_TOKEN)
            assert REFRESH_TOKEN not in str(caught.value)

    def lies(self) -> Iterator[str]:
        """List the lies this provider could tell."""
        if not self.is_oidc:
            return iter([])
        # Who signs all that is said is asked nothing that could name somebody else.
        silent = {"another subject"} if self.endpoints.userinfo is None else set()
        return iter([lie for lie in (*LIES, *SIGNATURE_LIES) if lie not in silent])

    def canaries(self) -> list[str]:
        """List what no message may hold."""
        return [*CANARIES, self.trip.nonce, self.trip.code_verifier]

    def filled(self, params: Mapping[str, str], begun: Begun) -> dict[str, str]:
        """Fill the placeholders of recorded parameters."""
        values = {
            "{state}": begun.state,
            "{nonce}": self.trip.nonce,
            "{challenge}": s256(self.trip.code_verifier),
            "{redirect_uri}": self.redirect_uri,
        }
        return {name: values.get(value, value) for name, value in params.items()}


_REQUEST_TOKEN = {
    "oauth_token": REQUEST_TOKEN,
    "oauth_token_secret": REQUEST_SECRET,
    "oauth_callback_confirmed": "true",
}


def _path(url: str | None) -> str:
    return urlsplit(url or "").path
