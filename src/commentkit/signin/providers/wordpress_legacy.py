"""WordPress.com by its older Connect flow: OAuth 2.0 and `GET /rest/v1/me`.

https://developer.wordpress.com/docs/wpcc/ and
https://developer.wordpress.com/docs/api/1.1/get/me/, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class WordPressLegacy(OAuth2):
    """Sign in with WordPress.com, for clients registered before OpenID Connect.

    Its numeric `ID` is not known to equal the OpenID Connect `sub`, so its people are kept under
    an issuer of their own. PKCE is not documented here.
    """

    name: str = "wordpress"
    label: str = "WordPress.com"
    icon: str = "wordpress"
    picture_alt: str = N_("WordPress.com logo")
    base_url: str = "https://public-api.wordpress.com"
    issuer: str = field(init=False, default="")
    scopes: tuple[str, ...] = ("auth",)
    pkce: bool = False
    capabilities: Capabilities = field(default=Capabilities())

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", f"{self.base_url}/rest/v1/me")

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/oauth2/authorize",
            token=f"{self.base_url}/oauth2/token",
            userinfo=f"{self.base_url}/rest/v1/me",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/rest/v1/me`."""
        verified = claims.get("email_verified", claims.get("verified"))
        return Profile(
            subject=subject(claims.get("ID")),
            name=text(claims.get("display_name")) or "",
            handle=text(claims.get("username")),
            profile_url=text(claims.get("profile_URL")) or text(claims.get("primary_blog_url")),
            picture_url=text(claims.get("avatar_URL")),
            email=text(claims.get("email")),
            email_verified=flag(verified),
        )
