"""ORCID by OpenID Connect.

https://github.com/ORCID/ORCID-Source/blob/main/orcid-web/ORCID_AUTH_WITH_OPENID_CONNECT.md,
read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import quote

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities, Claims, Profile
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class ORCID(OpenIDConnect):
    """Sign in with ORCID. The subject is the iD itself, which is public, as its record is.

    There is no e-mail address and no picture. PKCE is not advertised; the nonce binds the answer.
    """

    name: str = "orcid"
    label: str = "ORCID"
    icon: str = "orcid"
    picture_alt: str = N_("Photo from ORCID")
    issuer: str = "https://orcid.org"
    scopes: tuple[str, ...] = ("openid",)
    pkce: bool = False
    revokes: bool = False
    capabilities: Capabilities = field(
        default=Capabilities(
            gives_email=False,
            email_trust="never",
            picture=False,
            account_choice={"prompt": "login"},
        )
    )

    def profile(self, claims: Claims) -> Profile:
        """Map the answer of `/oauth/userinfo`; people may keep every part of their name private."""
        known = super().profile(claims)
        page = f"https://orcid.org/{quote(known.subject, safe='')}"
        return replace(known, name=known.name or known.subject, profile_url=page)
