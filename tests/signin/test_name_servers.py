"""Texts in DNS: asked of the system's name servers, bounded in time and size, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator

import dns.message
import pytest
from name_server import NameServer, cut, failed, name_server, said

from commentkit.signin.http import HttpClient, HttpFailure, NetworkInTransaction, forbid_network
from commentkit.signin.name_servers import NameServers

NAME = "_atproto.anna.example.org"


@pytest.fixture
def server() -> Iterator[NameServer]:
    with name_server() as running:
        yield running


def client(server: NameServer, seconds: float = 5.0) -> HttpClient:
    return HttpClient(names=server.names, total_seconds=seconds)


def test_texts_come_whole(server: NameServer) -> None:
    server.texts[NAME] = ['"did=did:plc:" "abc"', '"another thing"']
    assert sorted(client(server).texts(NAME)) == ["another thing", "did=did:plc:abc"]
    assert set(server.asked) == {(NAME, False)}, "twice where this machine was too busy"


def test_no_name_and_no_text_are_nothing(server: NameServer) -> None:
    server.texts["empty.example.org"] = []
    assert client(server).texts(NAME) == ()
    assert client(server).texts("empty.example.org") == []


def test_what_does_not_fit_comes_by_tcp(server: NameServer) -> None:
    def answer(question: dns.message.Message, by_tcp: bool) -> bytes:
        return said(question, ['"long"']) if by_tcp else cut(question)

    server.special[NAME] = answer
    assert client(server).texts(NAME) == ["long"]
    assert set(server.asked) == {(NAME, False), (NAME, True)}


def test_a_server_that_cannot_tell_is_a_failure(server: NameServer) -> None:
    server.special[NAME] = failed
    with pytest.raises(HttpFailure) as caught:
        client(server).texts(NAME)
    assert caught.value.kind == "unreachable"


def test_silence_ends(server: NameServer) -> None:
    server.special[NAME] = lambda question, by_tcp: None
    with pytest.raises(HttpFailure) as caught:
        client(server, 0.2).texts(NAME)
    assert caught.value.kind == "timeout"


def test_the_time_of_the_whole_exchange_counts(server: NameServer) -> None:
    server.texts[NAME] = ['"late"']
    over = HttpClient(names=server.names, until=time.monotonic() - 1)
    with pytest.raises(HttpFailure) as caught:
        over.texts(NAME)
    assert caught.value.kind == "timeout"
    assert server.asked == []


def test_an_answer_to_another_question_is_none(server: NameServer) -> None:
    def answer(question: dns.message.Message, by_tcp: bool) -> bytes:
        other = dns.message.make_query("_atproto.evil.example.org", "TXT")
        other.id = question.id
        return said(other, ['"did=did:plc:evil"'])

    server.special[NAME] = answer
    with pytest.raises(HttpFailure):
        client(server, 0.2).texts(NAME)


@pytest.mark.parametrize("noise", [b"", b"\0" * 12, b"\xff" * 500])
def test_what_is_no_answer_is_none(server: NameServer, noise: bytes) -> None:
    server.special[NAME] = lambda question, by_tcp: noise
    with pytest.raises(HttpFailure):
        client(server, 0.2).texts(NAME)


def test_more_than_anybody_needs_is_refused(server: NameServer) -> None:
    many = [f'"{number}"' for number in range(51)]
    server.special[NAME] = lambda question, by_tcp: (
        said(question, many) if by_tcp else cut(question)
    )
    with pytest.raises(HttpFailure) as caught:
        client(server).texts(NAME)
    assert caught.value.kind == "too_large"


def test_a_text_that_is_too_long_is_left_out(server: NameServer) -> None:
    long = " ".join(f'"{"x" * 250}"' for _ in range(5))
    texts = [long, '"short"']
    server.special[NAME] = lambda question, by_tcp: (
        said(question, texts) if by_tcp else cut(question)
    )
    assert client(server).texts(NAME) == ["short"]


@pytest.mark.parametrize("name", ["x" * 64 + ".org", ".".join(["x" * 60] * 5), "a..b"])
def test_what_can_be_no_name_is_a_failure(server: NameServer, name: str) -> None:
    with pytest.raises(HttpFailure):
        client(server).texts(f"_atproto.{name}")
    assert server.asked == []


def test_nothing_is_asked_while_a_transaction_is_open(server: NameServer) -> None:
    with forbid_network(), pytest.raises(NetworkInTransaction):
        client(server).texts(NAME)
    assert server.asked == []


def test_the_demo_asks_no_name_server_but_one_it_was_given(server: NameServer) -> None:
    server.texts[NAME] = ['"given"']
    assert HttpClient(loopback=True).texts(NAME) == ()
    assert HttpClient(loopback=True, names=server.names).texts(NAME) == ["given"]


@pytest.mark.parametrize("address", ["127.0.0.1", "not an address"])
def test_without_any_name_server_it_is_a_failure(address: str) -> None:
    with pytest.raises(HttpFailure):
        NameServers((address,), port=9).texts(NAME, 0.2)
