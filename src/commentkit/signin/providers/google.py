"""Google by OpenID Connect, the successor of Google+ sign-in.

https://developers.google.com/identity/openid-connect/openid-connect and
https://developers.google.com/identity/openid-connect/reference, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Google(OpenIDConnect):
    """Sign in with Google. There is no profile page any more."""

    name: str = "google"
    label: str = "Google"
    icon: str = "google"
    picture_alt: str = N_("Photo from Google")
    issuer: str = "https://accounts.google.com"
    issuer_aliases: tuple[str, ...] = ("accounts.google.com",)
    revokes: bool = False  # it would withdraw the person's consent
    capabilities: Capabilities = field(
        default=Capabilities(account_choice={"prompt": "select_account"}, language_param="hl")
    )
