"""Kakao Login.

https://developers.kakao.com/docs/latest/en/kakaologin/rest-api, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import flag, nested, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Kakao(OAuth2):
    """Log in with Kakao. What is asked of people is ticked in its console, not here.

    Its member ids are this app's alone. PKCE is not documented for its REST API.
    """

    name: str = "kakao"
    label: str = "Kakao"
    icon: str = "kakao"
    picture_alt: str = N_("Photo from Kakao")
    auth_base: str = "https://kauth.kakao.com"
    api_base: str = "https://kapi.kakao.com"
    issuer: str = field(init=False, default="")
    pkce: bool = False
    capabilities: Capabilities = field(default=Capabilities(account_choice={"prompt": "login"}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.auth_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses; pictures are asked for by https."""
        return Endpoints(
            authorize=f"{self.auth_base}/oauth/authorize",
            token=f"{self.auth_base}/oauth/token",
            userinfo=f"{self.api_base}/v2/user/me?secure_resource=true",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/v2/user/me`; every part needs a consent of its own."""
        account = nested(claims, "kakao_account")
        shown = nested(account, "profile")
        drawn = flag(shown.get("is_default_image"))
        return Profile(
            subject=subject(claims.get("id")),
            name=text(shown.get("nickname")) or "",
            picture_url=None if drawn else text(shown.get("profile_image_url")),
            email=text(account.get("email")),
            email_verified=flag(account.get("is_email_valid"))
            and flag(account.get("is_email_verified")),
        )
