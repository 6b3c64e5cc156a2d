"""Dropbox by OAuth 2.0.

https://www.dropbox.com/developers/documentation/http/documentation#authorization,
https://www.dropbox.com/developers/documentation/http/documentation#users-get_current_account and
https://github.com/dropbox/dropbox-api-spec, read 2026-11-23; what `force_reauthentication` and
`locale` do is quoted from the first in several clients.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import flag, part, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Dropbox(OAuth2):
    """Sign in with Dropbox."""

    name: str = "dropbox"
    label: str = "Dropbox"
    icon: str = "dropbox"
    picture_alt: str = N_("Photo from Dropbox")
    issuer: str = "https://www.dropbox.com"
    web_base: str = "https://www.dropbox.com"
    api_base: str = "https://api.dropboxapi.com"
    scopes: tuple[str, ...] = ("account_info.read",)
    capabilities: Capabilities = field(
        default=Capabilities(
            account_choice={"force_reauthentication": "true"}, language_param="locale"
        )
    )

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/oauth2/authorize",
            token=f"{self.api_base}/oauth2/token",
            userinfo=f"{self.api_base}/2/users/get_current_account",
        )

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask by a POST without a body, as every call of this API is."""
        url = server.endpoints.userinfo or ""
        return self.post_json(http, url, bearer=token["access_token"])

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `get_current_account`."""
        return Profile(
            subject=subject(claims.get("account_id")),
            name=text(part(claims, "name", "display_name")) or "",
            picture_url=text(claims.get("profile_photo_url")),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("email_verified")),
        )
