"""Weibo by OAuth 2.0.

https://open.weibo.com/wiki/Oauth2/authorize,
https://open.weibo.com/wiki/Oauth2/access_token and https://open.weibo.com/wiki/2/users/show, as
pages about them quote them, read 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

from commentkit.signin.claims import subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, ProviderError
from commentkit.words import N_

_PAGE = re.compile("[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64})?")


@dataclass(frozen=True, kw_only=True)
class Weibo(OAuth2):
    """Sign in with Weibo."""

    off_until: ClassVar[str] = "Weibo lets the public in only after it has approved your app."

    name: str = "weibo"
    label: str = "Weibo"
    icon: str = "weibo"
    picture_alt: str = N_("Photo from Weibo")
    issuer: str = "https://api.weibo.com"
    api_base: str = "https://api.weibo.com"
    pkce: bool = False  # not documented
    token_typed: bool = False
    capabilities: Capabilities = field(
        default=Capabilities(gives_email=False, account_choice={"forcelogin": "true"})
    )

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.api_base}/oauth2/authorize",
            token=f"{self.api_base}/oauth2/access_token",
            userinfo=f"{self.api_base}/2/users/show.json",
        )

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask for the person whom the token's answer named."""
        asked = {"access_token": token["access_token"], "uid": subject(token.get("uid"))}
        told = self.get_json(http, f"{server.endpoints.userinfo}?{urlencode(asked)}")
        if subject(told.get("idstr")) != asked["uid"]:
            raise ProviderError("bad_answer", "profile: another person")
        return told

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `users/show`; the numeric id is too large for some readers of JSON."""
        handle, page = text(claims.get("screen_name")), text(claims.get("profile_url"))
        usable = page is not None and _PAGE.fullmatch(page)
        return Profile(
            subject=subject(claims.get("idstr")),
            name=text(claims.get("name")) or handle or "",
            handle=handle,
            profile_url=f"https://www.weibo.com/{page}" if usable else None,
            picture_url=text(claims.get("avatar_large")),
        )
