"""OpenStreetMap by OAuth 2.0.

https://wiki.openstreetmap.org/wiki/OAuth and
https://wiki.openstreetmap.org/wiki/API_v0.6#Methods_for_user_data, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from commentkit.signin.claims import nested, part, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class OpenStreetMap(OAuth2):
    """Sign in with OpenStreetMap. Display names may change; its tokens do not expire."""

    name: str = "openstreetmap"
    label: str = "OpenStreetMap"
    icon: str = "openstreetmap"
    picture_alt: str = N_("Photo from OpenStreetMap")
    issuer: str = "https://www.openstreetmap.org"
    web_base: str = "https://www.openstreetmap.org"
    api_base: str = "https://api.openstreetmap.org"
    scopes: tuple[str, ...] = ("read_prefs",)
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/oauth2/authorize",
            token=f"{self.web_base}/oauth2/token",
            userinfo=f"{self.api_base}/api/0.6/user/details.json",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `user/details`."""
        person = nested(claims, "user")
        handle = text(person.get("display_name"))
        return Profile(
            subject=subject(person.get("id")),
            name=handle or "",
            handle=handle,
            profile_url=f"{self.issuer}/user/{quote(handle, safe='')}" if handle else None,
            picture_url=text(part(person, "img", "href")),
        )
