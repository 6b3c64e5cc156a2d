"""Pages shared through Redis: what was put comes back, and nothing else ever does."""

import logging
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser_support import need
from dripping import MOST_DROPS, dripping
from tools.cluster import redis_server
from tools.cluster.accounts import unprivileged
from tools.cluster.ports import HOST, free_port
from tools.cluster.problems import MissingProgramError
from tools.cluster.programs import Program

from commentkit.outage import PAUSE_SECONDS
from commentkit.settings import SettingsError
from commentkit.web.read_path import shared
from commentkit.web.read_path.shared import MAX_BYTES, SharedPages

SECRET = "a secret of the tests"
PAGE = b"<section>" + b"<p>Hello there</p>" * 2000 + b"</section>"


class Seconds:
    """A clock that only tests move."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[Program]:
    """A Redis of our own; skipped, in CI failed, without the program."""
    port = free_port()
    place = Path(tempfile.mkdtemp(prefix="commentkit-redis-"))
    place.chmod(0o711)
    try:
        made = redis_server.redis_server(place / "redis", port, unprivileged())
    except MissingProgramError as missing:
        need(None, str(missing))
    made.start()
    yield made
    made.stop()
    shutil.rmtree(place)


@pytest.fixture
def redis(server: Program) -> Iterator[Any]:
    """What is in it, from outside; empty at first."""
    from redis import Redis

    with Redis(port=_port(server)) as client:
        client.flushall()
        yield client


@pytest.fixture
def url(server: Program, redis: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address, and time to answer: on a busy machine a reader's patience may be too short."""
    monkeypatch.setattr(shared, "TIMEOUT_SECONDS", 10.0)
    return redis_server.url(_port(server))


def _port(server: Program) -> int:
    return int(server.argv[server.argv.index("--port") + 1])


@contextmanager
def pages(url: str, secret: str = SECRET, **options: Any) -> Iterator[SharedPages]:
    made = SharedPages(url, secret, **options)
    yield made
    made.close()


@pytest.mark.parametrize("body", [b"", b"\0", b"short", PAGE, os.urandom(5000)])
def test_what_one_process_puts_another_gets(url: str, body: bytes) -> None:
    with pages(url) as one, pages(url) as other:
        one.put("a", body, seconds=60)
        assert other.get("a") == body
        assert other.get("b") is None


def test_a_page_goes_again_and_takes_less_room_than_it_has_bytes(url: str, redis: Any) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
    [key] = redis.keys("*")
    assert 0 < redis.ttl(key) <= 60
    assert redis.strlen(key) < len(PAGE) / 4


def test_a_page_beyond_the_bound_is_left_out(url: str, redis: Any) -> None:
    with pages(url) as one:
        one.put("a", b"x" * (MAX_BYTES + 1), seconds=60)
        assert redis.keys("*") == []
        longest = os.urandom(MAX_BYTES)
        one.put("a", longest, seconds=60)
        assert one.get("a") == longest


def test_deployments_that_share_a_store_never_meet(url: str, redis: Any) -> None:
    with pages(url) as one, pages(url, "another secret of the tests") as other:
        one.put("a", PAGE, seconds=60)
        other.put("a", b"theirs", seconds=60)
        assert (one.get("a"), other.get("a")) == (PAGE, b"theirs")
        first, second = redis.keys("*")
        value = redis.get(first)
        redis.mset({first: redis.get(second), second: value})
        assert (one.get("a"), other.get("a")) == (None, None)


# A store that lies


def test_no_changed_byte_reaches_a_reader(url: str, redis: Any) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        [key] = redis.keys("*")
        value = redis.get(key)
        for place in range(0, len(value), 7):
            redis.setrange(key, place, bytes([value[place] ^ 1]))
            assert one.get("a") is None
            redis.set(key, value)
        assert one.get("a") == PAGE


@pytest.mark.parametrize("lie", [b"x", b"<p>Buy this</p>" * 9, b"\0" * 33, b"y" * (8 * MAX_BYTES)])
def test_another_value_counts_as_none(url: str, redis: Any, lie: bytes) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        [key] = redis.keys("*")
        redis.set(key, lie)
        assert one.get("a") is None


@pytest.mark.parametrize("length", [1, 31, 32, 33, 100])
def test_a_value_cut_short_counts_as_none(url: str, redis: Any, length: int) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        [key] = redis.keys("*")
        redis.set(key, redis.get(key)[:length])
        assert one.get("a") is None


def test_another_page_in_its_place_counts_as_none(url: str, redis: Any) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        [key] = redis.keys("*")
        one.put("b", b"another page", seconds=60)
        [other] = set(redis.keys("*")) - {key}
        redis.copy(other, key, replace=True)
        assert one.get("a") is None
        assert one.get("b") == b"another page"


def test_another_kind_of_value_counts_as_none_and_ends_nothing(url: str, redis: Any) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        [key] = redis.keys("*")
        redis.delete(key)
        redis.rpush(key, "a list")
        assert one.get("a") is None
        one.put("b", PAGE, seconds=60)
        assert one.get("b") == PAGE


def test_a_lie_is_told_to_the_log_once_a_minute(
    url: str, redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pages(url) as one:
        one.put("a", PAGE, seconds=60)
        redis.set(redis.keys("*")[0], "a lie")
        assert [one.get("a") for _ in range(9)] == [None] * 9
    assert len(caplog.records) == 1


def test_a_store_that_is_full_is_not_an_error(
    url: str, redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    redis.config_set("maxmemory", "1kb")
    try:
        with pages(url) as one:
            one.put("a", PAGE, seconds=60)
            assert one.get("a") is None
    finally:
        redis.config_set("maxmemory", "0")
    assert "refused" in caplog.text


# A store that fails


def test_a_store_that_is_away_costs_one_line_and_comes_back(
    server: Program, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Seconds()
    with pages(url, clock=clock) as one:
        one.put("a", PAGE, seconds=60)
        server.stop()
        with caplog.at_level(logging.ERROR, "commentkit.pages"):
            assert [one.get("a") for _ in range(9)] == [None] * 9
            one.put("a", PAGE, seconds=60)
        server.start()
        assert one.get("a") is None  # it is left alone still
        clock.now += PAUSE_SECONDS
        assert one.get("a") is None  # it came back empty
        one.put("a", PAGE, seconds=60)
        assert one.get("a") == PAGE
    assert len(caplog.records) == 1


def test_a_store_that_hangs_is_asked_once_and_then_left_alone() -> None:
    clock = Seconds()
    with _mute() as (url, connections), pages(url, clock=clock) as one:
        assert [one.get("a") for _ in range(50)] == [None] * 50
        one.put("a", PAGE, seconds=60)
        assert connections() == 1
        clock.now += PAUSE_SECONDS
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(one.get, "abcdefgh")) == {None}
        assert connections() == 2


@pytest.mark.parametrize("greets", [False, True])
def test_a_store_that_drips_is_given_up_as_one_that_hangs(greets: bool) -> None:
    with dripping(greets=greets) as (url, drops), pages(url, clock=Seconds()) as one:
        assert [one.get("a") for _ in range(9)] == [None] * 9
        assert drops() < MOST_DROPS


@contextmanager
def _mute() -> Iterator[tuple[str, Any]]:
    """Listen, and never answer; count who comes."""
    with socket.create_server((HOST, 0)) as listener:
        listener.setblocking(False)
        accepted: list[socket.socket] = []

        def connections() -> int:
            while True:
                try:
                    accepted.append(listener.accept()[0])
                except BlockingIOError:
                    return len(accepted)

        yield f"redis://{HOST}:{listener.getsockname()[1]}/0", connections
        for one in accepted:
            one.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"$9\r\nab",
        b"$-9\r\n",
        b"$99999999999999999999\r\n",
        b"*1\r\n" * 5000,
        b"*99999999\r\n",
        b":7\r\n" * 9,
        b"+OK\r\n" * 9,
        b"-NOPE\r\n" * 9,
        b"%1\r\n*0\r\n*0\r\n" * 9,
        b"\xff\xfe\0\0",
        b"\r\n" * 9,
    ],
)
def test_no_answer_of_a_stranger_raises(answer: bytes) -> None:
    with _stranger(answer) as url, pages(url) as one:
        assert one.get("a") is None
        one.put("a", PAGE, seconds=60)
        assert one.get("a") is None


@contextmanager
def _stranger(answer: bytes) -> Iterator[str]:
    """Listen, and say the same to everybody."""
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=_say, args=(listener, answer))
        thread.start()
        yield f"redis://{HOST}:{listener.getsockname()[1]}/0"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _say(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            visitor, _ = listener.accept()
        except OSError:
            return
        with visitor:
            try:
                visitor.recv(65_536)
                visitor.sendall(answer)
            except OSError:
                continue


def test_threads_may_share_it(url: str) -> None:

    def work(number: int) -> bool:
        body = b"%d" % number * 500
        one.put(f"page {number}", body, seconds=60)
        return one.get(f"page {number}") == body

    with pages(url, clock=Seconds()) as one, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))


def test_answers_says_whether_it_is_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pages(url) as one:
        assert one.answers()
    monkeypatch.setattr(shared, "TIMEOUT_SECONDS", 0.1)
    with _mute() as (hanging, _), pages(hanging) as other:
        assert not other.answers()


def test_constructor_starts_and_opens_nothing() -> None:
    before = set(threading.enumerate())
    with _mute() as (url, connections), pages(url):
        assert connections() == 0
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("url", ["", "memory://", "nosuch://user:hunter2@host", "redis://host:x/"])
def test_an_address_that_cannot_work_is_named_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="COMMENTKIT_PAGES_STORAGE") as refusal:
        SharedPages(url, SECRET)
    assert "hunter2" not in str(refusal.value)
