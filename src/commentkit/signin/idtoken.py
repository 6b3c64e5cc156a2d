"""Read an ID token: believe nothing of it before its signature, and all of it only for us, now."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from commentkit.ids import base64url, same
from commentkit.signin import compact
from commentkit.signin.compact import REFUSED_HEADERS
from commentkit.signin.provider import Claims, ProviderError

_log = logging.getLogger("commentkit.signin")

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
)
"""Signatures by a key that the provider alone holds."""

LEEWAY_SECONDS = 120
MAX_AGE_SECONDS = 3_600
MAX_CHARS = compact.MAX_CHARS
_MIN_RSA_BITS = 2_048
_MAX_KEY_CHARS = 1_400  # of one number in base64url: RSA of 8,192 bits

Key = Mapping[str, Any]
"""A public key as its issuer publishes it (RFC 7517)."""
Keys = Callable[[bool], Sequence[Key]]
"""Give the issuer's keys; True says that those given before did not fit."""
PublicKey = RSAKey | ECKey


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the token must say."""

    vouches: Callable[[Claims, Key], bool]
    """Whether that key signs for the issuer that the claims name."""
    client_id: str
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    algorithms: frozenset[str] = ALGORITHMS
    now: datetime
    anew_since: datetime | None = None
    """A moment before which nobody may have proven who they are."""


def read(token: str, expected: Expected, keys: Keys) -> Claims:
    """Verify an ID token (OpenID Connect Core 1.0 §3.1.3.7, RFC 8725); raise ProviderError."""
    header, payload = _unverified(token)
    algorithm = _algorithm(header, expected.algorithms)
    key = _verify(token, header, algorithm, keys)
    claims = _object(payload, "payload")
    if not expected.vouches(claims, key):
        raise _refuse("issuer")
    _check_party(claims, expected)
    _check_time(claims, expected.now)
    _check_authentication(claims, expected.anew_since)
    _check_binding(claims, expected, algorithm)
    return claims


def _refuse(reason: str) -> ProviderError:
    return ProviderError("bad_answer", f"id_token: {reason}")


def _unverified(token: str) -> tuple[Claims, bytes]:
    try:
        parts = compact.split(token)
    except compact.Unreadable as error:
        raise _refuse(str(error)) from None
    return parts.header, parts.payload


def _object(data: bytes, name: str) -> Claims:
    try:
        return compact.parse(data, name)
    except compact.Unreadable as error:
        raise _refuse(str(error)) from None


def _algorithm(header: Claims, allowed: frozenset[str]) -> str:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in allowed & ALGORITHMS:
        raise _refuse("algorithm")
    if header.get("typ", "JWT") not in ("JWT", "jwt") or REFUSED_HEADERS & header.keys():
        raise _refuse("header")
    return algorithm


def verified(token: str, header: Claims, algorithms: frozenset[str], keys: Keys) -> Key:
    """Give the key that signed another token of the same issuer; raise ProviderError."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms & ALGORITHMS:
        raise _refuse("algorithm")
    return _verify(token, header, algorithm, keys)


def _verify(token: str, header: Claims, algorithm: str, keys: Keys) -> Key:
    """Give the key that made the signature; one that was replaced is asked for anew."""
    tried: Key | None = None
    for unknown in (False, True):
        key = _fitting(keys(unknown), header.get("kid"), algorithm)
        if key is None or key == tried:
            continue
        if _signed_by(_public_key(key), token, algorithm):
            return key
        tried = key
    raise _refuse("signature" if tried else "unknown key")


def _fitting(keys: Sequence[Key], kid: object, algorithm: str) -> Key | None:
    fitting = [key for key in keys if _fits(key, kid, algorithm)]
    if len(fitting) > 1:
        raise _refuse("several keys fit")
    return fitting[0] if fitting else None


def _fits(key: Key, kid: object, algorithm: str) -> bool:
    if "d" in key:
        _log.error("a provider publishes a private key; it is not used")
        return False
    kty = "EC" if algorithm.startswith("ES") else "RSA"
    return (
        key.get("kty") == kty
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    )


def _public_key(data: Key) -> PublicKey:
    if any(len(str(value)) > _MAX_KEY_CHARS for name, value in data.items() if name != "x5c"):
        raise _refuse("unusable key")
    try:
        key = JWKRegistry.import_key(dict(data))
    except (JoseError, ValueError, TypeError, LookupError):  # it looks a curve's name up
        raise _refuse("unusable key") from None
    if isinstance(key, RSAKey) and key.public_key.key_size >= _MIN_RSA_BITS:
        return key
    if isinstance(key, ECKey):
        return key
    raise _refuse("weak key")


def _signed_by(key: PublicKey, token: str, algorithm: str) -> bool:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = MAX_CHARS
    try:
        jws.deserialize_compact(token.encode("ascii"), key, registry=registry)
    except (JoseError, ValueError):
        return False
    return True


def _check_party(claims: Claims, expected: Expected) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        raise _refuse("audience")
    authorized = claims.get("azp", expected.client_id if len(audiences) == 1 else None)
    if authorized != expected.client_id:
        raise _refuse("authorized party")
    # RFC 9700 §4.15: a client must not pass for a person.
    if not isinstance(claims.get("sub"), str) or claims["sub"] in ("", expected.client_id):
        raise _refuse("subject")


def _check_time(claims: Claims, now: datetime) -> None:
    at = now.timestamp()
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    starts = _time(claims, "nbf") if "nbf" in claims else issued
    if expires + LEEWAY_SECONDS <= at:
        raise _refuse("expired")
    if max(issued, starts) - LEEWAY_SECONDS > at:
        raise _refuse("from the future: compare the clocks")
    if issued + MAX_AGE_SECONDS < at:
        raise _refuse("issued long ago")


def _check_authentication(claims: Claims, since: datetime | None) -> None:
    """Refuse an old proof where a new one was asked for, and one that tells no time.

    `max_age` makes `auth_time` required (OpenID Connect Core 1.0 §2): without it nobody knows
    whether the issuer heeded what it was asked.
    """
    if since is None:
        return
    if _time(claims, "auth_time") + LEEWAY_SECONDS < since.timestamp():
        raise _refuse("authenticated long ago")


def _time(claims: Claims, name: str) -> float:
    at = compact.seconds(claims, name)
    if at is None:
        raise _refuse(f"no {name}")
    return at


def _check_binding(claims: Claims, expected: Expected, algorithm: str) -> None:
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not same(
        nonce.encode("utf-8", "replace"), expected.nonce.encode()
    ):
        raise _refuse("nonce")
    at_hash = claims.get("at_hash")
    if at_hash is None:
        return
    digest = hashlib.new(f"sha{algorithm[2:]}", expected.access_token.encode()).digest()
    if at_hash != base64url(digest[: len(digest) // 2]):
        raise _refuse("at_hash")
