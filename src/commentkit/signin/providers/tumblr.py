"""Tumblr by OAuth 2.0.

https://www.tumblr.com/docs/en/api/v2#oauth2-authorization and
https://github.com/tumblr/docs/blob/master/api.md, read 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from commentkit.signin.claims import nested, objects, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

_BLOG = re.compile("t:[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class Tumblr(OAuth2):
    """Sign in with Tumblr.

    A person has no id here, a blog has one that stays: people are known by their primary blog,
    and somebody else once they make another blog the primary one.
    """

    name: str = "tumblr"
    label: str = "Tumblr"
    icon: str = "tumblr"
    picture_alt: str = N_("Photo from Tumblr")
    issuer: str = "https://www.tumblr.com"
    web_base: str = "https://www.tumblr.com"
    api_base: str = "https://api.tumblr.com"
    pictures_base: str = "https://api.tumblr.com"
    scopes: tuple[str, ...] = ("basic",)
    pkce: bool = False  # not documented
    capabilities: Capabilities = field(default=Capabilities(gives_email=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/oauth2/authorize",
            token=f"{self.api_base}/v2/oauth2/token",
            userinfo=f"{self.api_base}/v2/user/info",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/user/info`."""
        person = nested(nested(claims, "response"), "user")
        blogs = objects(person.get("blogs"))
        blog = next((one for one in blogs if one.get("primary") is True), {})
        handle = text(blog.get("name"))
        return Profile(
            subject=subject(blog.get("uuid")),
            name=text(blog.get("title")) or handle or "",
            handle=handle,
            profile_url=text(blog.get("url")),
            picture_url=self._picture(text(blog.get("uuid"))),
        )

    def _picture(self, blog: str | None) -> str | None:
        """Build the address that leads to a blog's avatar."""
        if not blog or not _BLOG.fullmatch(blog):
            return None
        return f"{self.pictures_base}/v2/blog/{blog}/avatar/128"
