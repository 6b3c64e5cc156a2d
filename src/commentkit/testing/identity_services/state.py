"""All that one app of identity services holds, and how a view reaches it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import cast

from flask import current_app, g, request
from werkzeug.wrappers import Response

from .clients import Clients
from .faults import FaultBoard, SetFault
from .grants import Grants, Pending
from .keys import KeyRing
from .people import Person

EXTENSION = "identity_services"


@dataclass(frozen=True)
class Call:
    """Record one request that reached a provider's endpoint."""

    provider: str
    endpoint: str
    method: str
    args: dict[str, str] = field(repr=False)
    form: dict[str, str] = field(repr=False)


class Calls:
    """Keep what was asked, so that a test can say what was *not* asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Record a request."""
        with self._lock:
            self._calls.append(call)

    def at(self, provider: str, endpoint: str) -> list[Call]:
        """Return the requests to one endpoint, oldest first."""
        with self._lock:
            return [c for c in self._calls if (c.provider, c.endpoint) == (provider, endpoint)]


@dataclass(frozen=True)
class Service:
    """Say how one protocol of one provider answers."""

    key: str
    """Its name in faults, and of its blueprint."""
    provider: str
    """Its path prefix, whose sign-ins and approvals it shares."""
    label: str
    approve: Callable[[Pending, Person], Response]
    refuse: Callable[[Pending], Response]
    error: Callable[[str], Response]
    """The documented error of an endpoint; of `429` for too many requests."""
    callback_error: tuple[tuple[str, str], ...] = (("error", "server_error"),)
    """What the callback carries when the provider fails after the person's consent."""
    issuer: Callable[[], str] | None = None
    """What stands as `iss` in every callback (RFC 9207), for those that send it."""
    email_scopes: frozenset[str] = frozenset({"email"})
    email_optional: bool = False
    """Whether a person may keep the address back and still continue."""


@dataclass(frozen=True)
class IdentityServices:
    """Hold everything: nothing is kept outside, so two apps never meet."""

    people: Sequence[Person]
    clients: Clients
    now: Callable[[], datetime]
    grants: Grants
    services: dict[str, Service]
    public_origin: str | None = None
    faults: FaultBoard = field(default_factory=FaultBoard)
    keys: KeyRing = field(default_factory=KeyRing)
    calls: Calls = field(default_factory=Calls)

    def origin(self) -> str:
        """Return the scheme, host and port that all addresses here begin with."""
        return self.public_origin or request.host_url.rstrip("/")

    def picture_url(self, person: Person, suffix: str = "") -> str | None:
        """Return the address of somebody's picture."""
        if person.picture is None:
            return None
        return f"{self.origin()}/pictures/{person.picture}{suffix}.png"


def here() -> IdentityServices:
    """Return the state of the app that answers now."""
    return cast(IdentityServices, current_app.extensions[EXTENSION])


def faults_here() -> dict[str, SetFault]:
    """Return the faults that this request met at its own endpoint."""
    return cast("dict[str, SetFault]", g.get("identity_faults", {}))
