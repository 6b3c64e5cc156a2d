"""A tenant of Auth0, by OpenID Connect.

https://auth0.com/docs/api/authentication, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.claims import without_address
from commentkit.signin.provider import Capabilities, Claims, Profile, Setting
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Auth0(OpenIDConnect):
    """Sign in at an Auth0 tenant of your own: give `issuer`, which ends with a slash.

    A person who comes through two of its connections is two persons. It ends refresh tokens only.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer",
            "the https address of a tenant, with its last slash: https://TENANT.auth0.com/",
            required=True,
            usable=is_address,
        ),
    }
    name: str = "auth0"
    label: str = "Auth0"
    icon: str = "auth0"
    picture_alt: str = N_("Photo from Auth0")
    ends_session: bool = False  # not found in its documents, without a token
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities(account_choice={"prompt": "login"}))

    def profile(self, claims: Claims) -> Profile:
        """Map the standard claims; the handle is called `nickname` here."""
        return replace(super().profile(claims), handle=without_address(claims.get("nickname")))
