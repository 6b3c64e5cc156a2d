"""What is remembered of an issuer, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MAX_KEPT, MetadataCache, Server, _Entry
from commentkit.signin.provider import ProviderError
from commentkit.testing.scripted_provider import (
    Call,
    Reply,
    ScriptedProvider,
    json_reply,
    scripted_provider,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HTTP = HttpClient(loopback=True)
PATH = "/.well-known/openid-configuration"


@pytest.fixture
def issuer() -> Iterator[ScriptedProvider]:
    with scripted_provider() as provider:
        provider.say(PATH, json_reply(document(provider)))
        yield provider


def document(provider: ScriptedProvider, **more: Any) -> dict[str, Any]:
    return {
        "issuer": provider.url,
        "authorization_endpoint": f"{provider.url}/authorize",
        "token_endpoint": f"{provider.url}/token",
        **more,
    }


def read(cache: MetadataCache, issuer: ScriptedProvider, now: datetime = NOW) -> Server:
    return cache.server(issuer.url, http=HTTP, now=now)


def test_a_document_is_read_once_an_hour(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    for minutes in (0, 30, 59):
        read(cache, issuer, NOW + timedelta(minutes=minutes))
    assert len(issuer.at(PATH)) == 1
    issuer.say(PATH, json_reply(document(issuer, token_endpoint=f"{issuer.url}/new")))
    assert read(cache, issuer, NOW + timedelta(minutes=61)).endpoints.token.endswith("/new")
    assert len(issuer.at(PATH)) == 2


def test_two_apps_share_nothing(issuer: ScriptedProvider) -> None:
    read(MetadataCache(), issuer)
    read(MetadataCache(), issuer)
    assert len(issuer.at(PATH)) == 2


def test_a_failed_refresh_is_not_repeated_at_once(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    first = read(cache, issuer)
    issuer.say(PATH, Reply(500, b""))
    for seconds in (3_700, 3_710, 3_750):
        assert read(cache, issuer, NOW + timedelta(seconds=seconds)) == first
    assert len(issuer.at(PATH)) == 2
    read(cache, issuer, NOW + timedelta(seconds=3_770))
    assert len(issuer.at(PATH)) == 3


def test_nothing_serves_for_more_than_a_day(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    read(cache, issuer)
    issuer.say(PATH, Reply(500, b""))
    with pytest.raises(ProviderError) as caught:
        read(cache, issuer, NOW + timedelta(hours=25))
    assert caught.value.kind == "unavailable"


def test_a_first_failure_is_remembered_for_the_floor(issuer: ScriptedProvider) -> None:
    """An issuer that hangs holds up one visitor a minute, and not each."""
    cache = MetadataCache()
    issuer.say(PATH, Reply(503, b""))
    for seconds in (0, 1, 59):
        with pytest.raises(ProviderError, match="discovery: HTTP 503") as caught:
            read(cache, issuer, NOW + timedelta(seconds=seconds))
        assert caught.value.kind == "unavailable"
    assert len(issuer.at(PATH)) == 1
    issuer.say(PATH, json_reply(document(issuer)))
    assert read(cache, issuer, NOW + timedelta(seconds=60)).endpoints.token
    assert read(cache, issuer).endpoints.token
    assert len(issuer.at(PATH)) == 2


def test_a_failure_after_a_day_is_remembered_too(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    read(cache, issuer)
    issuer.say(PATH, Reply(500, b""))
    for seconds in (0, 30):
        with pytest.raises(ProviderError):
            read(cache, issuer, NOW + timedelta(hours=25, seconds=seconds))
    assert len(issuer.at(PATH)) == 2


def test_an_issuer_with_a_slash_keeps_it() -> None:
    """OpenID Connect Discovery 1.0 §4: the path is appended without doubling the slash."""
    with scripted_provider() as provider:
        provider.say(PATH, json_reply({**document(provider), "issuer": f"{provider.url}/"}))
        assert MetadataCache().server(f"{provider.url}/", http=HTTP, now=NOW)


def test_unknown_keys_are_asked_for_once_a_minute(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    url = f"{issuer.url}/jwks"
    issuer.say("/jwks", json_reply({"keys": [{"kid": "one"}]}))
    assert cache.keys(url, http=HTTP, now=NOW) == [{"kid": "one"}]
    issuer.say("/jwks", json_reply({"keys": [{"kid": "two"}, "not a key"]}))
    assert cache.keys(url, http=HTTP, now=NOW, unknown=True) == [{"kid": "two"}]
    for _ in range(100):
        cache.keys(url, http=HTTP, now=NOW, unknown=True)
    assert len(issuer.at("/jwks")) == 2


def test_keys_are_read_again_before_they_have_to_be(issuer: ScriptedProvider) -> None:
    """An outage of half an hour refuses nobody; a withdrawn key serves no longer than an hour."""
    cache = MetadataCache()
    url = f"{issuer.url}/jwks"
    issuer.say("/jwks", json_reply({"keys": [{"kid": "one"}]}))
    cache.keys(url, http=HTTP, now=NOW)
    issuer.say("/jwks", Reply(500, b""))
    for minutes, asked in ((29, 1), (30, 2), (30.5, 2), (31, 3), (59, 4)):
        kept = cache.keys(url, http=HTTP, now=NOW + timedelta(minutes=minutes))
        assert kept == [{"kid": "one"}]
        assert len(issuer.at("/jwks")) == asked
    with pytest.raises(ProviderError) as caught:
        cache.keys(url, http=HTTP, now=NOW + timedelta(minutes=60))
    assert caught.value.kind == "unavailable"


def test_who_comes_second_waits_for_the_new_keys(issuer: ScriptedProvider) -> None:
    """The floor between two tries refuses nobody who came while the first was under way."""
    cache = MetadataCache()
    url = f"{issuer.url}/jwks"
    issuer.say("/jwks", json_reply({"keys": [{"kid": "one"}]}))
    cache.keys(url, http=HTTP, now=NOW)
    asked, answer = threading.Event(), threading.Event()

    def slowly(_: Call) -> Reply:
        asked.set()
        assert answer.wait(5)
        return json_reply({"keys": [{"kid": "two"}]})

    issuer.answers["/jwks"] = slowly

    def ask() -> object:
        return cache.keys(url, http=HTTP, now=NOW, unknown=True)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(ask)
        assert asked.wait(5)
        second = threads.submit(ask)
        while not second.running():
            pass
        answer.set()
        assert first.result() == second.result() == [{"kid": "two"}]
    assert len(issuer.at("/jwks")) == 2


def test_an_outdated_document_is_read_again_at_once(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    read(cache, issuer)
    issuer.say(PATH, json_reply(document(issuer, jwks_uri=f"{issuer.url}/moved")))
    again = cache.server(issuer.url, http=HTTP, now=NOW, outdated=True)
    assert (again.endpoints.jwks or "").endswith("/moved")
    issuer.say(PATH, Reply(500, b""))
    later = NOW + timedelta(seconds=60)
    assert cache.server(issuer.url, http=HTTP, now=later, outdated=True) == again
    assert len(issuer.at(PATH)) == 3


def test_what_is_kept_is_bounded(issuer: ScriptedProvider) -> None:
    """People name the server where one adapter serves many."""
    cache = MetadataCache()
    issuer.say("/jwks", json_reply({"keys": []}))
    url = f"{issuer.url}/jwks"
    cache._entries.update({str(number): _Entry([], NOW) for number in range(MAX_KEPT)})
    cache.keys(url, http=HTTP, now=NOW)
    assert len(cache._entries) == MAX_KEPT
    assert f"keys {url}" in cache._entries


def test_many_threads_at_once(issuer: ScriptedProvider) -> None:
    cache = MetadataCache()
    issuer.say("/jwks", json_reply({"keys": [{"kid": "one"}]}))
    together = threading.Barrier(8)

    def ask(number: int) -> int:
        together.wait()
        read(cache, issuer, NOW + timedelta(minutes=number * 20))
        return len(cache.keys(f"{issuer.url}/jwks", http=HTTP, now=NOW, unknown=bool(number % 2)))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [1] * 8
