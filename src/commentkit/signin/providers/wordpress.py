"""WordPress.com by OpenID Connect.

https://public-api.wordpress.com/.well-known/openid-configuration and
https://developer.wordpress.com/docs/oauth2/, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Endpoints
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class WordPress(OpenIDConnect):
    """Sign in with WordPress.com. It advertises no way to choose another account."""

    name: str = "wordpress"
    label: str = "WordPress.com"
    icon: str = "wordpress"
    picture_alt: str = N_("WordPress.com logo")
    base_url: str = "https://public-api.wordpress.com"
    issuer: str = field(init=False, default="")
    capabilities: Capabilities = field(default=Capabilities())

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.base_url)

    def endpoints(self) -> Endpoints:
        """Declare the addresses of its discovery document."""
        return Endpoints(
            authorize=f"{self.base_url}/oauth2-1/authorize",
            token=f"{self.base_url}/oauth2-1/token",
            userinfo=f"{self.base_url}/oauth2-1/userinfo",
            jwks=f"{self.base_url}/.well-known/jwks.json",
            revoke=f"{self.base_url}/oauth2-1/revoke",
        )
