"""Facebook Login, by hand-built flow.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow,
https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/guides/secure-requests, read 2026-11-22.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from commentkit.signin.claims import part, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile
from commentkit.words import N_

# Graph API error codes: what they mean in OAuth's words. 1 and 101 are a wrong id or secret.
_GRAPH_CODES: dict[int, str] = {
    1: "invalid_client",
    2: "temporarily_unavailable",
    4: "rate_limit_exceeded",
    17: "rate_limit_exceeded",
    32: "rate_limit_exceeded",
    100: "invalid_grant",
    101: "invalid_client",
    190: "invalid_token",
    191: "redirect_uri_mismatch",
    613: "rate_limit_exceeded",
}


@dataclass(frozen=True, kw_only=True)
class Facebook(OAuth2):
    """Log in with Facebook. Its documents forbid re-authentication for switching accounts.

    Deleting the permissions, its only revocation, would ask a person for consent every time.
    """

    name: str = "facebook"
    label: str = "Facebook"
    icon: str = "facebook"
    picture_alt: str = N_("Photo from Facebook")
    www_base: str = "https://www.facebook.com"
    graph_base: str = "https://graph.facebook.com"
    version: str = "v24.0"
    issuer: str = field(init=False, default="")
    scopes: tuple[str, ...] = ("public_profile", "email")
    scope_separator: str = ","
    # Documented for its OpenID Connect variant only, which is in testing.
    pkce: bool = False
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.www_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.www_base}/{self.version}/dialog/oauth",
            token=f"{self.graph_base}/{self.version}/oauth/access_token",
            userinfo=f"{self.graph_base}/{self.version}/me",
        )

    def error_code(self, body: Claims) -> str | None:
        """Read the Graph API's error object."""
        if not body.get("error"):
            return None
        code = part(body, "error", "code")
        return _GRAPH_CODES.get(code, "unknown") if isinstance(code, int) else "unknown"

    def refusal(self, params: Mapping[str, str]) -> str | None:
        """Read a callback's error; some come as `error_code` alone."""
        if "error_code" in params and "error" not in params:
            return "unknown"
        return params.get("error")

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask with the proof that the asker holds the app's secret."""
        access_token = token["access_token"]
        proof = hmac.digest(self.current_secret().encode(), access_token.encode(), "sha256")
        query = {"fields": "id,name,email,picture", "appsecret_proof": proof.hex()}
        url = f"{server.endpoints.userinfo}?{urlencode(query)}"
        return self.get_json(http, url, bearer=access_token)

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/me`; the id is this app's alone."""
        photo = part(claims, "picture", "data")
        drawn = part(photo, "is_silhouette") is True
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("name")) or "",
            picture_url=None if drawn else text(part(photo, "url")),
            email=text(claims.get("email")),
        )
