"""Twitch by OpenID Connect.

https://dev.twitch.tv/docs/authentication/getting-tokens-oidc, read 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Claims, Profile
from commentkit.words import N_

_CLAIMS = {
    "userinfo": dict.fromkeys(("email", "email_verified", "picture", "preferred_username")),
}
# By what its token endpoint says; of all others the status tells.
_ERRORS = {
    "invalid client": "invalid_client",
    "invalid client secret": "invalid_client",
    "Invalid authorization code": "invalid_grant",
}


@dataclass(frozen=True, kw_only=True)
class Twitch(OpenIDConnect):
    """Sign in with Twitch.

    What it calls `preferred_username` is the display name; the login, of which a page's address is
    made, is not among the claims. An app that keeps a token has to validate it hourly; none is
    kept. No account chooser and no PKCE are documented; the nonce binds the answer.
    """

    name: str = "twitch"
    label: str = "Twitch"
    icon: str = "twitch"
    picture_alt: str = N_("Photo from Twitch")
    issuer: str = "https://id.twitch.tv/oauth2"
    scopes: tuple[str, ...] = ("openid", "user:read:email")
    authorize_params: Mapping[str, str] = field(
        default_factory=lambda: {"claims": json.dumps(_CLAIMS, separators=(",", ":"))}
    )
    pkce: bool = False
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities())

    def error_code(self, body: Claims) -> str | None:
        """Read an error, which has a sentence and no word."""
        said = body.get("message")
        return _ERRORS.get(said) if isinstance(said, str) else super().error_code(body)

    def profile(self, claims: Claims) -> Profile:
        """Map the claims that were asked for by name."""
        return Profile(
            subject=subject(claims.get("sub")),
            name=text(claims.get("preferred_username")) or "",
            picture_url=text(claims.get("picture")),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("email_verified")),
        )
