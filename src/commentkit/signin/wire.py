"""One exchange over a connection whose every address was checked before it was dialled.

Imported by the first exchange: most requests to this server cause none.
"""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import certifi
import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as WaitedTooLong
from urllib3.util import Retry, Timeout, parse_url

from commentkit.settings import is_loopback
from commentkit.signin.addresses import is_public, literal
from commentkit.signin.answers import Answer, HttpFailure

if TYPE_CHECKING:
    from commentkit.signin.http import HttpClient

_CHUNK = 65_536


@dataclass(frozen=True)
class Target:
    """Where an exchange goes, as the parser that dials reads it."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""


def target_of(url: str, *, loopback: bool, usual_port: bool = False) -> Target:
    """Read an address with the parser that dials, and refuse what no provider needs."""
    if any(char <= " " or char in "\\\x7f" for char in url):
        raise HttpFailure("refused_address")
    try:
        parsed = parse_url(url)
    except HTTPError:
        raise HttpFailure("refused_address") from None
    host = (parsed.host or "").strip("[]").rstrip(".")
    ours = loopback and is_loopback(host)
    if not host or "%" in host or parsed.auth is not None:
        raise HttpFailure("refused_address")
    if not (parsed.scheme == "https" or ours):
        raise HttpFailure("refused_address", host=host)
    if parsed.scheme not in ("http", "https") or parsed.port == 0:
        raise HttpFailure("refused_address", host=host)
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    if usual_port and port != 443 and not ours:
        raise HttpFailure("refused_address", host=host)
    query = f"?{parsed.query}" if parsed.query is not None else ""
    return Target(parsed.scheme, host, port, parsed.path or "/", query)


class Line:
    """Hold the time and the sockets of one exchange, and cut them when the time is up."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client
        self.query = ""
        """Of the request under way; kept from the pool, which writes addresses into the log."""
        ends = time.monotonic() + client.total_seconds
        self._ends = ends if client.until is None else min(ends, client.until)
        self._watched: list[socket.socket] = []
        self._watchdog = threading.Timer(max(self.left, 0), self._cut)
        self._watchdog.daemon = True

    def __enter__(self) -> Line:
        if self.left <= 0:
            raise HttpFailure("timeout")
        self._watchdog.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watchdog.cancel()
        self._watchdog.join()
        for watched in self._watched:
            watched.close()

    @property
    def left(self) -> float:
        """Tell how many seconds remain."""
        return self._ends - time.monotonic()

    @property
    def patience(self) -> float:
        """Tell how many seconds the next single wait may take."""
        return max(min(self._client.timeout_seconds, self.left), 0.001)

    def _cut(self) -> None:
        # A read that gets a byte now and then never times out by itself.
        for watched in self._watched:
            try:
                watched.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was quicker

    def exchange(
        self, method: str, target: Target, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send one request and read its whole answer; raise HttpFailure."""
        self.query = target.query
        try:
            with self._pool(target) as pool:
                raw = pool.urlopen(
                    method,
                    target.path,
                    body=body,
                    headers=dict(headers),
                    retries=_retries(method),
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=Timeout(connect=self.patience, read=self.patience),
                )
                content = self._read(raw, target.host)
        except (HTTPError, OSError) as error:
            raise self._failure(error, target.host) from error
        if self.left <= 0:
            raise HttpFailure("timeout", host=target.host)
        return Answer(raw.status, CaseInsensitiveDict(raw.headers), content, target.host)

    def _failure(self, error: Exception, host: str) -> HttpFailure:
        reason = error.reason if isinstance(error, MaxRetryError) else error
        # A refused connection is a NewConnectionError, which urllib3 derives from its timeout.
        slow = isinstance(reason, WaitedTooLong) and not isinstance(reason, NewConnectionError)
        return HttpFailure("timeout" if slow or self.left <= 0 else "unreachable", host=host)

    def _read(self, raw: urllib3.BaseHTTPResponse, host: str) -> bytes:
        limit = self._client.max_bytes
        body = bytearray()
        with closing(raw):
            for chunk in raw.stream(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > limit:
                    raise HttpFailure("too_large", host=host)
        if raw.headers.get("content-encoding", "").strip().lower() != "gzip":
            return bytes(body)
        return _unpack(bytes(body), limit=limit, host=host)

    def _pool(self, target: Target) -> urllib3.HTTPConnectionPool:
        if target.scheme == "http":
            return _Pool(target.host, target.port, line=self)
        return _TlsPool(
            target.host,
            target.port,
            line=self,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._client.ca_file or certifi.where(),
        )

    def dial(self, host: str, port: int) -> socket.socket:
        """Connect to the first checked address that answers; raise OSError when none does."""
        failed: OSError = OSError("no address")
        for address in self._addresses(host, port):
            try:
                connected = socket.create_connection((address, port), self.patience)
            except OSError as error:
                failed = error
                continue
            # A duplicate descriptor outlives the wrapping in TLS and still cuts the connection.
            self._watched.append(connected.dup())
            if self.left > 0:
                return connected
            connected.close()  # too late for the watchdog to see this one
            break
        raise failed

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if self._client.loopback and is_loopback(host):
            return [host if literal(host) else "127.0.0.1"]
        found = [host] if literal(host) else self._resolved(host, port)
        judged = [literal(address) for address in found]
        # One private address among public ones is an attack or a mistake: refuse them all.
        if not judged or any(one is None or not is_public(one) for one in judged):
            raise HttpFailure("refused_address", host=host)
        return found

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """Resolve with a limit in time, which the system's own resolver does not take."""
        box: SimpleQueue[Sequence[str] | OSError] = SimpleQueue()

        def ask() -> None:
            try:
                box.put(self._client.resolve(host, port))
            except OSError as error:
                box.put(error)
            except UnicodeError:
                box.put(OSError("not a host name"))

        threading.Thread(target=ask, daemon=True).start()
        try:
            found = box.get(timeout=self.patience)
        except Empty:
            raise HttpFailure("timeout", host=host) from None
        if isinstance(found, OSError):
            raise found
        return found


def _retries(method: str) -> Retry | Literal[False]:
    """Try a GET once more when it could not connect; anything else could have been acted on."""
    if method != "GET":
        return False
    return Retry(total=1, connect=1, read=0, redirect=0, status=0, other=0)


def _unpack(body: bytes, *, limit: int, host: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise HttpFailure("unreachable", host=host) from error
    if len(plain) > limit:
        raise HttpFailure("too_large", host=host)
    return plain


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().request(method, url + self._line.query, *args, **kwargs)

    def _new_conn(self) -> socket.socket:
        try:
            return self._line.dial(self.host, self.port or 0)
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "timed out") from error
        except OSError as error:
            raise NewConnectionError(self, type(error).__name__) from error


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _FinalResponse(requests.Response):
    """An answer that requests takes for the last one, so no session of any kind follows it."""

    is_redirect = False
    is_permanent_redirect = False


class GuardedAdapter(BaseAdapter):
    """Carries every request of a session through one client."""

    def __init__(self, client: HttpClient) -> None:
        super().__init__()
        self._client = client

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send through the guarded client, whose limits no argument here can change."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert request.method is not None
        assert request.url is not None
        headers = {name: str(value) for name, value in request.headers.items()}
        answer = self._client.send(request.method, request.url, body=body, headers=headers)
        return _response(request, answer)

    def close(self) -> None:
        """Close nothing: no connection outlives its exchange."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = _FinalResponse()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.request = request
    response.url = request.url or ""
    response.encoding = "utf-8"
    response._content = answer.body
    response._content_consumed = True  # type: ignore[attr-defined]
    return response
