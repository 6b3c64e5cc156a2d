"""Servers that strangers name: private ones are not reached, big and slow ones hold nobody up."""

import json
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from signin_support import Peer, drip, peer, response

from commentkit.signin.answers import Answer
from commentkit.signin.flow import Services
from commentkit.signin.http import HttpClient
from commentkit.signin.instances import origin_of
from commentkit.signin.links import linked
from commentkit.signin.metadata import MetadataCache, Server
from commentkit.signin.provider import Provider, ProviderError, RoundTrip
from commentkit.signin.providers.bluesky import Bluesky
from commentkit.signin.providers.indieauth import IndieAuth
from commentkit.signin.providers.mastodon import Mastodon
from commentkit.testing.instances import CLIENT_URL, MemoryClients
from commentkit.testing.rehearsal import NOW

ADAPTERS = [Mastodon(), IndieAuth(), Bluesky()]


def trip(typed: str, http: HttpClient) -> RoundTrip:
    return RoundTrip(
        http=http,
        metadata=MetadataCache(),
        redirect_uri="https://comments.example/callback/x",
        state="state",
        nonce="nonce",
        code_verifier="v" * 43,
        now=NOW,
        instance=typed,
        clients=MemoryClients(),
        client_url=CLIENT_URL,
        proof_key="key",
    )


def ends(adapter: Provider, typed: str, http: HttpClient) -> str:
    with pytest.raises(ProviderError) as caught:
        adapter.begin(trip(typed, http), switch=False, language="en")
    return caught.value.kind


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_public_name_of_a_private_place_is_not_reached(adapter: Provider, address: str) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14", address]

    assert ends(adapter, "named.example", HttpClient(resolve=resolve)) == "bad_answer"
    assert len(asked) == 1


def test_a_name_that_changes_its_mind_is_judged_at_each_dialling() -> None:
    """The first exchange reached this machine by its own spelling; the next one is judged anew."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with peer(
        lambda _: response(b"{}", headers=["Location: https://rebind.example/"], status="302 Found")
    ) as there:
        http = HttpClient(loopback=True, resolve=resolve)
        assert ends(IndieAuth(), there.url, http) == "bad_answer"
    assert asked == ["rebind.example"]


@pytest.mark.parametrize(
    ("adapter", "typed", "header"),
    [
        (IndieAuth(), "{}", "Link: <https://named.example:25/m>; rel=indieauth-metadata"),
        (Mastodon(), "@anna@{}", "Location: https://named.example:25/"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_no_server_has_us_try_the_doors_of_another_one(
    adapter: Provider, typed: str, header: str
) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return ["127.0.0.1"]

    status = "302 Found" if header.startswith("Location") else "200 OK"
    with peer(lambda _: response(b"{}", headers=[header], status=status)) as there:
        name = there.url if typed == "{}" else typed.format(there.url.partition("://")[2])
        assert ends(adapter, name, HttpClient(loopback=True, resolve=resolve)) == "bad_answer"
    assert asked == []


@pytest.mark.parametrize("adapter", [Mastodon(), IndieAuth()], ids=lambda adapter: adapter.name)
def test_gigabytes_are_not_read(adapter: Provider) -> None:
    sent: list[int] = []

    def endless(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
        while not here[0].stopped.is_set() and sum(sent) < 2**28:
            sent.append(65_536)
            yield b"x" * 65_536

    here: list[Peer] = []
    with peer(endless) as there:
        here.append(there)
        assert ends(adapter, there.url, HttpClient(loopback=True)) == "bad_answer"
    assert sum(sent) < 2**26  # what the sockets took before the reader hung up


@pytest.mark.parametrize("adapter", [Mastodon(), IndieAuth()], ids=lambda adapter: adapter.name)
def test_drops_of_bytes_end_in_time(adapter: Provider) -> None:
    here: list[Peer] = []
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with peer(lambda _: drip(here, first, b" ")) as there:
        here.append(there)
        http = HttpClient(loopback=True, timeout_seconds=0.2, total_seconds=0.3)
        assert ends(adapter, there.url, http) == "unavailable"


def test_a_server_is_spelled_once_for_all() -> None:
    spelled = {origin_of(t, loopback=False) for t in ("Bücher.example", "xn--bcher-kva.EXAMPLE/")}
    assert len(spelled) == 1


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("</m>; rel=indieauth-metadata", "https://anna.example/m"),
        ('<https://a.example/>; rel="me", </m>; title="a, b"; REL="x IndieAuth-Metadata"',
         "https://anna.example/m"),
        ("</m>; rel=me; title=\"rel=indieauth-metadata\"", None),
        ("</m>; rel=indieauth-metadata-2", None),
        ("</a>; rel=indieauth-metadata, </b>; rel=indieauth-metadata", "https://anna.example/a"),
        ("<>; rel=indieauth-metadata", None),
        ("<" * 5_000 + "/m>; rel=indieauth-metadata", None),
        ('</m>; x="' + '\\"' * 3_000, None),
    ],
)  # fmt: skip
def test_a_header_links_as_it_says(header: str, found: str | None) -> None:
    answer = Answer(200, {"link": header}, b"")
    assert linked(answer, "indieauth-metadata", url="https://anna.example/x") == found


def test_a_head_without_an_end_is_read_to_a_bound() -> None:
    late = b"<head>" + b"<meta>" * 60_000 + b'<link rel="indieauth-metadata" href="/m">'
    answer = Answer(200, {"content-type": "text/html"}, late)
    assert linked(answer, "indieauth-metadata", url="https://anna.example/") is None
    early = replace(answer, body=late[-60:])
    assert linked(early, "indieauth-metadata", url="https://anna.example/") is not None


class _Unfolding(HttpClient):
    """A server under any name, whose small document has more words than anybody needs."""

    def get(self, url: str, **_: Any) -> Answer:
        server = url.partition("/.well-known")[0]
        document = {
            "issuer": server,
            "authorization_endpoint": f"{server}/a",
            "token_endpoint": f"{server}/t",
            "scopes_supported": ["x" * 101, *(f"{n:x}" for n in range(900))],
        }
        return Answer(200, {}, json.dumps(document, separators=(",", ":")).encode())


def _weight(server: Server) -> int:
    lists = (getattr(server, f.name) for f in fields(server))
    words = [one for one in lists if isinstance(one, frozenset)]
    return sum(sys.getsizeof(one) + sum(map(sys.getsizeof, one)) for one in words)


def test_lying_servers_without_end_fill_no_memory() -> None:
    """A megabyte of each would stay for a day; one person may name any number of them."""
    kept = Services(HttpClient(), MetadataCache()).strangers
    for number in range(205):
        kept.authorization_server(f"https://s{number}.example", http=_Unfolding(), now=NOW)
    servers = [entry.value for entry in kept._entries.values()]
    assert len(servers) == 200
    assert all(len(server.scopes) == 100 for server in servers)
    assert sum(map(_weight, servers)) < 4_000_000
