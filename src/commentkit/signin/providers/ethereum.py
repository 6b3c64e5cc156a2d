"""An Ethereum account, by a signed message (ERC-4361).

https://eips.ethereum.org/EIPS/eip-4361, https://eips.ethereum.org/EIPS/eip-191 and
https://eips.ethereum.org/EIPS/eip-55, read 2026-11-23. Contract wallets are served where a node is
named to ask for their word (ERC-1271), which can change with the chain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import ClassVar, Self
from urllib.parse import urlsplit

from commentkit.errors import CommentKitError
from commentkit.ids import same
from commentkit.settings import Settings
from commentkit.signin.addresses import is_address
from commentkit.signin.claims import subject
from commentkit.signin.contracts import MAX_SIGNATURE_BYTES, vouches
from commentkit.signin.own_page import Answered, OwnPage, Sent, Shown, Visit, text_of
from commentkit.signin.provider import (
    Capabilities,
    Claims,
    Profile,
    ProviderError,
    RoundTrip,
    Setting,
)
from commentkit.words import N_

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{2})+")
_OF_A_KEY = 65
"""Bytes; what has more or fewer is no key's signature, but a contract may know what it means."""
_MAX_TYPED = 400
_MAX_SIGNATURE = 2 + 2 * MAX_SIGNATURE_BYTES
_GOOD_FOR = timedelta(minutes=10)
_SCRIPT = "wallet.js"
_MAINNET = 1
"""Which chain is nothing to us: an account's key signs alike for each."""


@dataclass(frozen=True, kw_only=True)
class Ethereum(OwnPage):
    """Sign in with an Ethereum wallet in the browser; it needs the extra `ethereum`.

    `rpc_url` is a node that is asked about wallets that are contracts; without it there are none.
    """

    settings: ClassVar[Mapping[str, Setting]] = {
        "RPC_URL": Setting(
            "rpc_url",
            "the https address of a node of Ethereum's main chain, which is asked about contracts",
            usable=is_address,
        ),
    }
    name: str = "ethereum"
    label: str = "Ethereum"
    icon: str = "ethereum"
    picture_alt: str = N_("Photo")
    issuer: str = "eip155"
    # The wallet itself lets people choose among their accounts.
    capabilities: Capabilities = field(
        default=Capabilities(
            gives_email=False, email_trust="never", picture=False, account_choice={}
        )
    )
    origin: str = ""
    rpc_url: str = field(default="", repr=False)
    """Often with a key in it."""

    @property
    def lacking(self) -> str:
        """Say which library is not here."""
        if find_spec("coincurve") is None or find_spec("Crypto") is None:
            return "Install it: pip install 'commentkit[ethereum]'."
        return ""

    def at_home(self, settings: Settings) -> Self:
        """Take the origin that wallets compare the message with."""
        return replace(self, origin=settings.origin)

    def memory(self, trip: RoundTrip) -> str:
        """Note when the message was made; the rest of it follows from the attempt."""
        return trip.now.isoformat(timespec="seconds")

    def show(self, visit: Visit, sent: Sent) -> Shown:
        """Ask the wallet who is there, then for a signature of the message that is shown."""
        address = sent.get("address", "")
        if not _ADDRESS.fullmatch(address):
            return Shown("wallet", {}, _SCRIPT)
        message = self._message(checksummed(address), visit.nonce, visit.secret)
        return Shown("message", {"address": checksummed(address), "message": message}, _SCRIPT)

    def act(self, visit: Visit, sent: Sent) -> Shown | Answered:
        """Show the message for an account; with its signature, the page is done."""
        address = text_of(sent, "address", limit=_MAX_TYPED)
        signature = text_of(sent, "signature", limit=_MAX_SIGNATURE)
        if not _ADDRESS.fullmatch(address):
            raise CommentKitError("wallet_silent")
        if not signature:
            return self.show(visit, sent)
        if _SIGNATURE.fullmatch(signature) and not (self.rpc_url or _is_of_a_key(signature)):
            raise CommentKitError("wallet_contract")
        return Answered({"address": address, "signature": signature})

    def proven(self, trip: RoundTrip, params: Sent, secret: str | None) -> Profile:
        """Recover who signed the message, which is made anew from the attempt alone."""
        address, signature = params.get("address", ""), params.get("signature", "")
        if not _ADDRESS.fullmatch(address) or not _SIGNATURE.fullmatch(signature):
            raise ProviderError("bad_answer", "wallet: no signature of an account")
        if secret is None or trip.now >= _time(secret) + _GOOD_FOR:
            raise ProviderError("bad_answer", "wallet: the message has expired")
        claimed = checksummed(address)
        message = self._message(claimed, trip.nonce, secret)
        self._check(trip, claimed, _digest(message), bytes.fromhex(signature[2:]))
        return self.profile({"address": claimed})

    def _check(self, trip: RoundTrip, claimed: str, digest: bytes, signature: bytes) -> None:
        """Refuse what neither the account's key nor its contract signed."""
        signer = _signer(digest, signature) if len(signature) == _OF_A_KEY else None
        if signer is not None and same(signer.encode(), claimed.encode()):
            return
        if not self.rpc_url:
            why = "signed by another account, or a contract (no RPC_URL to ask)"
            raise ProviderError("bad_answer", f"wallet: {why}")
        if not vouches(trip.http, self.rpc_url, claimed, digest, signature):
            raise ProviderError("bad_answer", "wallet: signed by another account")

    def profile(self, claims: Claims) -> Profile:
        """Map an address; what it is called elsewhere is not asked, since asking would tell."""
        address = subject(claims.get("address"))
        return Profile(subject=address, name=f"{address[:6]}…{address[-4:]}" if address else "")

    def _message(self, address: str, nonce: str, issued: str | None) -> str:
        """Spell the message as ERC-4361 has it, without a statement."""
        issued_at = _time(issued or "")
        return "\n".join(
            (
                f"{urlsplit(self.origin).netloc} wants you to sign in with your Ethereum account:",
                address,
                "",
                "",
                f"URI: {self.origin}",
                "Version: 1",
                f"Chain ID: {_MAINNET}",
                # Letters and digits alone.
                f"Nonce: {hashlib.sha256(nonce.encode()).hexdigest()[:32]}",
                f"Issued At: {_spelled(issued_at)}",
                f"Expiration Time: {_spelled(issued_at + _GOOD_FOR)}",
            )
        )


def checksummed(address: str) -> str:
    """Spell an address in the capitals that check it (EIP-55)."""
    plain = address[2:].lower()
    digits = _keccak(plain.encode()).hex()
    pairs = zip(plain, digits, strict=False)
    return "0x" + "".join(c.upper() if int(d, 16) >= 8 else c for c, d in pairs)


def _is_of_a_key(signature: str) -> bool:
    return len(signature) == 2 + 2 * _OF_A_KEY


def _digest(message: str) -> bytes:
    """Hash a message as `personal_sign` does (ERC-191)."""
    data = message.encode()
    return _keccak(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)


def _signer(digest: bytes, signature: bytes) -> str | None:
    """Return the account whose key signed a hash; None where no key did."""
    from coincurve import PublicKey

    # Wallets say 27 or 28, some 0 or 1, for which of two keys it is.
    which = signature[64] - 27 if signature[64] >= 27 else signature[64]
    if which not in (0, 1):
        return None
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes([which]), digest, hasher=None
        )
    except ValueError:
        return None
    return checksummed("0x" + _keccak(key.format(compressed=False)[1:])[-20:].hex())


def _keccak(data: bytes) -> bytes:
    """Hash as Ethereum does, which is not what became SHA-3."""
    from Crypto.Hash import keccak

    return keccak.new(data=data, digest_bits=256).digest()


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _spelled(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
