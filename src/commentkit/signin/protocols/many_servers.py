"""One adapter, many servers: a person names theirs, and our client there is made on request."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from commentkit import ids
from commentkit.signin.http import HttpClient
from commentkit.signin.instances import origin_of
from commentkit.signin.protocols.oauth2 import FINISH_SECONDS, OAuth2
from commentkit.signin.provider import (
    MARK_CHARS,
    Begun,
    Client,
    Clients,
    Profile,
    ProviderError,
    RoundTrip,
)

_FLOOR = timedelta(minutes=10)
"""Between two registrations at one server, however often it forgets us."""
_MAX_BYTES = 64_000
_MAX_CLIENT_CHARS = 2_000


def bounded(http: HttpClient) -> HttpClient:
    """Give a client for servers that strangers name: what they say is short, and said soon."""
    small = min(http.max_bytes, _MAX_BYTES)
    return replace(http.within(FINISH_SECONDS), max_bytes=small, usual_port=True)


def server_of(trip: RoundTrip) -> str:
    """Give the server that an attempt was begun at; raise ProviderError where it has none."""
    if not trip.instance:
        raise ProviderError("bad_answer", "callback: no server")
    return trip.instance


def marked(redirect_uri: str, issuer: str | None) -> str:
    """Give the address of ours at which one server alone answers (RFC 9700 §4.4.2.2).

    With one address for all that do not say who they are (RFC 9207), a server that somebody named
    could send them on to another one, and be handed the code that was given there.
    """
    mark = ids.base64url(ids.sha256(issuer or ""))[:MARK_CHARS]
    return f"{redirect_uri}/{mark}"


@dataclass(frozen=True, kw_only=True)
class ManyServers(OAuth2):
    """An OAuth 2.0 provider whose servers register clients by themselves.

    The adapter itself speaks to none: `at` gives the one that speaks to a server, under that
    server's issuer and with our client there.
    """

    @property
    def configured(self) -> bool:
        """Tell that it needs no credentials: each server gives us some."""
        return True

    def locate(self, trip: RoundTrip, typed: str) -> str:
        """Give the server that was named; raise ProviderError."""
        return origin_of(typed, loopback=trip.http.loopback)

    def way_back(self, redirect_uri: str, issuer: str | None, secret: str | None = None) -> str:
        """Give each server an address of its own: none of them has to say who answers."""
        return marked(redirect_uri, issuer)

    @abstractmethod
    def at(self, trip: RoundTrip, issuer: str) -> Self:
        """Give the adapter for one server, as that server promises to be; raise ProviderError."""

    @abstractmethod
    def register(self, trip: RoundTrip) -> Client:
        """Have this server make us a client; raise ProviderError."""

    @abstractmethod
    def knows(self, trip: RoundTrip) -> bool:
        """Ask this server whether it knows the client we hold; raise ProviderError."""

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        """Prepare the redirect to the server that was named; raise ProviderError."""
        trip = replace(trip, http=bounded(trip.http))
        issuer = self.locate(trip, trip.instance or "")
        trip = replace(trip, redirect_uri=self.way_back(trip.redirect_uri, issuer))
        here = self.at(trip, issuer)
        here = here._with(here._client(trip))
        begun = OAuth2.begin(here, trip, switch=switch, language=language)
        return replace(begun, issuer=issuer)

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        """Turn a callback's parameters into a profile of the attempt's own server."""
        issuer, clients = server_of(trip), _clients(trip)
        trip = replace(trip, http=bounded(trip.http))
        here = self.at(trip, issuer)
        place = here._place(trip)
        client = clients.find(place)
        if client is None:
            raise ProviderError("unavailable", "callback: our client is gone")
        here = here._with(client)
        try:
            profile = OAuth2.finish(here, trip, params=params, secret=secret)
        except ProviderError as error:
            if error.kind == "misconfigured":
                clients.doubt(place, client)
                raise ProviderError("unavailable", error.detail) from None
            raise
        return replace(profile, issuer=issuer)

    def _place(self, trip: RoundTrip) -> str:
        """Name what a client is good for: this server, these scopes, that way back."""
        return " ".join((self.issuer, *self.scopes, trip.redirect_uri))

    def _with(self, client: Client) -> Self:
        return replace(self, client_id=client.client_id, client_secret=client.client_secret)

    def _client(self, trip: RoundTrip) -> Client:
        """Give our client at this server: kept, asked about now and then, or made anew."""
        clients, place = _clients(trip), self._place(trip)
        kept = clients.find(place)
        if kept is not None and (kept.check_at is None or trip.now < kept.check_at):
            return kept
        if kept is not None and self._with(kept).knows(trip):
            clients.confirm(place, kept)
            return kept
        if kept is not None and kept.created_at and trip.now - kept.created_at < _FLOOR:
            raise ProviderError("unavailable", "register: forgotten too soon")
        return clients.keep(place, _checked(self.register(trip)), instead_of=kept)


def _clients(trip: RoundTrip) -> Clients:
    if trip.clients is None:
        raise ProviderError("misconfigured", "no place for clients")
    return trip.clients


def _checked(client: Client) -> Client:
    for value in (client.client_id, client.client_secret):
        if (
            not 0 < len(value) <= _MAX_CLIENT_CHARS
            or not value.isascii()
            or not value.isprintable()
        ):
            raise ProviderError("bad_answer", "register: an unusable client")
    return client
