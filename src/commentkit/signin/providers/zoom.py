"""Zoom by OAuth 2.0.

https://developers.zoom.us/docs/integrations/oauth/,
https://developers.zoom.us/docs/api/users/#tag/users/GET/users/{userId} and
https://zoom.us/.well-known/oauth-authorization-server, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Zoom(OAuth2):
    """Sign in with Zoom. The app itself says what it may read; `verified` is a number there."""

    off_until: ClassVar[str] = (
        "Zoom lets only people of your own Zoom account in until it has reviewed and published "
        "your app."
    )

    name: str = "zoom"
    label: str = "Zoom"
    icon: str = "zoom"
    picture_alt: str = N_("Photo from Zoom")
    issuer: str = "https://zoom.us"
    web_base: str = "https://zoom.us"
    api_base: str = "https://api.zoom.us"
    client_auth: ClientAuth = "client_secret_basic"
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/oauth/authorize",
            token=f"{self.web_base}/oauth/token",
            userinfo=f"{self.api_base}/v2/users/me",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/users/me`."""
        names = [text(claims.get("first_name")), text(claims.get("last_name"))]
        whole = " ".join(name for name in names if name)
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("display_name")) or whole,
            picture_url=text(claims.get("pic_url")),
            email=text(claims.get("email")),
        )
