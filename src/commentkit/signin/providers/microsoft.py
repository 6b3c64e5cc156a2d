"""Microsoft: personal accounts and those of any organisation, by OpenID Connect.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc,
https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference and
https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens, read 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from commentkit.signin.claims import text
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Claims, Endpoints, Profile, Setting
from commentkit.words import N_

PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of every personal account."""
_TENANT = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = frozenset({"common", "organizations", "consumers"})


def _is_tenant(value: str) -> bool:
    return value in _KINDS or _TENANT.fullmatch(value) is not None


@dataclass(frozen=True, kw_only=True)
class Microsoft(OpenIDConnect):
    """Sign in with Microsoft.

    Its issuer is another one for each tenant, so people are kept under one name of ours, by
    tenant and object: `sub` would change with our own registration. An e-mail address is what the
    tenant says and never proven. The photo is behind a wider permission, and not asked for.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "TENANT": Setting(
            "tenant",
            "common, organizations, consumers, or the id of one tenant",
            usable=_is_tenant,
        ),
    }
    name: str = "microsoft"
    label: str = "Microsoft"
    icon: str = "microsoft"
    picture_alt: str = N_("Photo from Microsoft")
    login_base: str = "https://login.microsoftonline.com"
    tenant: str = "common"
    """Whose people may come: everybody, any organisation's, personal accounts, or one tenant's."""
    issuer: str = field(init=False, default="")
    capabilities: Capabilities = field(
        default=Capabilities(
            email_trust="never", picture=False, account_choice={"prompt": "select_account"}
        )
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuer", self.login_base)

    def endpoints(self) -> Endpoints:
        """Declare the documented addresses; the ID token says all that there is to know."""
        base = f"{self.login_base}/{self.tenant}"
        return Endpoints(
            authorize=f"{base}/oauth2/v2.0/authorize",
            token=f"{base}/oauth2/v2.0/token",
            jwks=f"{base}/discovery/v2.0/keys",
        )

    def vouches(self, claims: Claims, key: Mapping[str, Any]) -> bool:
        """Hold the issuer, and whose key it is, to the tenant that the claims name."""
        tenant = _tenant(claims)
        issuer = f"{self.login_base}/{tenant}/v2.0"
        signs_for = str(key.get("issuer", issuer)).replace("{tenantid}", tenant)
        return self._admits(tenant) and claims.get("iss") == issuer == signs_for

    def _admits(self, tenant: str) -> bool:
        if self.tenant == "common":
            return tenant != ""
        if self.tenant == "organizations":
            return tenant not in ("", PERSONAL)
        return tenant == (PERSONAL if self.tenant == "consumers" else self.tenant)

    def profile(self, claims: Claims) -> Profile:
        """Map the ID token. `preferred_username` is what people sign in with, mostly an address."""
        tenant, person = _tenant(claims), text(claims.get("oid"))
        return Profile(
            subject=f"{tenant}:{person}" if tenant and person else "",
            name=text(claims.get("name")) or "",
            email=text(claims.get("email")),
        )


def _tenant(claims: Claims) -> str:
    tenant = text(claims.get("tid")) or ""
    return tenant if _TENANT.fullmatch(tenant) else ""
