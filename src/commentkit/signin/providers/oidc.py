"""Any OpenID Connect issuer, by discovery.

OpenID Connect Discovery 1.0, https://openid.net/specs/openid-connect-discovery-1_0.html,
read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from commentkit.signin.addresses import is_address
from commentkit.signin.metadata import Server
from commentkit.signin.protocols import oidc
from commentkit.signin.provider import EMAIL_TRUST, LOGOUT_URL, Capabilities, Setting
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class OpenIDConnect(oidc.OpenIDConnect):
    """Sign in at an issuer of your choice: give `name`, `label` and `issuer`.

    A client without a secret is a public one. Give `capabilities` where the issuer's word on
    e-mail addresses should not be taken.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "ISSUER": Setting("issuer", "an issuer's https address", required=True, usable=is_address),
        "SCOPES": Setting(
            "scopes",
            "scopes with spaces between them, openid among them",
            usable=lambda scopes: "openid" in scopes,
        ),
        "EMAIL_TRUST": EMAIL_TRUST,
        "LOGOUT_URL": LOGOUT_URL,
        "LOGOUT_RETURN": Setting(
            "logout_return", "true once our page for people who logged out is registered there"
        ),
        "PROMPT": Setting(
            "prompt",
            "what it is asked for another account, such as login or select_account; empty: nothing",
            usable=lambda prompt: "none" not in prompt.split(),
            or_empty=True,
        ),
    }
    choice_setting: ClassVar[str] = "PROMPT"

    label: str = "OpenID"
    picture_alt: str = N_("Photo")
    icon: str = "generic"
    anew: bool = True
    ends_session: bool = True
    prompt: str | None = None
    """What is asked for another account; None asks what the adapter or the metadata know, and
    nothing at all is asked where it is empty."""
    capabilities: Capabilities = field(default=Capabilities(account_choice={"prompt": "login"}))

    def __post_init__(self) -> None:
        if self.prompt is not None:
            choice = {"prompt": self.prompt} if self.prompt else None
            able = replace(self.capabilities, account_choice=choice)
            object.__setattr__(self, "capabilities", able)

    @property
    def configured(self) -> bool:
        """Tell whether it has the credentials it needs."""
        return bool(self.client_id)

    def choice(self, server: Server) -> Mapping[str, str]:
        """Prefer a chooser where one is advertised; every issuer knows `login`."""
        chooser = self.prompt is None and "select_account" in server.prompts
        return {"prompt": "select_account"} if chooser else super().choice(server)
