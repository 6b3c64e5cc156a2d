"""GitLab by OpenID Connect: gitlab.com, or an instance of one's own.

https://docs.gitlab.com/integration/openid_connect_provider/ and
https://gitlab.com/.well-known/openid-configuration, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import EMAIL_TRUST, LOGOUT_URL, Capabilities, Setting
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class GitLab(OpenIDConnect):
    """Sign in with GitLab. It advertises no way to choose another account.

    It remembers a consent by the tokens that came of it, so ending one would ask people again.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "ISSUER": Setting("issuer", "the https address of an instance", usable=is_address),
        "EMAIL_TRUST": EMAIL_TRUST,
        "LOGOUT_URL": LOGOUT_URL,
    }
    name: str = "gitlab"
    label: str = "GitLab"
    icon: str = "gitlab"
    picture_alt: str = N_("Photo from GitLab")
    issuer: str = "https://gitlab.com"
    revokes: bool = False
    capabilities: Capabilities = field(default=Capabilities())
