"""A scripted comment server and a page of another site, over real sockets."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import widget_fragments as fragments

STATIC = Path(__file__).parents[2] / "src/commentkit/static"
SITE = "/commentkit/blog"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Answer:
    """What to send back."""

    body: str | bytes | dict[str, Any] = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Reply = Answer | Callable[[Asked], Answer]


class Scripted:
    """A server that answers by its table, keeps what it was asked, and can hold an answer back."""

    def __init__(self, host: str) -> None:
        self.asked: list[Asked] = []
        self.table: dict[str, Reply] = {}
        self.gates: dict[str, threading.Event] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.origin = f"http://{host}:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, whatever is held back."""
        for gate in self.gates.values():
            gate.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def hold(self, path: str) -> threading.Event:
        """Keep answers at this path back until the event is set."""
        self.gates[path] = threading.Event()
        return self.gates[path]

    def calls(self, path: str, method: str = "") -> list[Asked]:
        """What was asked at this path."""
        return [a for a in self.asked if a.path == path and method in ("", a.method)]

    def keep(self, asked: Asked) -> None:
        """Note a request, and wait where it is held back."""
        self.asked.append(asked)
        if asked.path in self.gates:
            self.gates[asked.path].wait(20)

    def answer(self, asked: Asked) -> Answer:
        """Find the answer; each subclass has its own defaults."""
        self.keep(asked)
        reply = self.table.get(f"{asked.method} {asked.path}") or self.table.get(asked.path)
        if reply is None:
            return Answer("not here", 404)
        return reply(asked) if callable(reply) else reply

    def _handler(scripted) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                url = urlsplit(self.path)
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {k: v[-1] for k, v in parse_qs(url.query).items()}
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(self.command, url.path, query | {"": url.query}, headers, parsed(raw))
                self.send(scripted.answer(asked))

            def send(self, answer: Answer) -> None:
                body = answer.body
                kind = "text/html; charset=utf-8"
                if isinstance(body, dict):
                    body, kind = json.dumps(body), "application/json"
                data = body.encode() if isinstance(body, str) else body
                headers = {"Content-Type": kind, "Cache-Control": "no-store"} | answer.headers
                self.send_response(answer.status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def parsed(raw: bytes) -> Any:
    """JSON where it is JSON, else text."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode()


PROBE = "__Host-probe=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"


class CommentServer(Scripted):
    """Speaks the contract: public answers for all, personal ones for exactly one origin."""

    def __init__(self, host: str = "127.0.0.1", *, page_origin: str = "") -> None:
        super().__init__(host)
        self.page_origin = page_origin
        self.digest = "d"
        """What the first file is told; the fragment's own addresses carry `d`."""
        self.table |= {
            f"{SITE}/thread": Answer(
                fragments.section(fragments.comment(1) + fragments.comment(2), count=2)
            ),
            f"{SITE}/viewer": Answer(fragments.viewer()),
            f"POST {SITE}/probe": Answer({}, headers={"Set-Cookie": PROBE}),
            f"GET {SITE}/probe": lambda asked: Answer(
                {"cookie": "__Host-probe" in asked.headers.get("cookie", "")}
            ),
            f"POST {SITE}/sign-out": Answer(fragments.viewer()),
        }

    def answer(self, asked: Asked) -> Answer:
        """Answer with the headers that the audience needs."""
        if asked.path.startswith("/commentkit/static/") or asked.path == "/commentkit/embed.js":
            self.keep(asked)
            answer = self.table.get(asked.path) or static(asked, self.digest)
            answer = answer(asked) if callable(answer) else answer
        elif asked.method == "OPTIONS":
            answer = Answer("", 204)
        else:
            answer = super().answer(asked)
        return Answer(answer.body, answer.status, self._cors(asked) | answer.headers)

    def _cors(self, asked: Asked) -> dict[str, str]:
        personal = "x-commentkit" in asked.headers or asked.method == "OPTIONS"
        if not personal:
            return {
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
        return {
            "Access-Control-Allow-Origin": self.page_origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, X-CommentKit",
        }

    @property
    def tag(self) -> str:
        """The script tag that a site puts into its page."""
        return f'<script async src="{self.origin}/commentkit/embed.js" data-site="blog"></script>'


def static(asked: Asked, digest: str) -> Answer:
    """The built files, and a small style sheet."""
    name = asked.path.rpartition("/")[2]
    if name == "commentkit.css":
        return Answer(fragments.STYLE, headers={"Content-Type": "text/css"})
    body = (STATIC / name).read_bytes().replace(b"%digest%", digest.encode())
    return Answer(body, headers={"Content-Type": "text/javascript"})


class HostSite(Scripted):
    """A site that embeds comments: its pages are the test's."""

    def page(
        self, path: str, body: str, *, head: str = "", headers: dict[str, str] | None = None
    ) -> str:
        """Put a page at a path and return its address."""
        html = fragments.canned("page.html", head=head, body=body)
        self.table[path] = Answer(html, headers=headers or {})
        return self.origin + path


@contextmanager
def running(*servers: Scripted) -> Iterator[None]:
    """Close them all at the end."""
    try:
        yield
    finally:
        for server in servers:
            server.close()
