"""An authenticator in Python, which also lies where it is told to."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from commentkit.ids import base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftAuthenticator:
    """One discoverable key (ES256) for one host."""

    host: str
    origin: str
    handle: str = ""
    count: int = 0
    flags: int = PRESENT | VERIFIED
    client_data: dict[str, Any] = field(default_factory=dict)
    """What it says of the page besides the usual, or instead."""
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def make(
        self, challenge: str, handle: str, *, statement: tuple[str, Any] = ("none", {})
    ) -> str:
        """Register, as `navigator.credentials.create` would; return its answer as JSON.

        `statement` is what it says of its maker: a format, and anything.
        """
        form, said = statement
        self.handle = handle
        size = len(self.credential).to_bytes(2)
        attested = b"\0" * 16 + size + self.credential + cbor2.dumps(self._cose())
        data = self._data(self.flags | ATTESTED) + attested
        return self._answer(
            self._said("webauthn.create", challenge),
            attestationObject=base64url(
                cbor2.dumps({"fmt": form, "attStmt": said, "authData": data})
            ),
        )

    def use(self, challenge: str, *, step: int = 1) -> str:
        """Sign, as `navigator.credentials.get` would; return its answer as JSON."""
        self.count += step
        data, said = self._data(self.flags), self._said("webauthn.get", challenge)
        signed = data + hashlib.sha256(said).digest()
        return self._answer(
            said,
            authenticatorData=base64url(data),
            signature=base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=self.handle,
        )

    def _data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, challenge: str) -> bytes:
        usual = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(usual | self.client_data).encode()

    def _cose(self) -> dict[int, Any]:
        at = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32), -3: at.y.to_bytes(32)}

    def _answer(self, said: bytes, **response: str) -> str:
        name = base64url(self.credential)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {"clientDataJSON": base64url(said), **response},
                "clientExtensionResults": {},
            }
        )
