"""Proof of possession (RFC 9449): each request is signed by a key that never travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from commentkit import ids
from commentkit.signin.answers import Answer, HttpFailure
from commentkit.signin.claims import part
from commentkit.signin.http import HttpClient
from commentkit.signin.provider import ProviderError

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2, §2.4.2): keys are below it."""


@dataclass(frozen=True)
class Prover:
    """Posts forms with proofs; the key is the attempt's own, and is never stored."""

    secret: str = field(repr=False)
    now: datetime

    def post(self, http: HttpClient, url: str, fields: Mapping[str, str]) -> Answer:
        """Post, once more where the server first has to give its nonce; raise."""
        answer = self._posted(http, url, fields, None)
        nonce = answer.headers.get("dpop-nonce")
        if nonce and _asks_for_nonce(answer):
            answer = self._posted(http, url, fields, nonce)
        return answer

    def _posted(
        self, http: HttpClient, url: str, fields: Mapping[str, str], nonce: str | None
    ) -> Answer:
        headers = {"DPoP": self._proof(url, nonce), "Accept": "application/json"}
        return http.post_form(url, fields, headers=headers)

    def _proof(self, url: str, nonce: str | None) -> str:
        from joserfc import jwt

        claims = {
            "jti": ids.new_secret(),
            "htm": "POST",
            "htu": url.partition("#")[0].partition("?")[0],
            "iat": int(self.now.timestamp()),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self._key.as_dict(private=False)}
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
    try:
        return bool(part(answer.json(), "error") == "use_dpop_nonce")
    except HttpFailure:
        return False


def demand_nonce(answer: Answer, step: str) -> None:
    """Refuse a server that makes no nonces, where the profile of OAuth wants them."""
    if not answer.headers.get("dpop-nonce"):
        raise ProviderError("bad_answer", f"{step}: no nonce")
