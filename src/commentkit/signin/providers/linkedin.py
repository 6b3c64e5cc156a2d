"""LinkedIn by the profile call of its OpenID Connect.

https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
and https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow,
read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commentkit.signin.claims import flag, full_name, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class LinkedIn(OAuth2):
    """Sign in with LinkedIn. Its member ids are this app's alone.

    Its ID token carries no nonce, so it would prove nothing here that the profile call, made with
    the token just received, does not. PKCE is documented for native apps only. The public page of
    a member is not told.
    """

    name: str = "linkedin"
    label: str = "LinkedIn"
    icon: str = "linkedin"
    picture_alt: str = N_("Photo from LinkedIn")
    www_base: str = "https://www.linkedin.com"
    api_base: str = "https://api.linkedin.com"
    issuer: str = field(init=False, default="")
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    pkce: bool = False
    capabilities: Capabilities = field(default=Capabilities())

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", f"{self.www_base}/oauth")

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.www_base}/oauth/v2/authorization",
            token=f"{self.www_base}/oauth/v2/accessToken",
            userinfo=f"{self.api_base}/v2/userinfo",
        )

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read the error's word; one tells that the app lacks a product, which grants scopes."""
        error = super().refusal(params)
        return "invalid_scope" if error == "unauthorized_scope_error" else error

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/v2/userinfo`."""
        return Profile(
            subject=subject(claims.get("sub")),
            name=text(claims.get("name")) or full_name(claims) or "",
            picture_url=text(claims.get("picture")),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("email_verified")),
        )
