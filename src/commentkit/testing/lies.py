"""What a provider should never answer: faults of its endpoints, and lies in what it signs."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from commentkit.ids import base64url
from commentkit.signin.provider import ProblemKind
from commentkit.testing.scripted_provider import Reply, json_reply

_DEEP = b'{"a":' * 50_000
FAULTS: Mapping[str, tuple[Reply, ProblemKind]] = {
    "429": (json_reply({"error": "too_many_requests"}, 429), "unavailable"),
    "500": (Reply(500, b""), "unavailable"),
    "503 in HTML": (Reply(503, b"<html>down</html>"), "unavailable"),
    "HTML": (Reply(200, b"<!doctype html><title>Sign in</title>"), "bad_answer"),
    "truncated": (Reply(200, b'{"access_token": "canary-acc'), "bad_answer"),
    "cut": (Reply(200, b"{}", promised=5_000), "unavailable"),
    "huge": (Reply(200, b'{"a": "' + b"x" * 1_000_000 + b'"}'), "bad_answer"),
    "deep": (Reply(200, _DEEP), "bad_answer"),
    "empty": (Reply(200, b""), "bad_answer"),
    "false": (Reply(200, b"false"), "bad_answer"),
    "list": (Reply(200, b"[]"), "bad_answer"),
    "nothing in it": (Reply(200, b"{}"), "bad_answer"),
    "redirect": (Reply(302, b"", {"Location": "http://169.254.169.254/"}), "bad_answer"),
    "silence": (Reply(200, b"", silent=True), "unavailable"),
}

Lie = Callable[[dict[str, Any]], None]
LIES: Mapping[str, Lie] = {
    "no issuer": lambda claims: claims.pop("iss"),
    "another issuer": lambda claims: claims.update(iss="https://other.example"),
    "issuer with a slash": lambda claims: claims.update(iss=claims["iss"] + "/"),
    "no audience": lambda claims: claims.pop("aud"),
    "another audience": lambda claims: claims.update(aud="other-client"),
    "two audiences, no azp": lambda claims: claims.update(aud=[claims["aud"], "other"]),
    "another azp": lambda claims: claims.update(azp="other-client"),
    "no expiry": lambda claims: claims.pop("exp"),
    "expired": lambda claims: claims.update(exp=claims["iat"] - 600),
    "no iat": lambda claims: claims.pop("iat"),
    "from the future": lambda claims: claims.update(iat=claims["iat"] + 3_600),
    "not yet": lambda claims: claims.update(nbf=claims["iat"] + 3_600),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another nonce": lambda claims: claims.update(nonce="of another attempt"),
    "another at_hash": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "no subject": lambda claims: claims.pop("sub"),
    "another subject": lambda claims: claims.update(sub="somebody-else"),
}
SIGNATURE_LIES = ("alg none", "HS256 by the secret", "HS256 by the public key", "unknown key")


@lru_cache(maxsize=2)
def signing_key(kid: str) -> RSAKey:
    """Make a key once for a run."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def sign(claims: Mapping[str, Any], lie: str | None, *, secret: str) -> str:
    """Sign claims as the peer does, or as a forger would; `secret` is the client's."""
    if lie == "alg none":
        head = base64url(b'{"alg":"none","typ":"JWT"}')
        return f"{head}.{base64url(json.dumps(claims).encode())}."
    if lie == "HS256 by the secret":
        return _hmac_signed(claims, secret.encode())
    if lie == "HS256 by the public key":
        return _hmac_signed(claims, signing_key("one").as_pem(private=False))
    key = signing_key("two" if lie == "unknown key" else "one")
    return jwt.encode({"alg": "RS256", "kid": key.kid or ""}, dict(claims), key)


def _hmac_signed(claims: Mapping[str, Any], secret: bytes) -> str:
    head = base64url(b'{"alg":"HS256","kid":"one","typ":"JWT"}')
    signed = f"{head}.{base64url(json.dumps(claims).encode())}"
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}"
