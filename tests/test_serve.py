"""`commentkit serve`: the environment, and a real server in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from tools.cluster.ports import free_port
from urllib3.util import Retry

from commentkit.serve import app_from, providers, read_environment
from commentkit.settings import SettingsError

ENVIRONMENT = {
    "SECRET_KEY": "ignored: only COMMENTKIT_* is read",
    "COMMENTKIT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
    "COMMENTKIT_PUBLIC_URL": "http://127.0.0.1:9",
}


def test_variables_get_the_types_of_their_settings():
    read = read_environment(
        {
            "COMMENTKIT_TRUSTED_HOPS": "1",
            "COMMENTKIT_DELIVERY_THREAD": "false",
            "COMMENTKIT_LIMITS": '{"post": "3/minute"}',
            "COMMENTKIT_LAYOUT": "",
            "COMMENTKIT_WORKERS": "4",
            "HOME": "/root",
        }
    )
    assert read == {
        "COMMENTKIT_TRUSTED_HOPS": 1,
        "COMMENTKIT_DELIVERY_THREAD": False,
        "COMMENTKIT_LIMITS": {"post": "3/minute"},
        "COMMENTKIT_LAYOUT": "",
    }


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("COMMENTKIT_TRUSTED_HOPS", "one"),
        ("COMMENTKIT_DELIVERY_THREAD", "maybe"),
        ("COMMENTKIT_LIMITS", "post=3"),
        ("COMMENTKIT_LIMITS", "[1]"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(key: str, text: str):
    with pytest.raises(SettingsError, match=f"^{key} cannot be"):
        read_environment({key: text})


def test_a_near_miss_stops_the_server(tmp_path: Path):
    with pytest.raises(SettingsError, match="COMMENTKIT_TRUSTED_HOPS"):
        app_from({**ENVIRONMENT, "COMMENTKIT_TRUSTED_HOP": "1"}, instance=tmp_path)


def test_providers_are_offered_by_their_credentials():
    environ = {
        "COMMENTKIT_GOOGLE_CLIENT_ID": "id",
        "COMMENTKIT_GOOGLE_CLIENT_SECRET": "secret",
        "COMMENTKIT_OIDC_ISSUER": "https://id.example.org",
        "COMMENTKIT_OIDC_LABEL": "Our house",
        "COMMENTKIT_OIDC_CLIENT_ID": "id",
        "COMMENTKIT_OIDC_CLIENT_SECRET": "secret",
    }
    assert [(p.name, p.label) for p in providers(environ)] == [
        ("google", "Google"),
        ("oidc", "Our house"),
    ]
    assert providers({}) == []
    assert providers({"COMMENTKIT_GOOGLE_CLIENT_ID": ""}) == []


def test_providers_may_be_named_in_the_order_of_their_buttons():
    named = providers({"COMMENTKIT_PROVIDERS": "x-oauth1, google,wordpress-legacy"})
    assert [type(provider).__name__ for provider in named] == [
        "XOAuth1",
        "Google",
        "WordPressLegacy",
    ]


def test_an_older_way_is_offered_only_when_named():
    environ = {"COMMENTKIT_X_CLIENT_ID": "id", "COMMENTKIT_WORDPRESS_CLIENT_ID": "id"}
    assert [type(p).__name__ for p in providers(environ)] == ["WordPress", "X"]


def test_services_are_declared_by_variables_alone(tmp_path: Path):
    environ = {
        **ENVIRONMENT,
        "COMMENTKIT_PROVIDERS": "works=oidc, club=oauth2, shop=oauth2",
        "COMMENTKIT_WORKS_ISSUER": "https://id.works.example",
        "COMMENTKIT_WORKS_LABEL": "Works",
    }
    for name in ("CLUB", "SHOP"):
        environ |= {
            f"COMMENTKIT_{name}_LABEL": name.title(),
            f"COMMENTKIT_{name}_AUTHORIZE_URL": f"https://{name.lower()}.example/authorize",
            f"COMMENTKIT_{name}_TOKEN_URL": f"https://{name.lower()}.example/token",
            f"COMMENTKIT_{name}_PROFILE_URL": f"https://{name.lower()}.example/me",
            f"COMMENTKIT_{name}_SUBJECT_FIELD": "id",
        }
    for name in ("WORKS", "CLUB", "SHOP"):
        environ |= {
            f"COMMENTKIT_{name}_CLIENT_ID": "id",
            f"COMMENTKIT_{name}_CLIENT_SECRET": "secret",
        }
    app = app_from(environ, instance=tmp_path)
    offered = app.extensions["commentkit"].providers
    assert {name: one.label for name, one in offered.items()} == {
        "works": "Works",
        "club": "Club",
        "shop": "Shop",
    }
    with pytest.raises(SettingsError, match="Did you mean COMMENTKIT_CLUB_SUBJECT_FIELD"):
        app_from({**environ, "COMMENTKIT_CLUB_SUBJECT_FEILD": "id"}, instance=tmp_path)


def test_an_installed_adapter_of_another_package_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    info = tmp_path / "commentkit_more-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: commentkit-more\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[commentkit.providers]\nmore = commentkit.signin.providers.google:Google\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert [p.label for p in providers({"COMMENTKIT_MORE_CLIENT_ID": "id"})] == ["Google"]


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"COMMENTKIT_PROVIDERS": "gogle"}, "COMMENTKIT_PROVIDERS cannot name 'gogle'"),
        ({"COMMENTKIT_PROVIDERS": "oidc"}, "COMMENTKIT_OIDC_ISSUER is missing"),
    ],
)
def test_providers_that_cannot_be_made_are_named(environ: dict[str, str], told: str):
    with pytest.raises(SettingsError, match=told):
        providers(environ)


class Server:
    """A server in a process of its own; what it prints is kept."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._tell(line)
        self._tell(None)

    def _tell(self, line: str | None) -> None:
        with self._news:
            self._ended = line is None
            self.lines += [line] if line else []
            self._news.notify_all()

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def wait_until_it_says(self, text: str) -> None:
        with self._news:
            self._news.wait_for(lambda: self.said(text) or self._ended, timeout=60)
            assert self.said(text), "".join(self.lines)

    def wait_until_stopped(self) -> int:
        code = self.process.wait(timeout=40)
        self._reader.join()
        return code


@contextmanager
def serving(folder: Path, *options: str, **more: str) -> Iterator[Server]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COMMENTKIT_")}
    environ = {**inherited, **ENVIRONMENT, "COMMENTKIT_PUBLIC_URL": url, **more}
    main = [sys.executable, "-c", "from commentkit.cli import main; main()"]
    with subprocess.Popen(
        [*main, "serve", "--bind", f"127.0.0.1:{port}", *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        server = Server(process, url)
        try:
            server.wait_until_it_says("Started worker")
            yield server
        finally:
            process.terminate()
            server.wait_until_stopped()


def get(address: str) -> requests.Response:
    """Ask; the first connection may come before the worker listens.

    Granian 2.2 waits its thirty seconds for a connection that its client ended as it was stopped.
    """
    patient = requests.Session()
    retries = Retry(connect=10, backoff_factor=0.05)
    patient.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    with patient:
        return patient.get(address, headers={"Connection": "close"}, timeout=10)


def test_serves_migrates_when_asked_and_stops_cleanly(tmp_path: Path):
    with serving(tmp_path, "--upgrade", "--workers", "2") as server:
        answer = get(f"{server.url}/commentkit/health")
        assert answer.json() == {"status": "ok"}
        script = get(f"{server.url}/commentkit/embed.js")
        assert script.headers["Access-Control-Allow-Origin"] == "*"
        server.wait_until_it_says("Started worker-2")
        server.process.send_signal(signal.SIGTERM)
        assert server.wait_until_stopped() == 0
    assert server.lines[0].strip() == "The tables are made."
    assert not server.said("commentkit_")
    assert (tmp_path / "instance" / "commentkit.sqlite3").exists()


def test_without_upgrade_the_tables_are_left_alone(tmp_path: Path):
    with serving(tmp_path) as server:
        server.wait_until_it_says("There are no tables yet. Start with --upgrade, or run:")
        answer = get(f"{server.url}/commentkit/blog/counts?key=a")
        assert answer.status_code == 503
        assert get(f"{server.url}/commentkit/health").status_code == 503


def test_the_access_log_holds_paths_and_neither_queries_nor_addresses(tmp_path: Path):
    with serving(tmp_path, "--upgrade") as server:
        get(f"{server.url}/commentkit/blog/counts?key=hunter2")
        server.wait_until_it_says('"GET /commentkit/blog/counts" 404 ')
    assert not server.said("hunter2")
    assert not any("127.0.0.1" in line for line in server.lines if "GET" in line)


def register_blog(folder: Path, url: str) -> None:
    environ = {**ENVIRONMENT, "COMMENTKIT_PUBLIC_URL": url}
    app = app_from(environ, instance=folder / "instance")
    words = ["commentkit", "site", "add", "blog", "--origin", url]
    assert app.test_cli_runner().invoke(args=words).exit_code == 0


def received(connection: socket.socket) -> str:
    return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def test_a_request_under_way_is_finished(tmp_path: Path):
    body = b'{"text": "slow"}'
    with serving(tmp_path, "--upgrade") as server:
        register_blog(tmp_path, server.url)
        get(f"{server.url}/commentkit/health")
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as slow:
            head = (
                f"POST /commentkit/blog/comments HTTP/1.1\r\nHost: {host}:{port}\r\n"
                "X-CommentKit: 1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            slow.sendall(head.encode())
            # The view has begun to read the body when the server asks for it.
            assert slow.recv(65_536).startswith(b"HTTP/1.1 100 ")
            server.process.send_signal(signal.SIGTERM)
            server.wait_until_it_says("Stopping worker")
            slow.sendall(body)
            answer = received(slow)
        assert answer.startswith("HTTP/1.1 400"), answer
        assert "field_invalid" in answer
        assert server.wait_until_stopped() == 0
