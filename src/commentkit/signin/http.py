"""The one guarded client through which this package speaks to other servers.

Nothing else in the package opens a connection, but `name_servers`, which it asks for texts in DNS.
Addresses are resolved, checked and dialled in one
step, so a name cannot change its mind between the check and the connection.
"""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from commentkit.signin.answers import Answer, FailureKind, HttpFailure

if TYPE_CHECKING:
    import requests

    from commentkit.signin.name_servers import NameServers

__all__ = [
    "Answer",
    "FailureKind",
    "HttpClient",
    "HttpFailure",
    "NetworkInTransaction",
    "basic_auth",
    "forbid_network",
]

Resolve = Callable[[str, int], Sequence[str]]

_NAMES_SECONDS = 2.0
"""For one look at DNS: people wait for it, and there is another way."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_network_forbidden: ContextVar[bool] = ContextVar("commentkit_network_forbidden", default=False)


class NetworkInTransaction(RuntimeError):  # noqa: N818 - says what happened
    """Say that somebody was about to wait for the network while holding database locks."""


@contextmanager
def forbid_network() -> Iterator[None]:
    """Refuse every outbound call of this thread or task while a database transaction is open."""
    token = _network_forbidden.set(True)
    try:
        yield
    finally:
        _network_forbidden.reset(token)


def basic_auth(name: str, secret: str) -> str:
    """Spell the Authorization header of a client that proves itself so (RFC 7617)."""
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for every address of a host; raise OSError when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True)
class HttpClient:
    """Ask other servers, under guard.

    https to public addresses only; every address a name has is checked, and the checked one is
    dialled. No proxies, no redirects unless asked for, no environment. `loopback=True`, for the
    demo and tests, also admits http and https to this machine by the names localhost,
    *.localhost and 127.0.0.0/8, which it resolves itself.
    """

    timeout_seconds: float = 5.0
    """For connecting, and for each wait for bytes."""
    total_seconds: float = 8.0
    """For one exchange, name resolution and retry included."""
    max_bytes: int = 1_000_000
    """Of a body, as received and as unpacked."""
    loopback: bool = False
    usual_port: bool = False
    """Whether only the port of https is dialled: a stranger could have us try every other door of
    somebody's host."""
    user_agent: str = "commentkit"
    ca_file: str | None = None
    """Certificate authorities in PEM; by default those of certifi."""
    resolve: Resolve = system_resolve
    names: NameServers | None = None
    """Whom to ask for texts in DNS; None asks the system's servers, and with `loopback` nobody."""
    until: float | None = None
    """A time.monotonic() value after which nothing more is waited for."""

    def within(self, seconds: float) -> HttpClient:
        """Give a client whose exchanges, taken together, end within a number of seconds."""
        ends = time.monotonic() + seconds
        return replace(self, until=ends if self.until is None else min(ends, self.until))

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, redirects: int = 0
    ) -> Answer:
        """Fetch, following at most so many redirects, each checked as the first address was."""
        sent = dict(headers or {})
        for _ in range(redirects):
            answer = self.send("GET", url, headers=sent)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url = urljoin(url, answer.headers["location"])
            # A header meant for the first host may be a credential.
            sent = {}
        return self.send("GET", url, headers=sent)

    def post_form(
        self, url: str, data: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post form fields."""
        content = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(
            "POST",
            url,
            body=urlencode(data).encode("ascii"),
            headers={**content, **(headers or {})},
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Exchange one request for one answer, whatever its status; raise HttpFailure."""
        if _network_forbidden.get():
            raise NetworkInTransaction(f"{method} inside a database transaction")
        from commentkit.signin.wire import Line, target_of

        target = target_of(url, loopback=self.loopback, usual_port=self.usual_port)
        own = {"User-Agent": self.user_agent, "Accept-Encoding": "gzip"}
        with Line(self) as line:
            return line.exchange(method, target, body, {**(headers or {}), **own})

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, none where it has none; raise HttpFailure."""
        if _network_forbidden.get():
            raise NetworkInTransaction("DNS inside a database transaction")
        if self.names is None and self.loopback:
            return ()
        from commentkit.signin.name_servers import NameServers

        seconds = min(_NAMES_SECONDS, self.total_seconds)
        if self.until is not None:
            seconds = min(seconds, self.until - time.monotonic())
        if seconds <= 0:
            raise HttpFailure("timeout", host=name)
        return (self.names or NameServers()).texts(name, seconds)

    def guard(self, session: requests.Session) -> None:
        """Make a requests session (Authlib's are) speak only through this client."""
        from commentkit.signin.wire import GuardedAdapter

        session.adapters.clear()
        session.mount("http://", GuardedAdapter(self))
        session.mount("https://", GuardedAdapter(self))
        session.trust_env = False
        session.proxies.clear()
