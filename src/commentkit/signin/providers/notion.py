"""Notion by OAuth 2.0.

https://developers.notion.com/guides/get-started/authorization,
https://developers.notion.com/reference/create-a-token and
https://developers.notion.com/reference/get-self, read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.claims import part, subject, text
from commentkit.signin.http import Answer, basic_auth
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Notion(OAuth2):
    """Sign in with Notion. It asks people to share pages of a workspace, of which none is read."""

    off_until: ClassVar[str] = (
        "Notion lets the public in only after it has reviewed your connection, and asks each "
        "person to share pages with it."
    )

    name: str = "notion"
    label: str = "Notion"
    icon: str = "notion"
    picture_alt: str = N_("Photo from Notion")
    issuer: str = "https://api.notion.com"
    base_url: str = "https://api.notion.com"
    client_auth: ClientAuth = "client_secret_basic"
    pkce: bool = False  # not documented
    authorize_params: Mapping[str, str] = field(default_factory=lambda: {"owner": "user"})
    headers: Mapping[str, str] = field(default_factory=lambda: {"Notion-Version": "2022-06-28"})
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/v1/oauth/authorize",
            token=f"{self.base_url}/v1/oauth/token",
            userinfo=f"{self.base_url}/v1/users/me",
        )

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        """Send the token request as JSON."""
        return trip.http.send(
            "POST",
            server.endpoints.token,
            body=json.dumps(dict(fields)).encode(),
            headers={
                "Accept": "application/json",
                "Authorization": basic_auth(self.client_id, self.secret(trip.now)),
                "Content-Type": "application/json",
                **self.headers,
            },
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the owner of the bot that a token belongs to."""
        person = part(claims, "bot", "owner", "user")
        return Profile(
            subject=subject(part(person, "id")),
            name=text(part(person, "name")) or "",
            picture_url=text(part(person, "avatar_url")),
            email=text(part(person, "person", "email")),
        )
