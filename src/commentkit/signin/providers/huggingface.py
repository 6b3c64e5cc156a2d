"""Hugging Face by OpenID Connect.

https://huggingface.co/docs/hub/oauth and
https://huggingface.co/.well-known/openid-configuration, read 2026-11-23.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commentkit.signin.protocols.oidc import OpenIDConnect
from commentkit.signin.provider import Capabilities
from commentkit.words import N_


@dataclass(frozen=True, kw_only=True)
class HuggingFace(OpenIDConnect):
    """Sign in with Hugging Face."""

    name: str = "huggingface"
    label: str = "Hugging Face"
    icon: str = "huggingface"
    picture_alt: str = N_("Photo from Hugging Face")
    issuer: str = "https://huggingface.co"
    revokes: bool = False  # nothing says that the consent would stay
    capabilities: Capabilities = field(default=Capabilities())
