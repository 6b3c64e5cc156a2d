"""Rates hold under threads, survive their storage, and keep no addresses."""

import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from dripping import MOST_DROPS, dripping
from tools.cluster.ports import free_port

from commentkit.errors import CommentKitError
from commentkit.limits import DEFAULT_RATES, Limiter, client_key
from commentkit.limits.memory import SWEEP_SECONDS, ProcessCounts
from commentkit.outage import LOG_EVERY_SECONDS, PAUSE_SECONDS
from commentkit.settings import SettingsError

SECRET = "a secret of the tests"


def _limiter(
    storage: str = "memory://", *, clock: Callable[[], float] = time.monotonic, **rules: str
) -> Limiter:
    return Limiter(storage, rules, secret=SECRET, clock=clock)


def _allowed(limiter: Limiter, number: int, *, who: str = "1.2.3.4", site_id: int = 1) -> int:
    allowed = 0
    for _ in range(number):
        try:
            limiter.hit("post", site_id=site_id, who=who)
        except CommentKitError:
            continue
        allowed += 1
    return allowed


def test_rate_is_kept_and_says_how_long_to_wait() -> None:
    limiter = _limiter(post="3/minute")
    assert _allowed(limiter, 3) == 3
    with pytest.raises(CommentKitError) as refusal:
        limiter.hit("post", site_id=1, who="1.2.3.4")
    assert refusal.value.code == "too_many"
    assert 50 <= refusal.value.values["retry_after"] <= 60


def test_every_rate_of_an_action_holds() -> None:
    limiter = _limiter(post="100/minute;5/hour")
    assert _allowed(limiter, 20) == 5
    with pytest.raises(CommentKitError) as refusal:
        limiter.hit("post", site_id=1, who="1.2.3.4")
    assert 3000 <= refusal.value.values["retry_after"] <= 3600


def test_clients_sites_and_actions_are_counted_apart() -> None:
    limiter = _limiter(post="2/minute", edit="2/minute")
    assert _allowed(limiter, 5) == 2
    assert _allowed(limiter, 5, who="5.6.7.8") == 2
    assert _allowed(limiter, 5, site_id=2) == 2
    limiter.hit("edit", site_id=1, who="1.2.3.4")


def test_ten_thousand_posts_from_one_client_store_what_the_rate_allows() -> None:
    assert _allowed(_limiter(), 10_000) == 6


def test_threads_together_get_no_more_than_one_would() -> None:
    limiter = _limiter(post="50/minute")
    together = threading.Barrier(8)

    def work(_: int) -> int:
        together.wait(10)
        return _allowed(limiter, 100)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 50


def test_defaults_cover_every_action() -> None:
    limiter = _limiter()
    for action in DEFAULT_RATES:
        limiter.hit(action, site_id=1, who="1.2.3.4")


@pytest.mark.parametrize(
    ("storage", "rules", "said"),
    [
        ("memory://", {"pots": "1/minute"}, "pots"),
        ("memory://", {"post": "often"}, "often"),
        ("memory://", {"post": ""}, "post"),
        ("postgres://x", {}, "COMMENTKIT_LIMITS_STORAGE"),
        ("", {}, "COMMENTKIT_LIMITS_STORAGE"),
    ],
)
def test_what_cannot_work_is_named_at_the_start(
    storage: str, rules: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        Limiter(storage, rules, secret=SECRET)


def test_password_of_the_storage_is_not_in_the_error() -> None:
    with pytest.raises(SettingsError) as refusal:
        Limiter("nosuch://user:hunter2@host", {}, secret=SECRET)
    assert "hunter2" not in str(refusal.value)


def test_constructor_starts_and_opens_nothing() -> None:
    before = set(threading.enumerate())  # those of other tests may end meanwhile
    _limiter()
    _limiter("redis://127.0.0.1:1/0")
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("ip", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("999.1.1.1", "unknown"),
    ],
)
def test_client_is_an_address_or_a_network(ip: str, key: str) -> None:
    assert client_key(ip) == key


# With Redis


@contextmanager
def _redis(port: int) -> Iterator[None]:
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("not run here: no Redis on this machine")
    told = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"]
    server = subprocess.Popen(told, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert any("Ready to accept" in line for line in server.stdout)
        yield
    finally:
        server.terminate()
        server.communicate(timeout=10)


def test_processes_share_what_redis_counts_and_it_holds_no_address() -> None:
    import redis

    port = free_port()
    with _redis(port):
        first, second = (_limiter(f"redis://127.0.0.1:{port}/0", post="5/minute") for _ in "ab")
        assert _allowed(first, 3) + _allowed(second, 10) == 5
        client = redis.Redis(port=port)
        keys = b"".join(client.keys("*"))
        client.close()
        for limiter in (first, second):
            _close(limiter)
    assert keys
    assert b"1.2.3.4" not in keys
    assert b"post" not in keys


def test_threads_over_redis_get_no_more_than_one_would() -> None:
    port = free_port()
    with _redis(port):
        limiter = _limiter(f"redis://127.0.0.1:{port}/0", post="30/minute")
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(lambda _: _allowed(limiter, 20), range(8))) == 30
        _close(limiter)


def test_redis_that_goes_away_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    port, clock = free_port(), _Time()
    limiter = _limiter(f"redis://127.0.0.1:{port}/0", clock=clock, post="5/minute")
    with _redis(port):
        assert _allowed(limiter, 2) == 2
    with caplog.at_level(logging.ERROR, "commentkit.limits"):
        assert _allowed(limiter, 9) == 5  # counted here now, never an error
    assert len(caplog.records) == 1
    clock.now += PAUSE_SECONDS
    with _redis(port):
        assert _allowed(limiter, 9) == 5  # a new Redis has counted nothing yet
        _close(limiter)


def test_redis_that_is_away_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = _Time()
    address = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    limiter = _limiter(address, clock=clock, post="100/minute")
    for _ in range(10):
        clock.now += PAUSE_SECONDS
        assert _allowed(limiter, 2) == 2
    assert len(caplog.records) == 1
    clock.now += LOG_EVERY_SECONDS
    _allowed(limiter, 1)
    assert len(caplog.records) == 2
    assert "hunter2" not in caplog.text


def test_redis_that_hangs_delays_one_request_not_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        limiter = _limiter(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", post="100/minute")
        began = time.monotonic()
        assert _allowed(limiter, 50) == 50
        assert time.monotonic() - began < 3
        _close(limiter)


@pytest.mark.parametrize("greets", [False, True])
def test_redis_that_drips_delays_one_request_no_longer_than_one_that_hangs(greets: bool) -> None:
    with dripping(greets=greets) as (url, drops):
        limiter = _limiter(url, post="100/minute", clock=_Time())
        assert _allowed(limiter, 50) == 50
        assert drops() < MOST_DROPS
        _close(limiter)


def _close(limiter: Limiter) -> None:
    assert limiter._shared is not None
    limiter._shared.storage.storage.close()  # type: ignore[attr-defined]


# In this process


@dataclass
class _Time:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_count_begins_anew_after_its_span() -> None:
    clock = _Time()
    counts = ProcessCounts(clock)
    assert [counts.incr("a", 60), counts.incr("a", 60)] == [1, 2]
    assert counts.get_expiry("a") == 1_060
    clock.now += 59
    assert counts.get("a") == 2
    clock.now += 1
    assert counts.get("a") == 0
    assert counts.incr("a", 60) == 1
    assert counts.get_expiry("a") == 1_120


def test_counts_that_are_over_take_no_memory() -> None:
    clock = _Time()
    counts = ProcessCounts(clock)
    for number in range(1_000):
        counts.incr(f"client {number}", 30)
    clock.now += SWEEP_SECONDS
    counts.incr("one more", 30)
    assert len(counts) == 1


def test_a_burst_starts_no_thread() -> None:
    limiter = _limiter()
    before = threading.active_count()
    _allowed(limiter, 5)
    assert threading.active_count() <= before
