"""Wallets that are contracts: a node of the chain is asked whether they stand by a signature."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from database_support import Databases
from own_pages import Door
from signin_world import attribute
from soft_wallet import SoftWallet
from sqlalchemy import select
from world import make_world

from commentkit.model import Identity
from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.providers.ethereum import Ethereum, _digest, checksummed
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

CONTRACT = checksummed("0x" + "c0" * 20)
SIGNED = "0x" + "ab" * 300
YES = "0x1626ba7e" + "00" * 28
NO = "0xffffffff" + "00" * 28
PLACE = "/v3/canary-key"


@dataclass
class Node:
    """A node, and the one contract on its chain."""

    peer: ScriptedProvider
    chain: str = "0x1"
    good: set[tuple[bytes, bytes]] = field(default_factory=set)
    """Hashes with the signatures that the contract stands by."""
    asked: list[str] = field(default_factory=list)

    def answer(self, call: Call) -> Reply:
        said = json.loads(call.body)
        self.asked.append(said["method"])
        if said["method"] == "eth_chainId":
            return self.result(self.chain)
        transaction, block = said["params"]
        assert block == "latest"
        assert transaction["to"] == CONTRACT
        return self.result(self.called(bytes.fromhex(transaction["data"][2:])))

    def called(self, data: bytes) -> str:
        """Read the call as the contract would (ABI of `isValidSignature(bytes32,bytes)`)."""
        assert data[:4].hex() == "1626ba7e"
        words = data[4:]
        assert len(words) % 32 == 0
        start = int.from_bytes(words[32:64], "big")
        size = int.from_bytes(words[start : start + 32], "big")
        signature = words[start + 32 : start + 32 + size]
        assert len(signature) == size
        assert not any(words[start + 32 + size :])
        return YES if (words[:32], signature) in self.good else NO

    def result(self, value: object) -> Reply:
        return json_reply({"jsonrpc": "2.0", "id": 1, "result": value})

    def says(self, value: object) -> None:
        """Answer each call of the contract so."""
        reply = value if isinstance(value, Reply) else self.result(value)

        def answer(call: Call) -> Reply:
            chain = json.loads(call.body)["method"] == "eth_chainId"
            return self.answer(call) if chain else reply

        self.peer.answers[PLACE] = answer


@pytest.fixture
def node() -> Iterator[Node]:
    with scripted_provider() as peer:
        node = Node(peer)
        peer.answers[PLACE] = node.answer
        yield node


@pytest.fixture
def door(tmp_path: Path, databases: Databases, node: Node) -> Door:
    there = Ethereum(rpc_url=node.peer.url + PLACE)
    world = make_world(tmp_path, PROVIDERS=[there], COMMENTKIT_LOOPBACK_SERVICES=True)
    return Door(world, "ethereum")


def message_for(door: Door, state: str, address: str = CONTRACT) -> str:
    page = door.send(state, {"address": address})
    found = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[1])


def people(door: Door) -> list[Identity]:
    with door.world.kit.database.read() as db:
        return list(db.scalars(select(Identity).where(Identity.site_id == door.world.site.id)))


def ended(door: Door, signature: str = SIGNED) -> str:
    """Try to sign in; return the code of what was said instead."""
    state = door.start()
    message_for(door, state)
    page = door.send(state, {"address": CONTRACT, "signature": signature})
    return attribute(page, "data-code")


@pytest.mark.parametrize("signature", [SIGNED, "0x" + "cd" * 65, "0x" + "ef" * 2_048, "0x01"])
def test_a_contract_signs_in_and_is_the_same_the_next_time(
    door: Door, node: Node, signature: str
) -> None:
    for _ in range(2):
        state = door.start()
        digest = _digest(message_for(door, state))
        node.good.add((digest, bytes.fromhex(signature[2:])))
        assert door.redeemed(door.send(state, {"address": CONTRACT, "signature": signature}))
    (person,) = people(door)
    assert (person.issuer, person.subject) == ("eip155", CONTRACT)
    assert node.asked == ["eth_chainId", "eth_call"] * 2


def test_an_owners_key_is_not_the_contract(door: Door, node: Node) -> None:
    """What the key signs is recovered to the key's own account, then asked of the contract."""
    owner = SoftWallet(PrivateKey(b"\x11" * 32))
    state = door.start()
    message = message_for(door, state)
    signature = owner.sign(message)
    refused = door.send(state, {"address": CONTRACT, "signature": signature})
    assert attribute(refused, "data-code") == "provider_bad_answer"
    again = door.start()
    message = message_for(door, again)
    signature = owner.sign(message)
    node.good.add((_digest(message), bytes.fromhex(signature[2:])))
    assert door.redeemed(door.send(again, {"address": CONTRACT, "signature": signature}))
    assert [person.subject for person in people(door)] == [CONTRACT]


def test_of_a_key_nobody_is_asked(door: Door, node: Node) -> None:
    wallet = SoftWallet(PrivateKey(b"\x22" * 32))
    state = door.start()
    signature = wallet.sign(message_for(door, state, wallet.address))
    assert door.redeemed(door.send(state, {"address": wallet.address, "signature": signature}))
    assert node.asked == []


def test_the_signature_of_another_attempt_is_refused(door: Door, node: Node) -> None:
    digest = _digest(message_for(door, door.start()))
    node.good.add((digest, bytes.fromhex(SIGNED[2:])))
    assert ended(door) == "provider_bad_answer"
    assert people(door) == []


@pytest.mark.parametrize(
    "answer",
    [
        NO,
        "0x",
        "0x1626ba7e",
        YES[:-1] + "1",
        YES + "00",
        "0x" + "00" * 28 + "1626ba7e",
        "0x" + "00" * 31 + "01",
        True,
        1,
        None,
        [YES],
        {"result": YES},
        json_reply({"id": 1, "error": {"code": 3, "message": "execution reverted", "data": YES}}),
        json_reply({"id": 1, "error": {"code": -32000, "message": "VM: Reverted"}}),
        json_reply([{"id": 1, "result": YES}]),
        Reply(200, b"<html>"),
        Reply(404, b""),
        Reply(302, b"", {"Location": "http://169.254.169.254/"}),
    ],
)
def test_whatever_else_is_said_is_no(door: Door, node: Node, answer: object) -> None:
    node.says(answer)
    assert ended(door) == "provider_bad_answer"
    assert people(door) == []


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(503, b""),
        Reply(429, b"slower"),
        json_reply({"id": 1, "error": {"code": -32005, "message": "limit exceeded"}}),
        json_reply({"id": 1, "error": {"code": -32601, "message": "canary-words"}}, 400),
    ],
)
def test_a_node_in_trouble_is_no_lie(
    door: Door, node: Node, trouble: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    node.says(trouble)
    assert ended(door) == "provider_unavailable"
    assert people(door) == []
    assert "canary" not in caplog.text, "a node's address often has a key in it"


@pytest.mark.parametrize("chain", ["0x2105", "0x01", "1", 1, None])
def test_another_chain_is_not_asked(door: Door, node: Node, chain: Any) -> None:
    """There the address may be somebody else's contract."""
    node.chain = chain
    assert ended(door) == "provider_misconfigured"
    assert node.asked == ["eth_chainId"]


def test_a_signature_without_end_is_refused(door: Door, node: Node) -> None:
    state = door.start()
    message_for(door, state)
    page = door.send(state, {"address": CONTRACT, "signature": "0x" + "ab" * 2_049})
    assert page.status_code == 400
    assert node.asked == []


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "This wallet is a contract"), ("it", "Questo wallet è un contratto")],
)
def test_without_a_node_it_says_so(
    tmp_path: Path, databases: Databases, language: str, told: str
) -> None:
    door = Door(make_world(tmp_path, PROVIDERS=[Ethereum()]), "ethereum")
    state = door.start(lang=language)
    message_for(door, state)
    page = door.send(state, {"address": CONTRACT, "signature": SIGNED})
    assert page.status_code == 400
    assert told in page.text
    assert people(door) == []


def test_where_its_node_is_stands_in_the_configuration() -> None:
    key = "COMMENTKIT_ETHEREUM_RPC_URL"
    made = registry.make("ethereum", {key: "https://node.example.org/v3/canary-key"})
    assert isinstance(made, Ethereum)
    assert made.rpc_url == "https://node.example.org/v3/canary-key"
    assert "canary" not in repr(made)
    assert key in registry.keys(made)
    for wrong in ("node", "http://node.example.org", "https://10.0.0.1/"):
        with pytest.raises(SettingsError, match=f"{key} cannot be used"):
            registry.make("ethereum", {key: wrong})
