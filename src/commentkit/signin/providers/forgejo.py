"""Forgejo by OpenID Connect: Codeberg, or any other instance.

https://forgejo.org/docs/latest/user/oauth2-provider/, read 2026-11-23.
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
class Forgejo(OpenIDConnect):
    """Sign in with Forgejo: give `issuer` as the instance's discovery document spells it.

    It has no scopes that narrow a token, which is dropped once the profile is read. Register the
    client in an account's own settings: one for the whole instance would get an administrator's
    rights. Its `email_verified` says that an account is active. It knows no `prompt`.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "ISSUER": Setting(
            "issuer",
            "the https address of an instance, such as https://codeberg.org, spelled as "
            "its /.well-known/openid-configuration spells it",
            required=True,
            usable=is_address,
        ),
        "LOGOUT_URL": LOGOUT_URL,
    }
    name: str = "forgejo"
    label: str = "Forgejo"
    icon: str = "forgejo"
    picture_alt: str = N_("Photo from Forgejo")
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))
