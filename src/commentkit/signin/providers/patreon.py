"""Patreon by OAuth 2.0 and version 2 of its API.

https://docs.patreon.com/#oauth and https://docs.patreon.com/#apiv2-resource-endpoints,
read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from commentkit.signin.claims import flag, nested, part, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

_FIELDS = "full_name,vanity,url,image_url,email,is_email_verified"


@dataclass(frozen=True, kw_only=True)
class Patreon(OAuth2):
    """Sign in with Patreon."""

    name: str = "patreon"
    label: str = "Patreon"
    icon: str = "patreon"
    picture_alt: str = N_("Photo from Patreon")
    issuer: str = "https://www.patreon.com"
    base_url: str = "https://www.patreon.com"
    scopes: tuple[str, ...] = ("identity", "identity[email]")
    pkce: bool = False  # not documented
    capabilities: Capabilities = field(default=Capabilities())

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses; an identity has only the fields one asks for."""
        query = urlencode({"fields[user]": _FIELDS})
        return Endpoints(
            authorize=f"{self.base_url}/oauth2/authorize",
            token=f"{self.base_url}/api/oauth2/token",
            userinfo=f"{self.base_url}/api/oauth2/v2/identity?{query}",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/identity`."""
        person = nested(nested(claims, "data"), "attributes")
        return Profile(
            subject=subject(part(claims, "data", "id")),
            name=text(person.get("full_name")) or "",
            handle=text(person.get("vanity")),
            profile_url=text(person.get("url")),
            picture_url=text(person.get("image_url")),
            email=text(person.get("email")),
            email_verified=flag(person.get("is_email_verified")),
        )
