"""Secrets that the database keeps and cannot read: sealed with a key made from the secret key."""

from __future__ import annotations

from typing import Any

from commentkit import ids

HOST_KEYS = "commentkit host keys"
REGISTRATIONS = "commentkit registrations"
CONSENTS = "commentkit consents"
"""What is sealed: each by a key of its own, so that none can stand in another's place."""


def seal(text: str, secret_key: str, what: str) -> str:
    """Seal a text."""
    return str(_key(secret_key, what).encrypt(text.encode()).decode())


def opened(sealed: str, secret_key: str, what: str) -> str | None:
    """Open what was sealed; None where another secret key did it, or where it was changed."""
    from cryptography.fernet import InvalidToken

    try:
        return str(_key(secret_key, what).decrypt(sealed.encode()).decode())
    except InvalidToken:
        return None


def _key(secret_key: str, what: str) -> Any:
    from cryptography.fernet import Fernet  # for who has anything to seal

    return Fernet(ids.derive(secret_key, what) + "=")
