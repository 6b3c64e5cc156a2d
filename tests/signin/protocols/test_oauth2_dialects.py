"""The dialects of OAuth 2.0 that providers document, each hook in one invented provider.

What they leave: RFC 6749, https://www.rfc-editor.org/rfc/rfc6749, read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from commentkit.signin.claims import flag, part, subject, text
from commentkit.signin.http import Answer, HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal
from commentkit.testing.scripted_provider import Reply, json_reply


@dataclass(frozen=True, kw_only=True)
class Dialect(OAuth2):
    name: str = "dialect"
    label: str = "Dialect"
    issuer: str = "https://dialect.example"
    picture_alt: str = "Photo"
    base: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Api-Version": "1"})
    token_form: bool = True
    token_typed: bool = False
    auth_scheme: str = "OAuth"
    capabilities: Capabilities = field(default=Capabilities(picture=False))

    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=f"{self.base}/authorize",
            token=f"{self.base}/token",
            userinfo=f"{self.base}/me",
            more={"emails": f"{self.base}/me/emails"},
        )

    def secret(self, now: datetime) -> str:
        return f"{self.client_secret}-{now:%Y}"

    def authorize_url(self, url: str) -> str:
        return url.replace("client_id=", "client_key=") + "#redirect"

    def token_params(self, trip: RoundTrip, params: Mapping[str, str]) -> Mapping[str, str]:
        return {"device_id": params.get("device_id", "")}

    def profile(self, claims: Claims) -> Profile:
        emails = claims.get("emails")
        first = emails[0] if isinstance(emails, list) and emails else None
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("name")) or "",
            email=text(part(first, "email")),
            email_verified=flag(part(first, "verified")),
        )


@pytest.mark.provider_contract
class TestDialect(ProviderContract):
    recorded = {
        "id": 42,
        "name": "Anna Bianchi",
        "emails": [{"email": "anna@example.org", "verified": True}],
    }
    expected = Profile(
        subject="42", name="Anna Bianchi", email="anna@example.org", email_verified=True
    )
    bare = {"id": 42}
    bare_expected = Profile(subject="42", name="Dialect")
    authorize = {
        "response_type": "code",
        "client_key": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    email_flags = [["emails", 0, "verified"]]
    script = Script(
        callback={"device_id": "the-device"},
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "client_id": "{client_id}",
            "client_secret": "canary-client-secret-2026",
            "redirect_uri": "{redirect_uri}",
            "code_verifier": "{verifier}",
            "device_id": "the-device",
        },
    )

    def provider(self, base: str) -> Dialect:
        return Dialect(base=base)

    def test_the_address_is_respelt(self, play: Rehearsal) -> None:
        assert play.begin().url.endswith("#redirect")

    def test_headers_are_sent_with_every_call(self, play: Rehearsal) -> None:
        play.sign_in()
        assert [call.headers["api-version"] for call in play.peer.calls] == ["1", "1", "1"]
        profile, emails = play.peer.calls[1:]
        assert profile.headers["authorization"] == f"OAuth {ACCESS_TOKEN}"
        assert emails.headers["authorization"] == f"OAuth {ACCESS_TOKEN}"

    def test_it_may_call_itself_by_another_name(self, play: Rehearsal) -> None:
        play.provider = replace(play.provider, issuer_aliases=("https://other.example",))  # type: ignore[call-arg]
        begun = play.begin()
        params = {**play.approval(begun), "iss": "https://other.example"}
        assert play.finish(begun, params) == self.expected

    def test_a_refused_further_call_is_an_absent_claim(self, play: Rehearsal) -> None:
        play.peer.say("/me/emails", json_reply({"message": "Not Found"}, 404))
        assert play.sign_in().email is None

    def test_a_token_in_json_serves_as_well(self, play: Rehearsal) -> None:
        play.peer.say("/token", json_reply({"access_token": ACCESS_TOKEN}))
        assert play.sign_in() == self.expected

    def test_another_kind_of_token_is_refused(self, play: Rehearsal) -> None:
        play.peer.say("/token", Reply(200, b"access_token=a&token_type=mac"))
        play.refused(play.begin(), "bad_answer")

    def test_an_error_in_a_form_is_read(self, play: Rehearsal) -> None:
        play.peer.say("/token", Reply(400, b"error=invalid_client"))
        play.refused(play.begin(), "misconfigured")


@dataclass(frozen=True, kw_only=True)
class Posting(Dialect):
    """Takes JSON at the token endpoint and a POST for the profile."""

    token_form: bool = False
    auth_scheme: str = "Bearer"

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        sent = {**fields, "client_key": self.client_id, "secret": self.secret(trip.now)}
        return trip.http.send(
            "POST",
            server.endpoints.token,
            body=json.dumps(sent).encode(),
            headers={"Content-Type": "application/json"},
        )

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        assert server.endpoints.userinfo
        return self.post_json(
            http, server.endpoints.userinfo, body=b"{}", bearer=token["access_token"]
        )


def test_json_at_the_token_endpoint_and_a_posted_profile_call() -> None:
    class Contract(TestDialect):
        script = Script(
            token_call={
                "grant_type": "authorization_code",
                "code": "{code}",
                "client_key": "{client_id}",
                "secret": "canary-client-secret-2026",
                "redirect_uri": "{redirect_uri}",
                "code_verifier": "{verifier}",
                "device_id": "",
            }
        )

        def provider(self, base: str) -> Dialect:
            return Posting(base=base)

    contract = Contract()
    with contract.rehearsal() as play:
        assert play.sign_in().subject == "42"
        play.check_token_call()
        (call,) = play.peer.at("/me")
        assert (call.method, call.body) == ("POST", b"{}")
        assert call.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
