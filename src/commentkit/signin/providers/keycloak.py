"""A realm of a Keycloak server, by OpenID Connect.

https://www.keycloak.org/securing-apps/oidc-layers, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.provider import Capabilities, Setting
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Keycloak(OpenIDConnect):
    """Sign in at a Keycloak realm of your own: give `issuer`.

    Whether its e-mail addresses are proven is the realm's policy, which only you know. It signs in
    one account a browser, so another one is chosen by signing in again.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer",
            "the https address of a realm: https://HOST/realms/NAME",
            required=True,
            usable=is_address,
        ),
    }
    name: str = "keycloak"
    label: str = "Keycloak"
    icon: str = "keycloak"
    picture_alt: str = N_("Photo from Keycloak")
    capabilities: Capabilities = field(
        default=Capabilities(
            email_trust="never",
            picture=False,  # only where the realm maps one
            account_choice={"prompt": "login"},
        )
    )
