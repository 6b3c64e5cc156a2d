"""Identifiers and secrets: time-ordered ids, random secrets, the hashes both are found by."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 21
_MOST_DIGITS = 19


def new_id(now: datetime) -> int:
    """Return a 63-bit id: milliseconds since 2020, then 21 random bits."""
    return first_of(now) | secrets.randbits(_RANDOM_BITS)


def first_of(moment: datetime) -> int:
    """Return the least id that could be made at that moment."""
    return max(int((moment - _EPOCH).total_seconds() * 1000), 0) << _RANDOM_BITS


def read(text: str) -> int | None:
    """Read an id from its decimal text; None for what is none, or beyond 63 bits."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if number < 2**63 else None


def new_secret() -> str:
    """Return 256 random bits as 43 characters of base64url."""
    return secrets.token_urlsafe(32)


def sha256(text: str) -> bytes:
    """Return the 32 bytes by which `text` is looked up."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def subject_hash(issuer: str, subject: str) -> bytes:
    """Return the 32 bytes that stand for (issuer, subject); no issuer contains NUL."""
    return sha256(f"{issuer}\0{subject}")


def same(left: bytes, right: bytes) -> bool:
    """Compare without telling by time where they differ."""
    return hmac.compare_digest(left, right)


def base64url(data: bytes) -> str:
    """Encode without padding (RFC 7515 §2)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def derive(secret: str, purpose: str) -> str:
    """Derive a value for `purpose` from a secret: 43 characters of base64url."""
    return base64url(hmac.digest(secret.encode(), purpose.encode(), "sha256"))


def s256(verifier: str) -> str:
    """Return the PKCE challenge of `verifier` (RFC 7636 §4.2, method S256)."""
    return base64url(hashlib.sha256(verifier.encode("ascii")).digest())
