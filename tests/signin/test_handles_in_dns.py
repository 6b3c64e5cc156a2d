"""A handle of the AT Protocol whose owner set a record in DNS, as most with a name of their own."""

from __future__ import annotations

from collections.abc import Iterator

import dns.message
import pytest
from name_server import NameServer, failed, name_server

from commentkit.signin.dids import Directory, Person
from commentkit.signin.http import HttpClient
from commentkit.signin.provider import ProviderError
from commentkit.testing.scripted_provider import ScriptedProvider, json_reply, scripted_provider

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
OTHER = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
HANDLE = "anna.example.org"
RECORD = f"_atproto.{HANDLE}"
RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"


class Network:
    """DNS, and a service that answers for handles."""

    def __init__(self, peer: ScriptedProvider, names: NameServer) -> None:
        self.peer, self.names = peer, names
        self.directory = Directory(plc=peer.url, resolver=peer.url)
        self.http = HttpClient(loopback=True, names=names.names, total_seconds=5)
        self.peer.say(RESOLVE, json_reply({"error": "InvalidRequest"}, 400))

    def did(self) -> str | None:
        return self.directory.did_of(self.http, HANDLE)


@pytest.fixture
def network() -> Iterator[Network]:
    with scripted_provider() as peer, name_server() as names:
        yield Network(peer, names)


def test_the_record_is_enough(network: Network) -> None:
    network.names.texts[RECORD] = ['"v=something else"', f'"did={DID}"']
    assert network.did() == DID
    assert network.peer.calls == [], "nobody else is told who signs in"


def test_it_counts_before_what_a_server_says(network: Network) -> None:
    network.names.texts[RECORD] = [f'"did={DID}"']
    network.peer.say(RESOLVE, json_reply({"did": OTHER}))
    assert network.did() == DID


@pytest.mark.parametrize(
    "texts",
    [
        None,
        [],
        ['"did="'],
        ['"did=did:key:z6Mk"'],
        [f'"DID={DID}"'],
        [f'"{DID}"'],
        [f'" did={DID}"'],
        [f'"did={DID} "'],
        ['"did=did:plc:\\255"'],
    ],
)
def test_without_a_record_the_service_is_asked(network: Network, texts: list[str] | None) -> None:
    if texts is not None:
        network.names.texts[RECORD] = texts
    assert network.did() is None
    network.peer.say(RESOLVE, json_reply({"did": OTHER}))
    assert network.did() == OTHER


def silent(_question: dns.message.Message, _by_tcp: bool) -> None:
    return None


@pytest.mark.parametrize("trouble", [failed, silent])
def test_where_dns_is_away_the_service_is_asked(
    network: Network, trouble: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commentkit.signin.http._NAMES_SECONDS", 0.2)
    network.names.special[RECORD] = trouble  # type: ignore[assignment]
    network.peer.say(RESOLVE, json_reply({"did": DID}))
    assert network.did() == DID


def test_two_records_that_differ_are_refused(network: Network) -> None:
    network.names.texts[RECORD] = [f'"did={DID}"', f'"did={OTHER}"']
    network.peer.say(RESOLVE, json_reply({"did": DID}))
    with pytest.raises(ProviderError, match="DNS names several accounts") as caught:
        network.did()
    assert caught.value.kind == "bad_answer"
    assert network.peer.calls == []


@pytest.mark.parametrize("also", [f'"did={DID}"', '"did=nothing"', '"did=did:key:z6Mk"'])
def test_a_record_beside_it_that_names_nobody_else_is_none(network: Network, also: str) -> None:
    network.names.texts[RECORD] = [f'"did={DID}" ""', also]
    assert network.did() == DID


def test_a_handle_is_shown_only_if_it_leads_back(network: Network) -> None:
    person = Person(DID, "https://home.example", (HANDLE,))
    network.names.texts[RECORD] = [f'"did={DID}"']
    assert network.directory.handle_of(network.http, person) == HANDLE
    network.names.texts[RECORD] = [f'"did={OTHER}"']
    assert network.directory.handle_of(network.http, person) is None
    network.names.texts[RECORD] = [f'"did={DID}"', f'"did={OTHER}"']
    assert network.directory.handle_of(network.http, person) is None
