"""Proof of possession (RFC 9449): each request is signed by a key that never travels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from commentkit import ids
from commentkit.signin.answers import Answer, HttpFailure
from commentkit.signin.claims import part
from commentkit.signin.http import HttpClient
from commentkit.signin.provider import ProviderError

ALGORITHM = "ES256"
Send = Callable[[Mapping[str, str]], Answer]
"""Send a request with these headers besides its own."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2, §2.4.2): keys are below it."""


@dataclass(frozen=True)
class Prover:
    """Makes proofs; the key is the attempt's own, and is never stored."""

    secret: str = field(repr=False)
    now: datetime

    def post(self, http: HttpClient, url: str, fields: Mapping[str, str]) -> Answer:
        """Post, once more where the server first has to give its nonce; raise."""

        def send(proof: Mapping[str, str]) -> Answer:
            return http.post_form(url, fields, headers={"Accept": "application/json", **proof})

        return self.send("POST", url, send)

    def send(self, method: str, url: str, send: Send, *, token: str | None = None) -> Answer:
        """Send with a proof, once more where the server first has to give its nonce; raise.

        `token` is the access token that the request shows (§7).
        """
        answer = send({"DPoP": self._proof(url, None, method=method, token=token)})
        nonce = answer.headers.get("dpop-nonce")
        if nonce and _asks_for_nonce(answer):
            answer = send({"DPoP": self._proof(url, nonce, method=method, token=token)})
        return answer

    def _proof(
        self, url: str, nonce: str | None, *, method: str = "POST", token: str | None = None
    ) -> str:
        from joserfc import jwt

        claims = {
            "jti": ids.new_secret(),
            "htm": method,
            "htu": url.partition("#")[0].partition("?")[0],
            "iat": int(self.now.timestamp()),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if token is not None:
            claims["ath"] = ids.base64url(ids.sha256(token))
        header = {"alg": ALGORITHM, "typ": "dpop+jwt", "jwk": self._key.as_dict(private=False)}
        return jwt.encode(header, claims, self._key)

    @cached_property
    def _key(self) -> Any:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from joserfc.jwk import ECKey

        # Two blocks make the bias of the remainder negligible (FIPS 186-5, A.2.1).
        wide = b"".join(ids.derive(self.secret, f"dpop {n}").encode() for n in (1, 2))
        key = ec.derive_private_key(int.from_bytes(wide) % (_ORDER - 1) + 1, ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return ECKey.import_key(pem)


def _asks_for_nonce(answer: Answer) -> bool:
    if answer.status not in (400, 401):
        return False
    if "use_dpop_nonce" in answer.headers.get("www-authenticate", ""):
        return True
    try:
        return bool(part(answer.json(), "error") == "use_dpop_nonce")
    except HttpFailure:
        return False


def demand_nonce(answer: Answer, step: str) -> None:
    """Refuse a server that makes no nonces, where the profile of OAuth wants them."""
    if not answer.headers.get("dpop-nonce"):
        raise ProviderError("bad_answer", f"{step}: no nonce")
