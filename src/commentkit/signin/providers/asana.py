"""Asana by OAuth 2.0.

https://developers.asana.com/docs/oauth and https://developers.asana.com/docs/openid-connect, read
2026-11-23. With the code alone no ID token is promised, so the userinfo endpoint is asked. Revoking
takes a refresh token, which nothing else here needs: the token ends by itself within the hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Asana(OAuth2):
    """Sign in with Asana."""

    name: str = "asana"
    label: str = "Asana"
    icon: str = "asana"
    picture_alt: str = N_("Photo from Asana")
    issuer: str = "https://app.asana.com"
    web_base: str = "https://app.asana.com"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/-/oauth_authorize",
            token=f"{self.web_base}/-/oauth_token",
            userinfo=f"{self.web_base}/api/1.0/openid_connect/userinfo",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of the userinfo endpoint."""
        return Profile(
            subject=subject(claims.get("sub")),
            name=text(claims.get("name")) or "",
            picture_url=text(claims.get("picture")),
            email=text(claims.get("email")),
        )
