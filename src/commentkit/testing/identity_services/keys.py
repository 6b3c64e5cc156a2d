"""Keys that sign id_tokens, and the ways to sign them wrongly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


class KeyRing:
    """Hold one RSA key a service, made when first needed; 2048 bits, RS256."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._published: list[RSAKey] = []

    def current(self) -> RSAKey:
        """Return the key that signs."""
        with self._lock:
            if not self._published:
                self._published.append(_new_key())
            return self._published[-1]

    def rotate(self) -> None:
        """Sign with a new key; the JWKS names the old ones too."""
        self.current()
        with self._lock:
            self._published.append(_new_key())

    def public(self) -> dict[str, Any]:
        """Return the JWKS."""
        self.current()
        with self._lock:
            keys = [key.as_dict(private=False) for key in self._published]
        return {"keys": [{**key, "use": "sig", "alg": "RS256"} for key in keys]}

    def sign(self, claims: Mapping[str, Any], fault: str | None = None) -> str:
        """Return the id_token; `fault` names one of the ways to sign it wrongly."""
        if fault == "alg_none":
            return _plain({"alg": "none", "typ": "JWT"}, claims) + "."
        if fault == "hs256_public_key":
            return _confused(self.current(), claims)
        if fault == "unknown_kid":
            return _signed(_new_key(), claims)
        if fault == "rotated_key":
            self.rotate()
        token = _signed(self.current(), claims)
        return _bent(token) if fault == "bad_signature" else token


SIGNING_FAULTS = ("alg_none", "hs256_public_key", "unknown_kid", "rotated_key", "bad_signature")


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


def _signed(key: RSAKey, claims: Mapping[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, dict(claims), key)


def _confused(key: RSAKey, claims: Mapping[str, Any]) -> str:
    body = _plain({"alg": "HS256", "typ": "JWT", "kid": key.kid}, claims)
    digest = hmac.new(key.as_pem(private=False), body.encode(), hashlib.sha256).digest()
    return f"{body}.{encode(digest)}"


def _bent(token: str) -> str:
    body, _, signature = token.rpartition(".")
    turned = bytearray(base64.urlsafe_b64decode(signature + "=="))
    turned[len(turned) // 2] ^= 1
    return f"{body}.{encode(bytes(turned))}"


def _plain(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return ".".join(encode(json.dumps(dict(part)).encode()) for part in (header, claims))


def encode(data: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
