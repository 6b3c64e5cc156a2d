"""A user pool of Amazon Cognito, by OpenID Connect.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html and
https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.provider import Capabilities, Claims, Profile, Setting
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Cognito(OpenIDConnect):
    """Sign in with a user pool of your own: give `issuer`.

    It ends refresh tokens only. Its usernames are what people sign in with, and not shown.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer",
            "https://cognito-idp.REGION.amazonaws.com/POOL",
            required=True,
            usable=is_address,
        ),
    }
    name: str = "cognito"
    label: str = "Amazon Cognito"
    icon: str = "cognito"
    picture_alt: str = N_("Photo from Amazon Cognito")
    anew: bool = False  # not found in its documents
    ends_session: bool = False
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities())

    def authorize_url(self, url: str) -> str:
        """Spell the spaces between scopes in the way that it reads."""
        return url.replace("+", "%20")

    def profile(self, claims: Claims) -> Profile:
        """Map the standard claims."""
        return replace(super().profile(claims), handle=None)
