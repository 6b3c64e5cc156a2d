"""LINE Login 2.1.

https://developers.line.biz/en/docs/line-login/integrate-line-login/,
https://developers.line.biz/en/docs/line-login/verify-id-token/ and
https://developers.line.biz/en/reference/line-login/, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commentkit.signin.claims import subject, text
from commentkit.signin.metadata import Server
from commentkit.signin.problems import named
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    RoundTrip,
)
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Line(OAuth2):
    """Log in with LINE.

    Web channels get ID tokens signed with the channel's own secret, a kind of signature that is
    taken from nobody here: LINE is asked instead what a token says, and holds it to our channel
    and nonce. E-mail addresses take an application of their own and are not asked for; which
    parameter lets a person choose another account is not documented.
    """

    name: str = "line"
    label: str = "LINE"
    icon: str = "line"
    picture_alt: str = N_("Photo from LINE")
    access_base: str = "https://access.line.me"
    api_base: str = "https://api.line.me"
    issuer: str = field(init=False, default="")
    scopes: tuple[str, ...] = ("profile", "openid")
    capabilities: Capabilities = field(
        default=Capabilities(gives_email=False, email_trust="never", language_param="ui_locales")
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.access_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.access_base}/oauth2/v2.1/authorize",
            token=f"{self.api_base}/oauth2/v2.1/token",
            userinfo=f"{self.api_base}/oauth2/v2.1/verify",
        )

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read the error's word, which LINE writes in capitals."""
        error = super().refusal(params)
        return error and error.lower()

    def proof(self, trip: RoundTrip) -> Mapping[str, str]:
        """Give what else binds the answer to this attempt."""
        return {"nonce": trip.nonce}

    def claims(self, trip: RoundTrip, server: Server, token: Claims) -> Claims:
        """Have LINE verify its ID token, for our channel and this attempt; raise ProviderError."""
        raw, url = token.get("id_token"), server.endpoints.userinfo
        if not isinstance(raw, str) or url is None:
            raise ProviderError("bad_answer", "no id_token")
        asked = {"id_token": raw, "client_id": self.client_id, "nonce": trip.nonce}
        with named("profile"):
            answer = trip.http.post_form(url, asked, headers={"Accept": "application/json"})
        told = self.judge(answer, "profile")
        if told.get("aud") != self.client_id:
            raise ProviderError("bad_answer", "profile: another audience")
        return told

    def profile(self, claims: Claims) -> Profile:
        """Map what the ID token says; the id is the same for all channels of one provider."""
        return Profile(
            subject=subject(claims.get("sub")),
            name=text(claims.get("name")) or "",
            picture_url=text(claims.get("picture")),
        )
