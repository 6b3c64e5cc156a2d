"""A wallet in Python: signs by `personal_sign` with a real key."""

from dataclasses import dataclass, field
from typing import Any

from coincurve import PrivateKey
from Crypto.Hash import keccak

from commentkit.signin.providers.ethereum import checksummed


@dataclass
class SoftWallet:
    """One account, and what it was asked to sign."""

    key: PrivateKey = field(default_factory=PrivateKey)
    signed: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Return the account's address."""
        public = self.key.public_key.format(compressed=False)[1:]
        return checksummed("0x" + _keccak(public)[-20:].hex())

    def request(self, asked: dict[str, Any]) -> Any:
        """Answer as `window.ethereum.request` would (EIP-1193)."""
        if asked["method"] == "eth_requestAccounts":
            return [self.address.lower()]
        assert asked["method"] == "personal_sign"
        message, account = asked["params"]
        assert account.lower() == self.address.lower()
        return self.sign(bytes.fromhex(message[2:]).decode())

    def sign(self, message: str, *, plus: int = 27) -> str:
        """Sign a message (ERC-191); wallets count from 27, some from 0."""
        self.signed.append(message)
        data = message.encode()
        prefixed = b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data
        signature = self.key.sign_recoverable(_keccak(prefixed), hasher=None)
        return "0x" + signature[:64].hex() + bytes([signature[64] + plus]).hex()


def _keccak(data: bytes) -> bytes:
    return keccak.new(data=data, digest_bits=256).digest()
