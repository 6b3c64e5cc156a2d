"""Whether a contract of Ethereum's main chain stands by a signature (ERC-1271).

https://eips.ethereum.org/EIPS/eip-1271, https://ethereum.org/developers/docs/apis/json-rpc and
https://docs.soliditylang.org/en/latest/abi-spec.html, read 2026-11-23.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from commentkit.signin.answers import HttpFailure
from commentkit.signin.http import HttpClient
from commentkit.signin.problems import from_status, named
from commentkit.signin.provider import ProviderError

MAX_SIGNATURE_BYTES = 2_048
"""Of several owners, or by a passkey; a contract may want more, a visitor may not send it."""
_MAIN_CHAIN = "0x1"
_YES = "1626ba7e"
"""The name of `isValidSignature(bytes32,bytes)` on the chain, and its answer where it is."""
_YES_WORD = f"0x{_YES}".ljust(66, "0")
_REVERTED = 3
_MAX_ANSWER_BYTES = 20_000
_SECONDS = 7.0


def vouches(http: HttpClient, node: str, address: str, digest: bytes, signature: bytes) -> bool:
    """Ask a node whether the contract at an address signed a hash; raise ProviderError.

    The same address may be somebody else's contract on another chain, so the node's own is asked.
    """
    small = replace(http.within(_SECONDS), max_bytes=_MAX_ANSWER_BYTES)
    chain = _asked(small, node, "eth_chainId", [])
    if chain != _MAIN_CHAIN:
        raise ProviderError("misconfigured", "node: of another chain")
    call = {"to": address, "data": _call(digest, signature)}
    return _asked(small, node, "eth_call", [call, "latest"]) == _YES_WORD


def _call(digest: bytes, signature: bytes) -> str:
    """Spell the call: the hash, where the signature begins, how long it is, and itself."""
    words = digest + (64).to_bytes(32, "big") + len(signature).to_bytes(32, "big") + signature
    return f"0x{_YES}{words.hex()}{'00' * (-len(signature) % 32)}"


def _asked(http: HttpClient, node: str, method: str, params: list[Any]) -> object:
    """Return a result; None where the call itself was refused on the chain."""
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    with named("node"):
        answer = http.send(
            "POST",
            node,
            body=json.dumps(question).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
    try:
        said = answer.json()
    except HttpFailure:
        said = None
    if not isinstance(said, dict):
        raise from_status(answer.status, "node")
    return _result(said, answer.status)


def _result(said: dict[str, Any], status: int) -> object:
    error = said.get("error")
    if isinstance(error, dict):
        # Not every node has a number of its own for it; all say the word.
        reverted = error.get("code") == _REVERTED or "revert" in str(error.get("message")).lower()
        if reverted:
            return None
        raise ProviderError("unavailable", "node: it cannot tell")
    if status != 200 or "result" not in said:
        raise from_status(status, "node")
    return said["result"]
