"""Naver by OAuth 2.0.

https://developers.naver.com/docs/login/api/api.md and
https://developers.naver.com/docs/login/profile/profile.md, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commentkit.signin.claims import nested, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.words import N_

_SUCCESS = "00"
_RESULTS = {"024": "invalid_token", "028": "invalid_token", "500": "server_error"}


@dataclass(frozen=True, kw_only=True)
class Naver(OAuth2):
    """Sign in with Naver. What may be read is ticked at its console; the id is this app's alone.

    Before the public uses it, Naver wants to see the app (its "pre-inspection").
    """

    name: str = "naver"
    label: str = "Naver"
    icon: str = "naver"
    picture_alt: str = N_("Photo from Naver")
    issuer: str = "https://nid.naver.com"
    login_base: str = "https://nid.naver.com"
    api_base: str = "https://openapi.naver.com"
    pkce: bool = False  # not documented
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.login_base}/oauth2.0/authorize",
            token=f"{self.login_base}/oauth2.0/token",
            userinfo=f"{self.api_base}/v1/nid/me",
        )

    def token_params(self, trip: RoundTrip, params: Mapping[str, str]) -> Mapping[str, str]:
        """Repeat the state, as the exchange requires."""
        return {"state": trip.state}

    def error_code(self, body: Claims) -> str | None:
        """Read the result code of the profile call, or the error of the exchange."""
        result = text(body.get("resultcode"))
        if result and result != _SUCCESS:
            return _RESULTS.get(result, "unknown")
        return super().error_code(body)

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/nid/me`, where each field depends on the person's consent."""
        person = nested(claims, "response")
        return Profile(
            subject=subject(person.get("id")),
            name=text(person.get("nickname")) or text(person.get("name")) or "",
            picture_url=text(person.get("profile_image")),
            email=text(person.get("email")),
        )
