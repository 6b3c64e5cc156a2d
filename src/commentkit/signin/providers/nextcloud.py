"""A Nextcloud server, by its own OAuth 2.0.

https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/oauth2.html,
https://docs.nextcloud.com/server/latest/developer_manual/client_apis/OCS/ocs-api-overview.html and
https://github.com/nextcloud/server/tree/master/apps/oauth2, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.claims import part, subject, text
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import Server
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import (
    LOGOUT_URL,
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    ProviderError,
    Setting,
)
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Nextcloud(OAuth2):
    """Sign in at a Nextcloud server of your own: give `issuer`, its address.

    Where it has no pretty addresses, that ends with /index.php. It has neither scopes nor a way to
    end a token, which opens the whole account for an hour and is dropped once the profile is read.
    It answers wrong requests ever more slowly, so none is repeated.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "ISSUER": Setting(
            "issuer",
            "the https address of a server: https://cloud.example.org, or "
            "https://cloud.example.org/index.php without pretty addresses",
            required=True,
            usable=is_address,
        ),
        "LOGOUT_URL": LOGOUT_URL,
    }
    name: str = "nextcloud"
    label: str = "Nextcloud"
    icon: str = "nextcloud"
    picture_alt: str = N_("Photo")
    headers: Mapping[str, str] = field(default_factory=lambda: {"OCS-APIRequest": "true"})
    capabilities: Capabilities = field(default=Capabilities(email_trust="never", picture=False))

    @property
    def _root(self) -> str:
        return self.issuer.rstrip("/").removesuffix("/index.php")

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses."""
        apps = f"{self.issuer.rstrip('/')}/apps/oauth2"
        return Endpoints(
            authorize=f"{apps}/authorize",
            token=f"{apps}/api/v1/token",
            userinfo=f"{self._root}/ocs/v2.php/cloud/user?format=json",
        )

    def read_claims(self, http: HttpClient, server: Server, token: Claims) -> Claims:
        """Ask who the token's owner is, and see that the token answer says the same."""
        claims = super().read_claims(http, server, token)
        if part(claims, "ocs", "meta", "statuscode") != 200:
            raise ProviderError("bad_answer", "profile: not OK")
        if text(part(claims, "ocs", "data", "id")) != text(token.get("user_id")):
            raise ProviderError("bad_answer", "profile: another subject")
        return claims

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `cloud/user`; a user's id is their name to sign in with."""
        said = part(claims, "ocs", "data")
        person = subject(part(said, "id"))
        shown = text(part(said, "displayname")) or text(part(said, "display-name"))
        return Profile(
            subject=person,
            name=shown or person,
            email=text(part(said, "email")),
        )
