"""GitHub by OAuth 2.0.

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps,
https://docs.github.com/en/rest/users/users#get-the-authenticated-user,
https://docs.github.com/en/rest/users/emails and
https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token, read 2026-11-23.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from commentkit.signin.claims import flag, objects, part, subject, text
from commentkit.signin.http import basic_auth
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, RoundTrip
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class GitHub(OAuth2):
    """Sign in with GitHub. A login may change hands; the id does not."""

    name: str = "github"
    label: str = "GitHub"
    icon: str = "github"
    picture_alt: str = N_("Photo from GitHub")
    # What it calls itself in its callbacks (RFC 9207): https://github.com/langfuse/langfuse/issues/13091
    issuer: str = "https://github.com/login/oauth"
    web_base: str = "https://github.com"
    api_base: str = "https://api.github.com"
    scopes: tuple[str, ...] = ("user:email",)
    capabilities: Capabilities = field(
        default=Capabilities(account_choice={"prompt": "select_account"})
    )

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        return Endpoints(
            authorize=f"{self.web_base}/login/oauth/authorize",
            token=f"{self.web_base}/login/oauth/access_token",
            userinfo=f"{self.api_base}/user",
            more={"emails": f"{self.api_base}/user/emails"},
            revoke=f"{self.api_base}/applications/{self.client_id}/token",
        )

    def error_code(self, body: Claims) -> str | None:
        """Read the error, which names a wrong id or secret in GitHub's own word."""
        error = super().error_code(body)
        return "invalid_client" if error and error.startswith("incorrect_client") else error

    def end_token(self, trip: RoundTrip, server: Server, token: Claims) -> int:
        """Delete the token, which would not expire; the authorization stays."""
        answer = trip.http.send(
            "DELETE",
            server.endpoints.revoke or "",
            body=json.dumps({"access_token": token["access_token"]}).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": basic_auth(self.client_id, self.secret(trip.now)),
                "Content-Type": "application/json",
            },
        )
        return answer.status

    def profile(self, claims: Claims) -> Profile:
        """Map the answers of `/user` and `/user/emails`."""
        handle = text(claims.get("login"))
        emails = objects(claims.get("emails"))
        primary = next((one for one in emails if one.get("primary") is True), {})
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("name")) or handle or "",
            handle=handle,
            profile_url=text(claims.get("html_url")),
            picture_url=text(claims.get("avatar_url")),
            email=text(part(primary, "email")),
            email_verified=flag(part(primary, "verified")),
        )
