"""QQ by QQ Connect.

https://wiki.connect.qq.com/ (Authorization_Code, OpenID_OAuth2.0, get_user_info, return codes of
websites), as pages about it quote it, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from commentkit.signin.claims import subject, text
from commentkit.signin.http import Answer, HttpClient
from commentkit.signin.metadata import Server
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
class QQ(OAuth2):
    """Sign in with QQ. The id is this app's alone."""

    off_until: ClassVar[str] = (
        "QQ lets people in only at websites that QQ Connect has approved, for which it asks for "
        "their filing."
    )

    name: str = "qq"
    label: str = "QQ"
    icon: str = "qq"
    picture_alt: str = N_("Photo from QQ")
    issuer: str = "https://graph.qq.com"
    base_url: str = "https://graph.qq.com"
    scopes: tuple[str, ...] = ("get_user_info",)
    scope_separator: str = ","
    pkce: bool = False  # not documented
    token_typed: bool = False
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/oauth2.0/authorize",
            token=f"{self.base_url}/oauth2.0/token",
            userinfo=f"{self.base_url}/user/get_user_info",
        )

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read an error, whose number stands where the code would: `msg` tells them apart."""
        return super().refusal(params) or ("unknown" if "msg" in params else None)

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        """Ask for the token by GET, and in JSON."""
        proof = {"client_id": self.client_id, "client_secret": self.secret(trip.now)}
        asked = urlencode({**fields, **proof, "fmt": "json"})
        return trip.http.get(f"{server.endpoints.token}?{asked}")

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask for the person's id here, then for the profile by it."""
        asked = {"access_token": token["access_token"], "fmt": "json"}
        who = self.get_json(http, f"{self.base_url}/oauth2.0/me?{urlencode(asked)}")
        person = {"openid": subject(who.get("openid"))}
        query = urlencode({**asked, **person, "oauth_consumer_key": self.client_id})
        told = self.get_json(http, f"{server.endpoints.userinfo}?{query}")
        if told.get("ret") != 0:
            raise ProviderError("bad_answer", "profile: no success")
        return {**told, **person}

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `get_user_info`, and the id."""
        large = text(claims.get("figureurl_qq_2"))
        return Profile(
            subject=subject(claims.get("openid")),
            name=text(claims.get("nickname")) or "",
            picture_url=large or text(claims.get("figureurl_qq_1")),
        )
