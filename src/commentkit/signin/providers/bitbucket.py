"""Bitbucket Cloud by OAuth 2.0.

https://developer.atlassian.com/cloud/bitbucket/oauth-2/ and
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import flag, objects, part, subject, text
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Bitbucket(OAuth2):
    """Sign in with Bitbucket. The consumer itself says what it may read: account and e-mail."""

    name: str = "bitbucket"
    label: str = "Bitbucket"
    icon: str = "bitbucket"
    picture_alt: str = N_("Photo from Bitbucket")
    issuer: str = "https://bitbucket.org"
    web_base: str = "https://bitbucket.org"
    api_base: str = "https://api.bitbucket.org"
    client_auth: ClientAuth = "client_secret_basic"
    pkce: bool = False  # documented for Data Center only
    capabilities: Capabilities = field(default=Capabilities())

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/site/oauth2/authorize",
            token=f"{self.web_base}/site/oauth2/access_token",
            userinfo=f"{self.api_base}/2.0/user",
            more={"emails": f"{self.api_base}/2.0/user/emails"},
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answers of `/user` and `/user/emails`; a nickname is not unique."""
        emails = objects(part(claims, "emails", "values"))
        primary = next((one for one in emails if one.get("is_primary") is True), {})
        return Profile(
            subject=subject(claims.get("uuid")),
            name=text(claims.get("display_name")) or "",
            handle=text(claims.get("nickname")),
            profile_url=text(part(claims, "links", "html", "href")),
            picture_url=text(part(claims, "links", "avatar", "href")),
            email=text(part(primary, "email")),
            email_verified=flag(part(primary, "is_confirmed")),
        )
