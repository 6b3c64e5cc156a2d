"""Roblox by OpenID Connect.

https://create.roblox.com/docs/cloud/auth/oauth2-reference,
https://create.roblox.com/docs/cloud/auth/oauth2-develop and
https://create.roblox.com/docs/cloud/auth/oauth2-registration, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Roblox(OpenIDConnect):
    """Sign in with Roblox; it asks whoever makes an app for an ID, and lets people over 13 in."""

    off_until: ClassVar[str] = "Roblox lets ten people in until it has reviewed your app."
    name: str = "roblox"
    label: str = "Roblox"
    icon: str = "roblox"
    picture_alt: str = N_("Photo from Roblox")
    issuer: str = "https://apis.roblox.com/oauth/"
    scopes: tuple[str, ...] = ("openid", "profile")
    algorithms: frozenset[str] = frozenset({"ES256"})
    revokes: bool = False  # it ends the whole authorization
    capabilities: Capabilities = field(
        default=Capabilities(
            gives_email=False,
            email_trust="never",
            account_choice={"prompt": "select_account"},
        )
    )
