"""Wikimedia (Wikipedia and its sisters) by OAuth 2.0.

https://www.mediawiki.org/wiki/OAuth/For_Developers,
https://api.wikimedia.org/wiki/Authentication and
https://github.com/wikimedia/mediawiki-extensions-OAuth, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

_NOBODY = "0"
"""The id of an account that is not attached to the central one."""


@dataclass(frozen=True, kw_only=True)
class Wikimedia(OAuth2):
    """Sign in with a Wikimedia account.

    The consumer says what it may read: identity verification is enough. A volunteer approves it,
    which takes days; until then it serves its owner alone.
    """

    name: str = "wikimedia"
    label: str = "Wikimedia"
    icon: str = "wikimedia"
    picture_alt: str = N_("Photo")
    issuer: str = "https://meta.wikimedia.org"
    base_url: str = "https://meta.wikimedia.org"
    capabilities: Capabilities = field(default=Capabilities(picture=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        rest = f"{self.base_url}/w/rest.php/oauth2"
        return Endpoints(
            authorize=f"{rest}/authorize",
            token=f"{rest}/access_token",
            userinfo=f"{rest}/resource/profile",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `resource/profile`; of a suppressed account it holds no name."""
        person, handle = subject(claims.get("sub")), text(claims.get("username"))
        return Profile(
            subject="" if person == _NOBODY else person,
            name=text(claims.get("realname")) or handle or "",
            handle=handle,
            profile_url=self._page(handle),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("confirmed_email")),
        )

    def _page(self, handle: str | None) -> str | None:
        title = quote((handle or "").replace(" ", "_"), safe="")
        return f"{self.issuer}/wiki/User:{title}" if title else None
