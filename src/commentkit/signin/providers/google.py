"""Google by OpenID Connect, the successor of Google+ sign-in.

https://developers.google.com/identity/openid-connect/openid-connect and
https://developers.google.com/identity/openid-connect/reference, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, RoundTrip
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
    capabilities: Capabilities = field(
        default=Capabilities(account_choice={"prompt": "select_account"}, language_param="hl")
    )

    def server(self, trip: RoundTrip) -> Server:
        """Discover it, less its revocation, which withdraws the person's consent."""
        found = super().server(trip)
        return replace(found, endpoints=replace(found.endpoints, revoke=None))
