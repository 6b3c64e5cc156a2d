"""The guarded client, over real sockets."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from signin_support import Authority, Peer, authority, drip, peer, response

from commentkit.signin.http import HttpClient, HttpFailure, NetworkInTransaction, forbid_network

HERE = HttpClient(loopback=True, timeout_seconds=2, total_seconds=3)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("ca")
    return authority(folder)


def refusal(client: HttpClient, url: str) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        client.get(url)
    return caught.value


def test_get_returns_the_answer() -> None:
    with peer(lambda _: response(b'{"a": 1}', headers=["X-Thing: yes"])) as there:
        answer = HERE.get(f"{there.url}/path?q=1", headers={"Accept": "application/json"})
    assert (answer.status, answer.json()) == (200, {"a": 1})
    assert answer.headers["x-thing"] == "yes"
    head = there.requests[0].decode()
    assert head.startswith("GET /path?q=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{there.port}\r\n" in head
    assert "User-Agent: commentkit\r\n" in head


def test_post_form_sends_fields() -> None:
    with peer(lambda _: response()) as there:
        HERE.post_form(f"{there.url}/token", {"code": "a b", "name": "è"})
    assert there.requests[0].endswith(b"\r\n\r\ncode=a+b&name=%C3%A8")
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in there.requests[0]


def test_any_name_below_localhost_is_this_machine() -> None:
    with peer(lambda _: response(b"[]")) as there:
        assert HERE.get(f"http://id.localhost:{there.port}/").json() == []
    assert f"Host: id.localhost:{there.port}".encode() in there.requests[0]


def test_status_is_data_until_asked_for() -> None:
    with peer(lambda _: response(b"no", status="404 Not Found")) as there:
        answer = HERE.get(there.url)
        assert answer.status == 404
        with pytest.raises(HttpFailure) as caught:
            answer.require_ok()
    assert (caught.value.kind, caught.value.status) == ("bad_status", 404)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b'{"a": ', b"\xff", b'{"a": NaN}', b"[" * 200_000]
)
def test_not_json_is_a_failure(body: bytes) -> None:
    with peer(lambda _: response(body)) as there, pytest.raises(HttpFailure) as caught:
        HERE.get(there.url).json()
    assert caught.value.kind == "not_json"


# Addresses


# fmt: off
PRIVATE_ADDRESSES = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.1", "198.51.100.1", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2001:10::1", "2001:20::1",
    "2002:7f00:1::1", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%1", "fec0::1", "ff02::1",
]
# fmt: on


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
@pytest.mark.parametrize("company", [[], ["93.184.216.34"]])
def test_a_name_with_any_private_address_is_refused(address: str, company: list[str]) -> None:
    client = HttpClient(resolve=lambda host, port: [*company, address])
    assert refusal(client, "https://provider.example/").kind == "refused_address"


# fmt: off
URL_TRICKS = [
    "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/",
    "//example.org/", "example.org", "https://", "https:///path", "https://user@example.org/",
    "https://user:pw@example.org/", "https://example.org\\@127.0.0.1/", "https://127.0.0.1/",
    "https://localhost/", "https://x.localhost/", "https://[::1]/", "https://[::ffff:7f00:1]/",
    "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::a9fe:a9fe]/",
    "https://169.254.169.254/latest/meta-data/", "https://0/", "https://0.0.0.0/",
    "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
    "https://0x7f.0.0.1/", "https://127.0.0.1.:443/", "https://localhost.:443/",
    "https://[fe80::1%25eth0]/", "https://\uff11\uff12\uff17.0.0.1/", "https://\u2460\u2461\u2466.0.0.1/",
    "https://127\u30020\u30020\u30021/", "https://example.org:0/", "https://example.org:99999/",
    "https://ex%61mple.org:x/", "javascript:alert(1)", "data:text/plain,x",
    "https://10.0.0.1:443/", "https://[fd00::1]/", "https://metadata.google.internal/",
]
# fmt: on


@pytest.mark.parametrize(
    "url", [*URL_TRICKS, "https://example.org/\r\nHost: x", "https://a b.example/"]
)
def test_url_tricks_reach_nothing(url: str) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        # As the system's resolver reads such spellings, and as a metadata service's name resolves.
        return ["127.0.0.1"] if host[0] in "012" else ["169.254.169.254"]

    assert refusal(HttpClient(resolve=resolve), url).kind == "refused_address"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://example.org/", "https://192.168.0.1/", "http://[fd00::1]/"]
)
def test_loopback_admits_nothing_else(url: str) -> None:
    client = HttpClient(loopback=True, resolve=lambda host, port: ["127.0.0.1"])
    assert refusal(client, url).kind == "refused_address"


def test_a_public_name_for_this_machine_is_refused_even_with_loopback() -> None:
    client = HttpClient(loopback=True, resolve=lambda host, port: ["127.0.0.1"])
    with peer(lambda _: response()) as there:
        failure = refusal(client, f"https://localtest.example:{there.port}/")
    assert (failure.kind, there.connections) == ("refused_address", 0)


def test_the_checked_address_is_the_dialled_one() -> None:
    """A name that turns private after the check is never asked a second time."""
    answers = iter([["203.0.113.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    assert refusal(HttpClient(resolve=resolve), "https://rebind.example/").kind == "refused_address"
    assert asked == ["rebind.example"]


def test_only_this_module_imports_what_opens_connections() -> None:
    package = Path(__file__).parents[2] / "src" / "commentkit"
    allowed = {"http.py", "wire.py", "addresses.py", "problems.py"}
    banned = (
        "import requests",
        "from requests",
        "import urllib3",
        "from urllib3",
        "urllib.request",
    )
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "testing" not in path.parts
        and any(word in line for line in path.read_text().splitlines() for word in banned)
    }
    inside = {f"signin/{name}" for name in allowed}
    # The protocols name a response's type; they send nothing of their own.
    assert found <= inside | {"signin/protocols/oauth1.py", "signin/protocols/oauth2.py"}


# Redirects


def test_redirects_are_answers_unless_asked_for() -> None:
    moved = response(b"", status="302 Found", headers=["Location: http://169.254.169.254/"])
    with peer(lambda _: moved) as there:
        assert HERE.get(there.url).status == 302


def test_each_hop_is_checked() -> None:
    moved = response(b"", status="302 Found", headers=["Location: http://169.254.169.254/"])
    with peer(lambda _: moved) as there, pytest.raises(HttpFailure) as caught:
        HERE.get(there.url, redirects=3)
    assert (caught.value.kind, there.connections) == ("refused_address", 1)


def test_a_redirect_is_followed_without_the_first_headers() -> None:
    def script(request: bytes) -> bytes:
        if request.startswith(b"GET /a"):
            return response(b"", status="301 Moved", headers=["Location: /b"])
        return response(b"[]")

    with peer(script) as there:
        assert HERE.get(f"{there.url}/a", headers={"Authorization": "x"}, redirects=1).json() == []
    assert b"Authorization" in there.requests[0]
    assert b"Authorization" not in there.requests[1]


# Limits


def test_a_large_body_is_cut() -> None:
    client = HttpClient(loopback=True, max_bytes=1_000)
    with peer(lambda _: response(b"x" * 1_001)) as there:
        assert refusal(client, there.url).kind == "too_large"
    with peer(lambda _: response(b"x" * 1_000)) as there:
        assert len(client.get(there.url).body) == 1_000


def test_an_endless_body_is_cut() -> None:
    def endless() -> Iterator[bytes]:
        yield response(b"", length=False)
        while True:
            yield b"x" * 10_000

    with peer(lambda _: endless()) as there:
        assert refusal(HERE, there.url).kind == "too_large"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    client = HttpClient(loopback=True, max_bytes=200_000)
    assert len(bomb) < 200_000
    with peer(lambda _: response(bomb, headers=["Content-Encoding: gzip"])) as there:
        assert refusal(client, there.url).kind == "too_large"


def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(json.dumps({"a": "è"}).encode())
    with peer(lambda _: response(packed, headers=["Content-Encoding: gzip"])) as there:
        assert HERE.get(there.url).json() == {"a": "è"}


@pytest.mark.parametrize(
    ("first", "byte"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
    ids=["status", "headers", "body", "counted", "chunked"],
)
def test_drops_of_bytes_do_not_outlast_the_total(first: bytes, byte: bytes) -> None:
    client = HttpClient(loopback=True, timeout_seconds=5, total_seconds=0.4)
    here: list[Peer] = []
    with peer(lambda _: drip(here, first, byte)) as there:
        here.append(there)
        began = time.monotonic()
        assert refusal(client, there.url).kind == "timeout"
        assert time.monotonic() - began < 2


def test_silence_is_a_timeout() -> None:
    here: list[Peer] = []

    def silent() -> Iterator[bytes]:
        here[0].stopped.wait(10)
        yield b""

    client = HttpClient(loopback=True, timeout_seconds=0.2, total_seconds=5)
    with peer(lambda _: silent()) as there:
        here.append(there)
        assert refusal(client, there.url).kind == "timeout"


def test_a_resolver_that_never_answers_is_a_timeout() -> None:
    release = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        release.wait(10)
        return []

    client = HttpClient(resolve=resolve, timeout_seconds=0.2)
    assert refusal(client, "https://slow.example/").kind == "timeout"
    release.set()


def test_within_bounds_several_exchanges_together() -> None:
    here: list[Peer] = []
    with peer(lambda _: drip(here, b"", b"H")) as there:
        here.append(there)
        client = HERE.within(0.3)
        assert refusal(client, there.url).kind == "timeout"
        assert refusal(client, there.url).kind == "timeout"
    assert there.connections == 1


def test_a_cut_body_is_no_answer() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"
    with peer(lambda _: cut) as there:
        assert refusal(HERE, there.url).kind == "unreachable"


def test_nobody_there_is_unreachable() -> None:
    with peer(lambda _: response()) as there:
        pass
    assert refusal(HERE, there.url).kind == "unreachable"


def test_a_get_is_tried_twice_and_a_post_once() -> None:
    tries: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        tries.append(host)
        raise OSError("no such host")

    client = HttpClient(resolve=resolve)
    assert refusal(client, "https://gone.example/").kind == "unreachable"
    assert len(tries) == 2
    with pytest.raises(HttpFailure):
        client.post_form("https://gone.example/", {})
    assert len(tries) == 3


# TLS


def test_a_right_certificate_is_accepted(ca: Authority) -> None:
    client = HttpClient(loopback=True, ca_file=ca.file)
    with peer(lambda _: response(b"[]"), tls=ca.context("id.localhost")) as there:
        assert client.get(f"https://id.localhost:{there.port}/").json() == []


@pytest.mark.parametrize("fault", ["unknown", "self-signed", "expired", "other host"])
def test_a_wrong_certificate_is_refused(ca: Authority, fault: str) -> None:
    context = ca.context(
        "other.localhost" if fault == "other host" else "id.localhost",
        expired=fault == "expired",
        own=fault == "self-signed",
    )
    client = HttpClient(loopback=True, ca_file=None if fault == "unknown" else ca.file)
    with peer(lambda _: response(), tls=context) as there:
        assert refusal(client, f"https://id.localhost:{there.port}/").kind == "unreachable"
    assert there.requests == []


def test_nothing_turns_verification_off() -> None:
    source = Path(__file__).parents[2] / "src" / "commentkit"
    for path in source.rglob("*.py"):
        text = path.read_text()
        if "identity_services" not in path.parts:
            assert "verify=False" not in text
        assert "CERT_NONE" not in text


# Transactions and sessions


def test_the_network_is_refused_inside_a_transaction() -> None:
    with peer(lambda _: response()) as there:
        with forbid_network(), pytest.raises(NetworkInTransaction):
            HERE.get(there.url)
        assert there.connections == 0
        assert HERE.get(there.url).status == 200


def test_a_guarded_session_cannot_be_talked_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    moved = response(b"", status="302 Found", headers=["Location: http://127.0.0.1:9/"])
    session = requests.Session()
    HERE.guard(session)
    with peer(lambda _: moved) as there:
        answer = session.get(
            there.url,
            allow_redirects=True,
            verify=False,
            timeout=None,
            proxies={"http": "http://x"},
        )
        assert (answer.status_code, there.connections) == (302, 1)
    with pytest.raises(HttpFailure):
        session.get("http://10.0.0.1/", verify=False)
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("ftp://example.org/")


def test_a_failure_names_no_path_and_no_query() -> None:
    client = HttpClient(loopback=True)
    with peer(lambda _: b"") as there:
        failure = refusal(client, f"{there.url}/secret-path?code=canary")
    assert "secret-path" not in repr(failure) + str(failure)
    assert "canary" not in repr(failure) + str(failure)


def test_no_query_reaches_any_log(caplog: pytest.LogCaptureFixture) -> None:
    """Some providers document secrets and tokens there; the connection pool logs addresses."""
    caplog.set_level(logging.DEBUG)
    with peer(lambda _: response()) as there:
        HERE.get(f"{there.url}/token?secret=canary%20secret&a=è")
    assert there.requests[0].startswith(b"GET /token?secret=canary%20secret&a=%C3%A8 HTTP/1.1\r\n")
    assert "/token" in caplog.text
    assert "canary" not in caplog.text
