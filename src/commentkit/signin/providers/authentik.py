"""An application of an authentik server, by OpenID Connect.

https://docs.goauthentik.io/add-secure-apps/providers/oauth2/, read 2026-11-23.
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
class Authentik(OpenIDConnect):
    """Sign in at an authentik server of your own: give `issuer`, with its last slash.

    Leave its subject mode at an id: by name or e-mail address, people could become each other.
    Since 2025.10 it calls no address proven unless told to.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer",
            "an issuer of authentik: https://HOST/application/o/SLUG/",
            required=True,
            usable=is_address,
        ),
    }
    name: str = "authentik"
    label: str = "authentik"
    icon: str = "authentik"
    picture_alt: str = N_("Photo from authentik")
    anew: bool = False  # not found in its documents
    ends_session: bool = False
    capabilities: Capabilities = field(
        default=Capabilities(
            email_trust="never",
            picture=False,  # only where a scope mapping adds one
            account_choice={"prompt": "login"},
        )
    )
