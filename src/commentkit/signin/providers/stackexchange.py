"""Stack Exchange by OAuth 2.0.

https://api.stackexchange.com/docs/authentication, https://api.stackexchange.com/docs/me,
https://api.stackexchange.com/docs/types/user and https://api.stackexchange.com/docs/error-handling,
read 2026-11-23.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from commentkit.signin.claims import objects, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, Setting
from commentkit.words import N_

_ERRORS = {
    401: "invalid_token",
    402: "invalid_token",
    403: "invalid_token",
    405: "invalid_client",
    406: "invalid_token",
    500: "server_error",
    502: "rate_limit_exceeded",
    503: "temporarily_unavailable",
}


@dataclass(frozen=True, kw_only=True)
class StackExchange(OAuth2):
    """Sign in with Stack Exchange: people of its whole network who have a profile on one site."""

    settings: ClassVar[Mapping[str, Setting]] = {
        "KEY": Setting("key", "the API key of the app at stackapps.com", required=True),
        "SITE": Setting("site", "a site's API name, such as stackoverflow or it"),
    }

    name: str = "stackexchange"
    label: str = "Stack Exchange"
    icon: str = "stackexchange"
    picture_alt: str = N_("Photo from Stack Exchange")
    issuer: str = "https://stackexchange.com"
    web_base: str = "https://stackoverflow.com"
    api_base: str = "https://api.stackexchange.com"
    key: str = ""
    site: str = "stackoverflow"
    pkce: bool = False  # not on its documentation's page of authentication
    token_typed: bool = False
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    @property
    def configured(self) -> bool:
        """Tell whether it has what it needs: its API's key too."""
        return super().configured and bool(self.key)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/oauth",
            token=f"{self.web_base}/oauth/access_token/json",
            userinfo=f"{self.api_base}/2.3/me",
        )

    def error_code(self, body: Claims) -> str | None:
        """Read the API's own error number."""
        number = body.get("error_id")
        if isinstance(number, int):
            return _ERRORS.get(number, "unknown")
        return super().error_code(body)

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask with the token in the query: no header is documented."""
        asked = {"site": self.site, "key": self.key, "access_token": token["access_token"]}
        return self.get_json(http, f"{server.endpoints.userinfo}?{urlencode(asked)}")

    def profile(self, claims: Claims) -> Profile:
        """Map the first of the answer's items; texts come with HTML's entities."""
        person = next(iter(objects(claims.get("items"))), {})
        return Profile(
            subject=subject(person.get("account_id")),
            name=html.unescape(text(person.get("display_name")) or ""),
            profile_url=text(person.get("link")),
            picture_url=text(person.get("profile_image")),
        )
