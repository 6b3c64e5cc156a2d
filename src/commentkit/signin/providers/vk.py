"""VK ID by OAuth 2.1.

https://id.vk.com/about/business/go/docs/en/vkid/latest/vk-id/connection/api-integration/api-description
and https://github.com/VKCOM/vkid-web-sdk (which sends `s256` in lower case), read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from commentkit.signin.claims import nested, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.words import N_

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, kw_only=True)
class VK(OAuth2):
    """Sign in with VK. The exchange takes no secret: PKCE and the device's id prove it."""

    name: str = "vk"
    label: str = "VK"
    icon: str = "vk"
    picture_alt: str = N_("Photo from VK")
    issuer: str = "https://id.vk.ru"
    base_url: str = "https://id.vk.ru"
    scopes: tuple[str, ...] = ("vkid.personal_info", "email")
    client_auth: ClientAuth = "none"
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    @property
    def configured(self) -> bool:
        """Tell whether it has the credentials it needs."""
        return bool(self.client_id)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/authorize",
            token=f"{self.base_url}/oauth2/auth",
            userinfo=f"{self.base_url}/oauth2/user_info",
        )

    def authorize_url(self, url: str) -> str:
        """Spell the challenge's method as documented."""
        return url.replace("code_challenge_method=S256", "code_challenge_method=s256")

    def token_params(self, trip: RoundTrip, params: Mapping[str, str]) -> Mapping[str, str]:
        """Give back the device's id that the callback brought."""
        return {"device_id": params.get("device_id", ""), "state": trip.state}

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask by a form, in which the token stands."""
        form = {"client_id": self.client_id, "access_token": token["access_token"]}
        url = server.endpoints.userinfo or ""
        return self.post_json(http, url, body=urlencode(form).encode(), headers=_FORM)

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `user_info`; its `verified` is about the account."""
        person = nested(claims, "user")
        names = [text(person.get("first_name")), text(person.get("last_name"))]
        return Profile(
            subject=subject(person.get("user_id")),
            name=" ".join(name for name in names if name),
            picture_url=text(person.get("avatar")),
            email=text(person.get("email")),
        )
