"""Yahoo by OpenID Connect.

https://developer.yahoo.com/sign-in-with-yahoo/ and
https://api.login.yahoo.com/.well-known/openid-configuration, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class Yahoo(OpenIDConnect):
    """Sign in with Yahoo; ask for the profile and e-mail permissions when registering.

    PKCE is not advertised; the nonce binds the answer. A way to choose another account is not
    documented.
    """

    name: str = "yahoo"
    label: str = "Yahoo"
    icon: str = "yahoo"
    picture_alt: str = N_("Photo from Yahoo")
    issuer: str = "https://api.login.yahoo.com"
    algorithms: frozenset[str] = frozenset({"ES256", "RS256"})
    pkce: bool = False
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities())
