"""An instance of ZITADEL, by OpenID Connect.

https://zitadel.com/docs/apis/openidoauth/endpoints, read 2026-11-23.
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
class Zitadel(OpenIDConnect):
    """Sign in at a ZITADEL instance of your own: give `issuer`."""

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer", "the https address of an instance", required=True, usable=is_address
        ),
    }
    name: str = "zitadel"
    label: str = "ZITADEL"
    icon: str = "zitadel"
    picture_alt: str = N_("Photo from ZITADEL")
    anew: bool = False  # not found in its documents
    ends_session: bool = False
    capabilities: Capabilities = field(
        default=Capabilities(email_trust="never", account_choice={"prompt": "select_account"})
    )
