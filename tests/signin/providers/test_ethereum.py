"""An Ethereum account by a signed message, with real keys, through the server's own doors."""

import re
from html import unescape
from pathlib import Path

import pytest
from coincurve import PrivateKey
from database_support import Databases
from own_pages import Door, hidden
from signin_world import attribute
from soft_wallet import SoftWallet
from sqlalchemy import select
from world import SERVER, make_world

from commentkit.model import Identity
from commentkit.signin.provider import Profile
from commentkit.signin.providers import ethereum
from commentkit.signin.providers.ethereum import Ethereum, checksummed

pytestmark = pytest.mark.provider_contract

KEY = SoftWallet(PrivateKey(b"\x11" * 32))
OTHER = SoftWallet(PrivateKey(b"\x22" * 32))


@pytest.fixture
def door(tmp_path: Path, databases: Databases) -> Door:
    return Door(make_world(tmp_path, PROVIDERS=[Ethereum()]), "ethereum")


def people(door: Door) -> list[Identity]:
    with door.world.kit.database.read() as db:
        return list(db.scalars(select(Identity).where(Identity.site_id == door.world.site.id)))


def message_for(door: Door, state: str, address: str) -> str:
    """Tell the page which account it is; return the message that it shows."""
    page = door.send(state, {"address": address})
    assert hidden(page, "address") == checksummed(address)
    found = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    assert found, page.text
    return unescape(found[1])


def signed_in(door: Door, wallet: SoftWallet = KEY, *, plus: int = 27) -> str:
    state, address = door.start(), wallet.address
    signature = wallet.sign(message_for(door, state, address), plus=plus)
    return door.redeemed(door.send(state, {"address": address, "signature": signature}))


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ],
)
def test_addresses_are_spelled_as_the_standard_has_it(address: str) -> None:
    assert checksummed(address.lower()) == checksummed(address) == address


def test_a_signature_that_others_published_is_recovered() -> None:
    """The key whose signature of this message stands in the documents of many wallets."""
    secret = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
    wallet = SoftWallet(PrivateKey(bytes.fromhex(secret)))
    assert wallet.address == "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
    signature = (
        "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
    )
    digest = ethereum._digest("Some data")
    assert ethereum._signer(digest, bytes.fromhex(signature)) == wallet.address


def test_the_message_is_exact(door: Door) -> None:
    state = door.start()
    lines = message_for(door, state, KEY.address.lower()).split("\n")
    nonce = lines[7]
    assert re.fullmatch(r"Nonce: [a-z0-9]{32}", nonce)
    assert lines == [
        "127.0.0.1:8000 wants you to sign in with your Ethereum account:",
        KEY.address,
        "",
        "",
        f"URI: {SERVER}",
        "Version: 1",
        "Chain ID: 1",
        nonce,
        "Issued At: 2026-11-22T12:00:00Z",
        "Expiration Time: 2026-11-22T12:10:00Z",
    ]
    assert state not in "".join(lines)


@pytest.mark.parametrize("plus", [27, 0])
def test_an_account_signs_in_and_is_the_same_the_next_time(door: Door, plus: int) -> None:
    assert signed_in(door, plus=plus)
    assert signed_in(door)
    (person,) = people(door)
    assert (person.issuer, person.subject) == ("eip155", KEY.address)
    assert person.name == f"{KEY.address[:6]}…{KEY.address[-4:]}"
    assert (person.email, person.profile_url, person.picture_id) == (None, None, None)
    signed_in(door, OTHER)
    assert len(people(door)) == 2


def test_every_other_signature_is_refused(door: Door) -> None:
    address = KEY.address

    def tried(signature: str, *, claimed: str = address) -> str:
        return attribute(
            door.send(states.pop(), {"address": claimed, "signature": signature}), "data-code"
        )

    states = [door.start() for _ in range(9)]
    messages = [message_for(door, state, address) for state in states]
    right = [KEY.sign(message) for message in messages]
    wrong = [
        OTHER.sign(messages[8]),
        KEY.sign(messages[0]),  # of another attempt
        KEY.sign(messages[6] + "\n"),
        KEY.sign(messages[5].replace("Chain ID: 1", "Chain ID: 5")),
        right[4][:-2] + "1f",
        "0x" + "00" * 65,
        "0x" + "ff" * 64 + "1b",
        "0x" + "zz" * 65,
    ]
    assert {tried(signature) for signature in wrong} == {"provider_bad_answer"}
    assert tried(right[0], claimed=OTHER.address) == "provider_bad_answer"
    assert people(door) == []


def test_a_message_is_good_once_and_for_ten_minutes(door: Door) -> None:
    state, address = door.start(), KEY.address
    answer = {"address": address, "signature": KEY.sign(message_for(door, state, address))}
    assert attribute(door.send(state, answer), "data-ticket")
    assert "used before" in door.send(state, answer).text
    late = door.start()
    signature = KEY.sign(message_for(door, late, address))
    door.world.clock.move(minutes=10)
    assert "took too long" in door.send(late, answer | {"signature": signature}).text


@pytest.mark.parametrize("address", ["", "0x123", "anna.eth", "0x" + "g" * 40, "0x" + "1" * 41])
def test_what_is_no_account_is_said(door: Door, address: str) -> None:
    page = door.send(door.start(), {"address": address})
    assert page.status_code == 400
    assert "The wallet named no account." in page.text


def test_another_browser_cannot_answer(door: Door) -> None:
    state, address = door.start(), KEY.address
    signature = KEY.sign(message_for(door, state, address))
    there = door.send(state, {"address": address, "signature": signature}, who="bruno")
    assert there.status_code == 403
    assert people(door) == []


def test_the_mapping_is_pure() -> None:
    assert Ethereum().profile({"address": KEY.address}) == Profile(
        subject=KEY.address, name=f"{KEY.address[:6]}…{KEY.address[-4:]}"
    )


def test_without_its_libraries_it_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Ethereum().configured
    monkeypatch.setattr(ethereum, "find_spec", lambda name: None)
    assert not Ethereum().configured
    assert "commentkit[ethereum]" in Ethereum().lacking
