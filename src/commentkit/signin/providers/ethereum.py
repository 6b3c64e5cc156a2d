"""An Ethereum account, by a signed message (ERC-4361).

https://eips.ethereum.org/EIPS/eip-4361, https://eips.ethereum.org/EIPS/eip-191 and
https://eips.ethereum.org/EIPS/eip-55, read 2026-11-23. Contract wallets are not served: their word
(ERC-1271) would have to be asked of a node, and can change with the chain.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Self
from urllib.parse import urlsplit

from commentkit.errors import CommentKitError
from commentkit.ids import same
from commentkit.settings import Settings
from commentkit.signin.claims import subject
from commentkit.signin.own_page import Answered, OwnPage, Sent, Shown, Visit, text_of
from commentkit.signin.provider import Capabilities, Claims, Profile, ProviderError, RoundTrip
from commentkit.words import N_

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_MAX_TYPED = 400
_GOOD_FOR = timedelta(minutes=10)
_SCRIPT = "wallet.js"
_MAINNET = 1
"""Which chain is nothing to us: an account's key signs alike for each."""


@dataclass(frozen=True, kw_only=True)
class Ethereum(OwnPage):
    """Sign in with an Ethereum wallet in the browser; it needs the extra `ethereum`."""

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
        signature = text_of(sent, "signature", limit=_MAX_TYPED)
        if not _ADDRESS.fullmatch(address):
            raise CommentKitError("wallet_silent")
        if not signature:
            return self.show(visit, sent)
        return Answered({"address": address, "signature": signature})

    def proven(self, trip: RoundTrip, params: Sent, secret: str | None) -> Profile:
        """Recover who signed the message, which is made anew from the attempt alone."""
        address, signature = params.get("address", ""), params.get("signature", "")
        if not _ADDRESS.fullmatch(address) or not _SIGNATURE.fullmatch(signature):
            raise ProviderError("bad_answer", "wallet: no signature of an account")
        if secret is None or trip.now >= _time(secret) + _GOOD_FOR:
            raise ProviderError("bad_answer", "wallet: the message has expired")
        claimed = checksummed(address)
        signer = _signer(self._message(claimed, trip.nonce, secret), bytes.fromhex(signature[2:]))
        if not same(signer.encode(), claimed.encode()):
            raise ProviderError("bad_answer", "wallet: signed by another account")
        return self.profile({"address": claimed})

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


def _signer(message: str, signature: bytes) -> str:
    """Return the account that signed a message by `personal_sign` (ERC-191)."""
    from coincurve import PublicKey

    data = message.encode()
    digest = _keccak(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)
    # Wallets say 27 or 28, some 0 or 1, for which of two keys it is.
    which = signature[64] - 27 if signature[64] >= 27 else signature[64]
    if which not in (0, 1):
        raise ProviderError("bad_answer", "wallet: not a signature")
    try:
        key = PublicKey.from_signature_and_message(
            signature[:64] + bytes([which]), digest, hasher=None
        )
    except ValueError:
        raise ProviderError("bad_answer", "wallet: not a signature") from None
    return checksummed("0x" + _keccak(key.format(compressed=False)[1:])[-20:].hex())


def _keccak(data: bytes) -> bytes:
    """Hash as Ethereum does, which is not what became SHA-3."""
    from Crypto.Hash import keccak

    return keccak.new(data=data, digest_bits=256).digest()


def _time(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _spelled(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
