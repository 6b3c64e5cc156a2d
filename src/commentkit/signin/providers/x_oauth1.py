"""X by OAuth 1.0a.

https://docs.x.com/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens and
https://developer.x.com/en/docs/twitter-api/v1/accounts-and-users/manage-account-settings/api-reference/get-account-verify_credentials,
read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import subject, text
from commentkit.signin.protocols.oauth1 import OAuth1
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.signin.providers.x import full_size, page_of
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class XOAuth1(OAuth1):
    """Sign in with X by an API key. The same people, by the same ids, as with OAuth 2.0."""

    name: str = "x"
    label: str = "X"
    icon: str = "x"
    picture_alt: str = N_("Photo from X")
    authorize_base: str = "https://x.com"
    api_base: str = "https://api.x.com"
    issuer: str = field(init=False, default="")
    # An address that X has not proven is given as null.
    capabilities: Capabilities = field(
        default=Capabilities(email_trust="always", account_choice={"force_login": "true"})
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.authorize_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        query = "include_email=true&skip_status=true&include_entities=false"
        return Endpoints(
            request_token=f"{self.api_base}/oauth/request_token",
            authorize=f"{self.api_base}/oauth/authenticate",
            token=f"{self.api_base}/oauth/access_token",
            userinfo=f"{self.api_base}/1.1/account/verify_credentials.json?{query}",
            revoke=f"{self.api_base}/1.1/oauth/invalidate_token",
        )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `account/verify_credentials`."""
        handle = text(claims.get("screen_name"))
        return Profile(
            subject=subject(claims.get("id_str") or claims.get("id")),
            name=text(claims.get("name")) or "",
            handle=handle,
            profile_url=page_of(handle),
            picture_url=full_size(text(claims.get("profile_image_url_https"))),
            email=text(claims.get("email")),
        )
