"""Slack by OpenID Connect.

https://docs.slack.dev/authentication/sign-in-with-slack/,
https://docs.slack.dev/reference/methods/openid.connect.token and
https://docs.slack.dev/reference/methods/openid.connect.userInfo, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.claims import text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Claims, Profile, ProviderError
from commentkit.words import N_

_TEAM, _USER = "https://slack.com/team_id", "https://slack.com/user_id"
# What its methods say instead of the words of OAuth.
_ERRORS = {
    "bad_client_secret": "invalid_client",
    "invalid_client_id": "invalid_client",
    "bad_redirect_uri": "redirect_uri_mismatch",
    "code_already_used": "invalid_grant",
    "invalid_code": "invalid_grant",
    "invalid_auth": "invalid_token",
    "not_authed": "invalid_token",
    "ratelimited": "rate_limit_exceeded",
    "internal_error": "server_error",
    "fatal_error": "server_error",
    "service_unavailable": "temporarily_unavailable",
}


@dataclass(frozen=True, kw_only=True)
class Slack(OpenIDConnect):
    """Sign in with Slack.

    A person is one of each workspace's. A workspace's owners can give people any e-mail address,
    so none counts as proven. PKCE is not advertised; the nonce binds the answer.
    """

    name: str = "slack"
    label: str = "Slack"
    icon: str = "slack"
    picture_alt: str = N_("Photo from Slack")
    issuer: str = "https://slack.com"
    pkce: bool = False
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities(email_trust="never"))

    def error_code(self, body: Claims) -> str | None:
        """Read an answer whose status says 200 while it says that it is not ok."""
        if body.get("ok", True) is True:
            return super().error_code(body)
        error = body.get("error")
        return _ERRORS.get(error, error) if isinstance(error, str) else "unknown"

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask by POST, as the method is documented; raise ProviderError."""
        url = server.endpoints.userinfo
        if url is None:
            raise ProviderError("misconfigured", "no userinfo endpoint")
        return self.post_json(http, url, bearer=token["access_token"])

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `openid.connect.userInfo`; the name is what the workspace shows."""
        team, user = text(claims.get(_TEAM)), text(claims.get(_USER))
        return Profile(
            subject=f"{team}-{user}" if team and user else "",
            name=text(claims.get("name")) or "",
            picture_url=text(claims.get("https://slack.com/user_image_512"))
            or text(claims.get("picture")),
            email=text(claims.get("email")),
        )
