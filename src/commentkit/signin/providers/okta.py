"""An organisation at Okta, or one of its authorization servers, by OpenID Connect.

https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/, read 2026-11-23.
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
class Okta(OpenIDConnect):
    """Sign in with an Okta organisation of your own: give `issuer`."""

    settings: ClassVar[Mapping[str, Setting]] = {
        **OpenIDConnect.settings,
        "ISSUER": Setting(
            "issuer",
            "https://ORGANISATION.okta.com, or one of its servers below /oauth2/",
            required=True,
            usable=is_address,
        ),
    }
    name: str = "okta"
    label: str = "Okta"
    icon: str = "okta"
    picture_alt: str = N_("Photo from Okta")
    anew: bool = False  # not found in its documents
    ends_session: bool = False
    # Its documented claims have no picture; one that a server adds is shown.
    capabilities: Capabilities = field(
        default=Capabilities(picture=False, account_choice={"prompt": "login"})
    )
