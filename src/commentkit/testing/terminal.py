"""One real sign-in from a terminal, for whoever writes an adapter or sets one up.

A browser anywhere on this machine does what the person does; the answer comes to a listener here.
Nothing is kept, and the provider's token is dropped as at any sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

from commentkit import ids
from commentkit.settings import is_loopback
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.own_page import OwnPage
from commentkit.signin.provider import Begun, Client, Profile, Provider, RoundTrip

Params = Mapping[str, str]
_READ_SECONDS = 5.0
_THANKS = b"Done. The rest is in the terminal; you may close this window.\n"
_NOT_THIS = b"This is not the sign-in that the terminal waits for.\n"


class NoTerminal(Exception):  # noqa: N818 - says what cannot be
    """A provider that no sign-in from a terminal can reach; says why."""


class NobodyCame(Exception):  # noqa: N818 - says what happened
    """The time was over."""


class PortTaken(Exception):  # noqa: N818 - says what happened
    """Somebody else listens there; says where."""


@dataclass
class _Clients:
    """Clients that a server makes us, kept for one sign-in."""

    kept: dict[str, Client] = field(default_factory=dict)

    def find(self, issuer: str) -> Client | None:
        return self.kept.get(issuer)

    def keep(self, issuer: str, client: Client, *, instead_of: Client | None) -> Client:
        self.kept[issuer] = client
        return client

    def confirm(self, issuer: str, client: Client) -> None:
        return

    def doubt(self, issuer: str, client: Client) -> None:
        return


@dataclass
class Listener:
    """What hears the provider's answer."""

    server: HTTPServer
    path: str
    state_of: Callable[[Params], str | None]
    state: str | None = None
    heard: Params | None = None

    def redirect_uri(self, host: str) -> str:
        """Return the address that the provider sends people back to, as it wants it spelled."""
        return f"http://{host}:{self.server.server_port}{self.path}"

    def expect(self, attempt: Attempt) -> None:
        """Hear the answer to this attempt alone, at the address where it will come."""
        self.path = urlsplit(attempt.trip.redirect_uri).path
        self.state = attempt.begun.state

    def hear(self, address: str) -> int:
        """Judge one request, and return the HTTP status that it deserves."""
        parts = urlsplit(address)
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path != self.path:
            return 404
        named = self.state_of(params)
        if self.state is None or named is None or not _same(named, self.state):
            return 400
        self.heard = params
        return 200

    def wait(self, seconds: float) -> Params:
        """Wait for the answer to this sign-in and to no other; raise NobodyCame."""
        until = time.monotonic() + seconds
        while self.heard is None:
            self.server.timeout = until - time.monotonic()
            if self.server.timeout <= 0:
                raise NobodyCame
            self.server.handle_request()
        return self.heard


class _Handler(BaseHTTPRequestHandler):
    listener: Listener
    timeout = _READ_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Keep still: request lines hold codes."""

    def do_GET(self) -> None:
        """Answer."""
        status = self.listener.hear(self.path)
        said = _THANKS if status == 200 else _NOT_THIS
        with suppress(OSError):  # whoever asked is gone; what was heard was heard
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)


@contextmanager
def listening(provider: Provider, port: int) -> Iterator[Listener]:
    """Listen on this machine alone until the block ends; port 0 takes a free one."""
    handler = type("Handler", (_Handler,), {})
    try:
        server = HTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise PortTaken(str(port)) from error
    with server:
        listener = Listener(server, f"/callback/{provider.name}", provider.state_of)
        handler.listener = listener  # type: ignore[attr-defined]
        yield listener


def refuse_unreachable(provider: Provider) -> None:
    """Raise NoTerminal for a provider whose answer could never come here."""
    why = {
        "its page is one of the comment server's own": isinstance(provider, OwnPage),
        "it posts its answer, which takes an https address": provider.form_post,
        "its servers read our public document": provider.client_document,
    }
    for reason, holds in why.items():
        if holds:
            raise NoTerminal(f"{provider.label} cannot be tried from a terminal: {reason}.")


@dataclass(frozen=True)
class Attempt:
    """A sign-in that has begun."""

    provider: Provider
    trip: RoundTrip
    begun: Begun

    def finish(self, params: Params) -> Profile:
        """Turn the answer into a profile; raise ProviderError."""
        return self.provider.finish(self.trip, params=params, secret=self.begun.secret)


def begin(
    provider: Provider,
    redirect_uri: str,
    *,
    server: str | None = None,
    switch: bool = False,
    http: HttpClient | None = None,
) -> Attempt:
    """Begin a sign-in that ends at that address; raise ProviderError.

    `server` is what a person would type, where a provider has many.
    """
    trip = RoundTrip(
        http=http or HttpClient(loopback=is_loopback(urlsplit(provider.issuer).hostname or "")),
        metadata=MetadataCache(),
        redirect_uri=redirect_uri,
        state=ids.new_secret(),
        nonce=ids.new_secret(),
        code_verifier=ids.new_secret(),
        proof_key=ids.new_secret(),
        now=datetime.now(UTC),
        instance=server,
        clients=_Clients(),
    )
    begun = provider.begin(trip, switch=switch, language="en")
    return Attempt(provider, _back(provider, trip, begun), begun)


def _back(provider: Provider, trip: RoundTrip, begun: Begun) -> RoundTrip:
    """Give what the second leg knows: the provider may have named the attempt itself."""
    instance = begun.issuer or trip.instance
    way_back = provider.way_back(trip.redirect_uri, instance, begun.secret)
    return replace(trip, state=begun.state, instance=instance, redirect_uri=way_back)


def pasted(attempt: Attempt, address: str) -> Params | None:
    """Read the address that a browser ended at; None where it answers another sign-in."""
    params = dict(parse_qsl(urlsplit(address.strip()).query, keep_blank_values=True))
    named = attempt.provider.state_of(params)
    return params if named is not None and _same(named, attempt.begun.state) else None


def described(profile: Profile) -> Iterator[tuple[str, str]]:
    """List what a profile holds, as words."""
    for one in fields(profile):
        value = getattr(profile, one.name)
        if not one.repr:
            yield one.name, "given, and secret" if value else "-"
        elif isinstance(value, bool):
            yield one.name, "yes" if value else "no"
        else:
            yield one.name, value or "-"


def _same(one: str, other: str) -> bool:
    return ids.same(one.encode("utf-8", "replace"), other.encode())
