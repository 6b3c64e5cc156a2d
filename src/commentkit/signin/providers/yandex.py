"""Yandex ID by OAuth 2.0.

https://yandex.com/dev/id/doc/en/codes/code-url and
https://yandex.com/dev/id/doc/en/user-information, read 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

_PICTURE = re.compile("[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,2}")


@dataclass(frozen=True, kw_only=True)
class Yandex(OAuth2):
    """Sign in with Yandex. `force_confirm` asks for the approval anew, not for another account."""

    name: str = "yandex"
    label: str = "Yandex"
    icon: str = "yandex"
    picture_alt: str = N_("Photo from Yandex")
    issuer: str = "https://oauth.yandex.com"
    oauth_base: str = "https://oauth.yandex.com"
    login_base: str = "https://login.yandex.ru"
    pictures_base: str = "https://avatars.yandex.net"
    scopes: tuple[str, ...] = ("login:info", "login:avatar", "login:email")
    auth_scheme: str = "OAuth"
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.oauth_base}/authorize",
            token=f"{self.oauth_base}/token",
            userinfo=f"{self.login_base}/info?format=json",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/info`; nothing in it says that an e-mail address is proven."""
        handle = text(claims.get("login"))
        name = text(claims.get("display_name")) or text(claims.get("real_name")) or handle
        drawn = claims.get("is_avatar_empty") is True
        return Profile(
            subject=subject(claims.get("id")),
            name=name or "",
            handle=handle,
            picture_url=None if drawn else self._picture(text(claims.get("default_avatar_id"))),
            email=text(claims.get("default_email")),
        )

    def _picture(self, picture: str | None) -> str | None:
        if not picture or not _PICTURE.fullmatch(picture):
            return None
        return f"{self.pictures_base}/get-yapic/{picture}/islands-200"
