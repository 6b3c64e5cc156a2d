"""Visitors of running servers: over sockets, with nothing shared but what is served."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import urllib3

BLOG = "http://localhost:8001"
SITE = "/commentkit/blog"
_VERSION = re.compile(r'data-version="(\d+)"')


class Door:
    """One server's address, and connections to it that are kept open."""

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        self.url = url
        self._connections = urllib3.connection_from_url(
            url, maxsize=64, retries=False, timeout=timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connections.close()

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> urllib3.BaseHTTPResponse:
        return self._connections.request(
            method, path, headers=dict(headers or {}), body=body, decode_content=False
        )

    def thread(self, page: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """Read the public page of a thread, the newest comment first."""
        return self.ask(
            thread_path(page), headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def shows(self, page: str, told: str) -> bool:
        """Tell whether the public page of a thread holds these words."""
        return told in self.thread(page).data.decode()

    def count(self, page: str) -> int:
        """Read how many comments a link to a thread would say."""
        answer = self.ask(f"{SITE}/counts?{urlencode({'url': url_of(page)})}")
        assert answer.status == 200, answer.data
        [said] = json.loads(answer.data)["counts"].values()
        return int(said["count"])


@dataclass
class Visitor:
    """A guest who keeps a token, as the widget does in its page's storage."""

    name: str
    token: str | None = None
    posted: list[str] = field(default_factory=list)
    """The ids of the comments they wrote."""

    def post(self, door: Door, page: str, text: str) -> urllib3.BaseHTTPResponse:
        body = {
            "thread": {"url": url_of(page), "title": page},
            "text": text,
            "name": self.name,
            "email": f"{self.name.lower()}@example.org",
            "transport": "bearer",
        }
        answer = self._call(door, "/comments", method="POST", body=json.dumps(body).encode())
        if answer.status == 201:
            said = json.loads(answer.data)
            self.token = said["token"] or self.token
            self.posted.append(said["comment"]["id"])
        return answer

    def viewer(self, door: Door, page: str) -> dict[str, Any]:
        """Read what only they are told."""
        answer = self._call(door, f"/viewer?{urlencode({'url': url_of(page)})}")
        assert answer.status == 200, answer.data
        said: dict[str, Any] = json.loads(answer.data)
        return said

    def sees(self, door: Door, page: str) -> set[str]:
        """Return the ids of the comments in front of them: the public page's, and their own."""
        own = {comment["id"] for comment in self.viewer(door, page)["comments"]}
        return own | comments_in(door.thread(page))

    def _call(
        self, door: Door, path: str, *, method: str = "GET", body: bytes | None = None
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Origin": BLOG, "X-CommentKit": "1"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return door.ask(SITE + path, method=method, headers=headers, body=body)


def url_of(page: str) -> str:
    return f"{BLOG}/{page}"


def thread_path(page: str, **more: str) -> str:
    return f"{SITE}/thread?{urlencode({'url': url_of(page), 'sort': 'newest', **more})}"


def version_in(answer: urllib3.BaseHTTPResponse) -> int:
    """Return the version of the thread that a public page shows."""
    found = _VERSION.search(answer.data.decode())
    assert found, (answer.status, answer.data[:200])
    return int(found[1])


def comments_in(answer: urllib3.BaseHTTPResponse) -> set[str]:
    """Return the ids of the comments that a public page shows."""
    assert answer.status == 200, answer.data
    return set(re.findall(r'data-comment="(\d+)"', answer.data.decode()))
