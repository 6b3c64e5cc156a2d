"""Discord by OAuth 2.0.

https://docs.discord.com/developers/topics/oauth2,
https://docs.discord.com/developers/resources/user,
https://docs.discord.com/developers/reference#image-formatting and
https://discord.com/.well-known/oauth-authorization-server, read 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

_HASH = re.compile("[A-Za-z0-9_]{1,100}")
_ID = re.compile("[0-9]{1,30}")


@dataclass(frozen=True, kw_only=True)
class Discord(OAuth2):
    """Sign in with Discord.

    `prompt=consent` asks for the approval anew, not for another account. Ending one token ends
    all that the approval gave, so none is ended.
    """

    name: str = "discord"
    label: str = "Discord"
    icon: str = "discord"
    picture_alt: str = N_("Photo from Discord")
    issuer: str = "https://discord.com"
    base_url: str = "https://discord.com"
    pictures_base: str = "https://cdn.discordapp.com"
    scopes: tuple[str, ...] = ("identify", "email")
    capabilities: Capabilities = field(default=Capabilities())

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.base_url}/api/oauth2/authorize",
            token=f"{self.base_url}/api/oauth2/token",
            userinfo=f"{self.base_url}/api/v10/users/@me",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/users/@me`."""
        handle = text(claims.get("username"))
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("global_name")) or handle or "",
            handle=handle,
            picture_url=self._picture(text(claims.get("id")), text(claims.get("avatar"))),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("verified")),
        )

    def _picture(self, person: str | None, picture: str | None) -> str | None:
        """Build the address of a picture from its hash; a default one has none."""
        if not person or not picture or not _ID.fullmatch(person) or not _HASH.fullmatch(picture):
            return None
        return f"{self.pictures_base}/avatars/{person}/{picture}.png"
