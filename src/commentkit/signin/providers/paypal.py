"""Log in with PayPal.

https://developer.paypal.com/log-in/build-button, https://developer.paypal.com/log-in/references,
https://developer.paypal.com/api/identity/v1 and
https://developer.paypal.com/api/rest/responses/, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commentkit.signin.claims import flag, text
from commentkit.signin.protocols.oauth2 import ClientAuth, OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class PayPal(OAuth2):
    """Sign in with PayPal. The app has to tick name and e-mail among what it may read."""

    name: str = "paypal"
    label: str = "PayPal"
    icon: str = "paypal"
    picture_alt: str = N_("Photo")
    issuer: str = "https://www.paypal.com"
    web_base: str = "https://www.paypal.com"
    api_base: str = "https://api-m.paypal.com"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    client_auth: ClientAuth = "client_secret_basic"
    pkce: bool = False  # not documented
    authorize_params: Mapping[str, str] = field(default_factory=lambda: {"flowEntry": "static"})
    capabilities: Capabilities = field(default=Capabilities(picture=False))

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/signin/authorize",
            token=f"{self.api_base}/v1/oauth2/token",
            userinfo=f"{self.api_base}/v1/identity/openidconnect/userinfo?schema=openid",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the userinfo; `verified_account` is about the account, not the e-mail address."""
        return Profile(
            subject=_last_segment(text(claims.get("user_id"))),
            name=text(claims.get("name")) or "",
            email=text(claims.get("email")),
            email_verified=flag(claims.get("email_verified")),
        )


def _last_segment(person: str | None) -> str:
    """Give the id at the end of the address that names a person."""
    return (person or "").rsplit("/", 1)[-1]
