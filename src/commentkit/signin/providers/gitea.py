"""Gitea by OpenID Connect: gitea.com, or an instance of one's own.

https://docs.gitea.com/development/oauth2-provider and
https://github.com/go-gitea/gitea/blob/main/routers/web/auth/oauth2_provider.go, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import LOGOUT_URL, Capabilities, Setting
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Gitea(OpenIDConnect):
    """Sign in with Gitea; for an instance of your own, give `issuer` as its discovery spells it.

    Without a scope of its interface a token would be good for everything, so the narrowest is asked
    for too. Its `email_verified` says that an account is active. It knows no `prompt`.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "ISSUER": Setting("issuer", "the https address of an instance", usable=is_address),
        "LOGOUT_URL": LOGOUT_URL,
    }
    name: str = "gitea"
    label: str = "Gitea"
    icon: str = "gitea"
    picture_alt: str = N_("Photo from Gitea")
    issuer: str = "https://gitea.com"
    scopes: tuple[str, ...] = ("openid", "profile", "email", "read:user")
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))
