"""Telegram by OpenID Connect.

https://core.telegram.org/bots/telegram-login, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth2 import ClientAuth
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Telegram(OpenIDConnect):
    """Log in with Telegram, by a bot whose id and secret BotFather tells.

    Leave the bot's signing algorithm at RS256, or choose ES256. There is no e-mail address and no
    documented way to choose another account.
    """

    name: str = "telegram"
    label: str = "Telegram"
    icon: str = "telegram"
    picture_alt: str = N_("Photo from Telegram")
    base_url: str = "https://oauth.telegram.org"
    issuer: str = field(init=False, default="")
    scopes: tuple[str, ...] = ("openid", "profile")
    client_auth: ClientAuth = "client_secret_basic"
    algorithms: frozenset[str] = frozenset({"RS256", "ES256"})
    capabilities: Capabilities = field(default=Capabilities(gives_email=False, email_trust="never"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.base_url)

    def endpoints(self) -> Endpoints:
        """Declare the addresses of its discovery document; there is no profile call."""
        return Endpoints(
            authorize=f"{self.base_url}/auth",
            token=f"{self.base_url}/token",
            jwks=f"{self.base_url}/.well-known/jwks.json",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the ID token."""
        handle = text(claims.get("preferred_username"))
        return Profile(
            subject=subject(claims.get("sub")),
            name=text(claims.get("name")) or "",
            handle=handle,
            profile_url=f"https://t.me/{quote(handle, safe='')}" if handle else None,
            picture_url=text(claims.get("picture")),
        )
