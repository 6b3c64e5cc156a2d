"""A provider on this machine that answers exactly as a test says, over a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

_PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    """The length to announce, where it should not be that of the body."""
    silent: bool = False
    """Whether to say nothing until the test ends."""


@dataclass(frozen=True)
class Call:
    """One request that arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def fields(self) -> Mapping[str, str]:
        """Give what was posted, as a form or as a JSON object."""
        if "json" not in self.headers.get("content-type", ""):
            return self.form
        read: dict[str, str] = json.loads(self.body)
        return read


Answering = Callable[[Call], Reply]


@dataclass
class ScriptedProvider:
    """A running provider: what it answers by path, and what it was asked."""

    url: str
    answers: dict[str, Answering] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """What a test wants remembered between one call and the next."""
    _ended: threading.Event = field(default_factory=threading.Event)

    def say(self, path: str, reply: Reply) -> None:
        """Answer a path in one way from now on."""
        self.answers[path] = lambda call: reply

    def at(self, path: str) -> list[Call]:
        """List the requests that reached a path."""
        return [call for call in self.calls if call.path == path]

    def answer(self, call: Call) -> Reply:
        """Answer one request."""
        self.calls.append(call)
        known = self.answers.get(call.path)
        reply = known(call) if known else json_reply({"error": "not_found"}, 404)
        if reply.silent:
            self._ended.wait(_PATIENCE_SECONDS)
        return reply

    def end(self) -> None:
        """Let go of silent answers."""
        self._ended.set()


def json_reply(value: Any, status: int = 200) -> Reply:
    """Make an answer of JSON."""
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def form_reply(fields: Mapping[str, str], status: int = 200) -> Reply:
    """Make an answer of form fields, as OAuth 1.0a gives them."""
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    return Reply(status, urlencode(fields).encode(), content)


class _Handler(BaseHTTPRequestHandler):
    provider: ScriptedProvider

    def log_message(self, format: str, *args: Any) -> None:
        """Keep still: request lines hold codes."""

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        form = parse_qsl(body.decode("utf-8", "replace"))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            self.command, parts.path, dict(parse_qsl(parts.query)), dict(form), headers, body
        )
        reply = self.provider.answer(call)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True  # the client had enough

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        promised = len(reply.body) if reply.promised is None else reply.promised
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(reply.body)


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    """Run one until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    provider = ScriptedProvider(f"http://127.0.0.1:{server.server_port}")
    handler.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.004})
    thread.start()
    try:
        yield provider
    finally:
        provider.end()
        server.shutdown()
        thread.join()
        server.server_close()
