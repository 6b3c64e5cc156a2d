"""Login with Amazon.

https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html and
https://developer.amazon.com/docs/login-with-amazon/obtain-customer-profile.html, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Amazon(OAuth2):
    """Sign in with Amazon. It gives no picture, and says nothing of an address's proof."""

    name: str = "amazon"
    label: str = "Amazon"
    icon: str = "amazon"
    picture_alt: str = N_("Photo")
    issuer: str = "https://www.amazon.com"
    web_base: str = "https://www.amazon.com"
    api_base: str = "https://api.amazon.com"
    scopes: tuple[str, ...] = ("profile",)
    capabilities: Capabilities = field(default=Capabilities(email_trust="never", picture=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/ap/oa",
            token=f"{self.api_base}/auth/o2/token",
            userinfo=f"{self.api_base}/user/profile",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the customer profile."""
        return Profile(
            subject=subject(claims.get("user_id")),
            name=text(claims.get("name")) or "",
            email=text(claims.get("email")),
        )
