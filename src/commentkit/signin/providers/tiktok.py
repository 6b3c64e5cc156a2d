"""TikTok by its Login Kit for the web.

https://developers.tiktok.com/doc/login-kit-web,
https://developers.tiktok.com/doc/oauth-user-access-token-management,
https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info and
https://developers.tiktok.com/doc/oauth-error-handling, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.claims import part, subject, text
from commentkit.signin.http import Answer
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.words import N_

_FINE = "ok"
_ERRORS = {
    "access_token_invalid": "invalid_token",
    "internal_error": "server_error",
    "rate_limit_exceeded": "rate_limit_exceeded",
}


@dataclass(frozen=True, kw_only=True)
class TikTok(OAuth2):
    """Sign in with TikTok. The id is this app's alone; the user name would need another scope."""

    off_until: ClassVar[str] = "TikTok lets the public in only after it has reviewed your app."

    name: str = "tiktok"
    label: str = "TikTok"
    icon: str = "tiktok"
    picture_alt: str = N_("Photo from TikTok")
    issuer: str = "https://www.tiktok.com"
    web_base: str = "https://www.tiktok.com"
    api_base: str = "https://open.tiktokapis.com"
    scopes: tuple[str, ...] = ("user.info.basic",)
    scope_separator: str = ","
    pkce: bool = False  # documented for apps of desktops and phones only
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        fields = "open_id,display_name,avatar_url"
        return Endpoints(
            authorize=f"{self.web_base}/v2/auth/authorize/",
            token=f"{self.api_base}/v2/oauth/token/",
            userinfo=f"{self.api_base}/v2/user/info/?fields={fields}",
        )

    def authorize_url(self, url: str) -> str:
        """Call the client's id as TikTok does."""
        return url.replace("client_id=", "client_key=", 1)

    def ask_token(self, trip: RoundTrip, server: Server, fields: Mapping[str, str]) -> Answer:
        """Send the token request, the client's id by its name here."""
        proof = {"client_key": self.client_id, "client_secret": self.secret(trip.now)}
        return trip.http.post_form(server.endpoints.token, {**fields, **proof})

    def error_code(self, body: Claims) -> str | None:
        """Read the error object that comes with every profile, or the error of the exchange."""
        code = text(part(body, "error", "code"))
        if code is None:
            return super().error_code(body)
        return None if code == _FINE else _ERRORS.get(code, "unknown")

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/user/info/`."""
        person = part(claims, "data", "user")
        return Profile(
            subject=subject(part(person, "open_id")),
            name=text(part(person, "display_name")) or "",
            picture_url=text(part(person, "avatar_url")),
        )
