"""Strava by OAuth 2.0.

https://developers.strava.com/docs/authentication/ and
https://developers.strava.com/docs/getting-started/, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.claims import objects, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Strava(OAuth2):
    """Sign in with Strava. It gives no e-mail address."""

    off_until: ClassVar[str] = (
        "Strava asks for a subscription to make an app, and lets only its owner in until you have "
        "raised the app's limit of athletes."
    )

    name: str = "strava"
    label: str = "Strava"
    icon: str = "strava"
    picture_alt: str = N_("Photo from Strava")
    issuer: str = "https://www.strava.com"
    base_url: str = "https://www.strava.com"
    scopes: tuple[str, ...] = ("read",)
    scope_separator: str = ","
    pkce: bool = False  # not documented
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/oauth/authorize",
            token=f"{self.base_url}/oauth/token",
            userinfo=f"{self.base_url}/api/v3/athlete",
        )

    def error_code(self, body: Claims) -> str | None:
        """Read the fault object; one about the application is a wrong id or secret."""
        faults = objects(body.get("errors"))
        if any(fault.get("resource") == "Application" for fault in faults):
            return "invalid_client"
        return super().error_code(body)

    def profile(self, claims: Claims) -> Profile:
        """Map the athlete; a drawn picture has a relative address, which is dropped."""
        person = subject(claims.get("id"))
        names = [text(claims.get("firstname")), text(claims.get("lastname"))]
        return Profile(
            subject=person,
            name=" ".join(name for name in names if name),
            handle=text(claims.get("username")),
            profile_url=f"{self.issuer}/athletes/{person}" if person.isdecimal() else None,
            picture_url=text(claims.get("profile")),
        )
