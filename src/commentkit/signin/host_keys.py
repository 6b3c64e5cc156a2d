"""The keys by which sites vouch for their own users: several at once, sealed, one site's alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from commentkit import ids
from commentkit.model import Registration
from commentkit.people.viewer import SSO
from commentkit.signin.sealing import HOST_KEYS, opened, seal

HS256, EDDSA, DISQUS = "HS256", "EdDSA", "disqus"
MIN_SECRET_CHARS = 32
"""RFC 7518 §3.2: as long as the hash."""
_MIN_DISQUS_CHARS = 16
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class HostKeyError(ValueError):
    """What cannot be such a key; the message says what can."""


@dataclass(frozen=True)
class HostKey:
    """A key of a site: a shared secret, or the public half (PEM) of a pair."""

    kid: str
    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Listed:
    """What may be told of a key."""

    kid: str
    kind: str
    created_at: datetime


def new_secret() -> tuple[str, str]:
    """Return an id and 256 random bits for a new key."""
    return ids.new_secret()[:12], ids.new_secret()


def find(db: Session, *, site_id: int, kid: str, secret_key: str) -> HostKey | None:
    """Return the key that a token names; None where the site has none that can be opened."""
    if not _KID.fullmatch(kid):
        return None
    row = db.scalar(select(Registration).where(*_which(site_id, kid)))
    value = opened(row.sealed_secret, secret_key, HOST_KEYS) if row is not None else None
    return HostKey(kid, row.client_id, value) if row is not None and value else None


def listed(db: Session, *, site_id: int) -> list[Listed]:
    """List a site's keys, the oldest first."""
    mine = (Registration.site_id == site_id, Registration.provider == SSO)
    rows = db.scalars(select(Registration).where(*mine).order_by(Registration.id))
    return [Listed(row.issuer, row.client_id, row.created_at) for row in rows]


def keep(db: Session, key: HostKey, *, site_id: int, secret_key: str, now: datetime) -> None:
    """Keep a key in place of one with its id; raises `HostKeyError` for what is none."""
    _check(key)
    remove(db, site_id=site_id, kid=key.kid)
    db.add(
        Registration(
            site_id=site_id,
            id=ids.new_id(now),
            issuer_hash=ids.subject_hash(SSO, key.kid),
            provider=SSO,
            issuer=key.kid,
            client_id=key.kind,
            sealed_secret=seal(key.value, secret_key, HOST_KEYS),
            created_at=now,
            expires_at=None,
        )
    )
    db.flush()


def remove(db: Session, *, site_id: int, kid: str) -> bool:
    """Forget a key: what it signed counts no more."""
    gone = cast("CursorResult[Any]", db.execute(delete(Registration).where(*_which(site_id, kid))))
    return gone.rowcount > 0


def _which(site_id: int, kid: str) -> tuple[Any, ...]:
    return (
        Registration.site_id == site_id,
        Registration.issuer_hash == ids.subject_hash(SSO, kid),
        Registration.provider == SSO,
    )


def _check(key: HostKey) -> None:
    if not _KID.fullmatch(key.kid):
        raise HostKeyError("a key's id is 1 to 64 of A-Z, a-z, 0-9, - and _")
    least = {HS256: MIN_SECRET_CHARS, DISQUS: _MIN_DISQUS_CHARS}.get(key.kind, 0)
    if len(key.value) < least:
        raise HostKeyError(f"a secret has at least {least} characters")
    if key.kind == EDDSA:
        public_key(key.value)


def public_key(pem: str) -> Any:
    """Read the public half of an Ed25519 pair; raises `HostKeyError`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise HostKeyError("a public key is that of an Ed25519 pair, in PEM (BEGIN PUBLIC KEY)")
    return found
