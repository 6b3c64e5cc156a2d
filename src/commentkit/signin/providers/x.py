"""X by OAuth 2.0.

https://docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token and
https://docs.x.com/x-api/users/user-lookup-me, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from commentkit.signin.claims import nested, subject, text
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


def full_size(picture: str | None) -> str | None:
    """Give the address of the photo that `_normal` (48 pixels) is a thumbnail of."""
    return picture and picture.replace("_normal.", ".")


def page_of(handle: str | None) -> str | None:
    """Give the address of a person's public page."""
    return f"https://x.com/{quote(handle, safe='')}" if handle else None


@dataclass(frozen=True, kw_only=True)
class X(OAuth2):
    """Sign in with X. No parameter that lets people choose another account is documented."""

    name: str = "x"
    label: str = "X"
    icon: str = "x"
    picture_alt: str = N_("Photo from X")
    authorize_base: str = "https://x.com"
    api_base: str = "https://api.x.com"
    issuer: str = field(init=False, default="")
    # Both of the first two are needed for /2/users/me; no offline.access, so no refresh token.
    scopes: tuple[str, ...] = ("users.read", "tweet.read", "users.email")
    client_auth: ClientAuth = "client_secret_basic"
    # `confirmed_email` holds proven addresses only.
    capabilities: Capabilities = field(default=Capabilities(email_trust="always"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.authorize_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        fields = "profile_image_url,confirmed_email"
        return Endpoints(
            authorize=f"{self.authorize_base}/i/oauth2/authorize",
            token=f"{self.api_base}/2/oauth2/token",
            userinfo=f"{self.api_base}/2/users/me?user.fields={fields}",
            revoke=f"{self.api_base}/2/oauth2/revoke",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/2/users/me`."""
        data = nested(claims, "data")
        handle = text(data.get("username"))
        return Profile(
            subject=subject(data.get("id")),
            name=text(data.get("name")) or "",
            handle=handle,
            profile_url=page_of(handle),
            picture_url=full_size(text(data.get("profile_image_url"))),
            email=text(data.get("confirmed_email")),
        )
