"""Faults that tests switch on, each at one endpoint of one provider, once or until cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

OIDC = frozenset({"wordpress", "google", "oidc"})

#: Which endpoints each provider has; `callback` is the redirect that carries its answer back.
ENDPOINTS: Mapping[str, frozenset[str]] = {
    **{
        provider: frozenset(
            {"discovery", "jwks", "authorize", "callback", "token", "userinfo", "revoke"}
        )
        for provider in OIDC
    },
    "wordpress_legacy": frozenset({"authorize", "callback", "token", "userinfo"}),
    "x": frozenset({"authorize", "callback", "token", "userinfo", "revoke"}),
    "x_oauth1": frozenset(
        {"request_token", "authorize", "callback", "token", "userinfo", "revoke"}
    ),
    "facebook": frozenset({"authorize", "callback", "token", "userinfo", "revoke"}),
    "pictures": frozenset({"picture"}),
}

#: Faults of the carriage: any endpoint but `callback` may have them.
TRANSPORT = frozenset(
    {"slow", "500", "429", "html", "truncated", "huge", "empty", "redirect", "coop"}
)
ID_TOKEN = frozenset(
    {
        "wrong_issuer",
        "wrong_audience",
        "wrong_azp",
        "wrong_nonce",
        "missing_nonce",
        "wrong_at_hash",
        "expired",
        "alg_none",
        "hs256_public_key",
        "bad_signature",
        "unknown_kid",
        "rotated_key",
        "missing_id_token",
    }
)
CALLBACK = frozenset(
    {"state_missing", "state_changed", "state_twice", "iss_missing", "iss_wrong", "error"}
)

#: What each kind does, as the list of switches says it.
MEANINGS: Mapping[str, str] = {
    "slow": "answers after seconds, or when a test releases it",
    "500": "answers 500 with no body of the protocol",
    "429": "answers 429 with Retry-After in the provider's own shape (Facebook: 403, code 4)",
    "html": "answers 200 with a web page",
    "truncated": "answers as usual, cut in half",
    "huge": "streams bytes of JSON (50 MB unless told)",
    "empty": "answers 200 with nothing in it",
    "redirect": "answers 302 to value (a private address unless told)",
    "coop": "adds Cross-Origin-Opener-Policy: value (same-origin unless told), on a 302 too",
    "error": "answers with the provider's documented error",
    "wrong_issuer": "names another issuer, in the id_token or in the discovery document",
    "hostile_metadata": "discovery names private endpoints and client options",
    "wrong_audience": "id_token for another client",
    "wrong_azp": "id_token with the right aud beside another one, and a foreign azp",
    "wrong_nonce": "id_token with another nonce",
    "missing_nonce": "id_token without the nonce that was asked for",
    "wrong_at_hash": "id_token whose at_hash fits another access token",
    "expired": "id_token that expired an hour ago",
    "alg_none": "id_token without a signature, alg none",
    "hs256_public_key": "id_token signed HS256 with the public key as its secret",
    "bad_signature": "id_token with one bit of the signature turned",
    "unknown_kid": "id_token signed with a key that the JWKS never names",
    "rotated_key": "id_token signed with a new key, which the JWKS names from now on",
    "missing_id_token": "token answer without the id_token",
    "missing_access_token": "token answer without the access_token",
    "sub_mismatch": "userinfo of somebody else than the id_token's",
    "false": "the body false, as Graph may answer",
    "unconfirmed": "oauth_callback_confirmed is missing",
    "state_missing": "the callback lacks state (OAuth 1.0a: oauth_token)",
    "state_changed": "the callback has another state (OAuth 1.0a: oauth_token)",
    "state_twice": "the callback has state two times",
    "iss_missing": "the callback lacks iss",
    "iss_wrong": "the callback names another issuer",
}


@dataclass(frozen=True)
class Fault:
    """Describe what is to go wrong."""

    kind: str
    """One of `MEANINGS`."""
    once: bool = False
    """Whether it goes away with the first request that meets it."""
    seconds: float = 30.0
    """How long `slow` waits when nobody releases it."""
    bytes: int = 50_000_000
    """How much `huge` sends."""
    value: str = ""
    """Where `redirect` points; what `coop` says."""


@dataclass(frozen=True)
class SetFault:
    """Let a test wait for a fault to be met, and let go of a slow one."""

    fault: Fault
    met: Event = field(default_factory=Event)
    """Set when a request has met the fault."""
    released: Event = field(default_factory=Event)
    """What a slow answer waits for."""


class FaultBoard:
    """Keep the faults of one app."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._set: dict[tuple[str, str], dict[str, SetFault]] = {}

    def set(self, provider: str, endpoint: str, fault: Fault | str) -> SetFault:
        """Switch a fault on.

        Raises `ValueError` when that endpoint cannot have it.
        """
        chosen = Fault(fault) if isinstance(fault, str) else fault
        if chosen.kind not in kinds_at(provider, endpoint):
            raise ValueError(f"no fault {chosen.kind!r} at {provider}/{endpoint}")
        with self._lock:
            board = self._set.setdefault((provider, endpoint), {})
            old = board.pop(chosen.kind, None)
            board[chosen.kind] = placed = SetFault(chosen)
        if old:
            old.released.set()
        return placed

    def clear(self, provider: str | None = None, endpoint: str | None = None) -> None:
        """Switch faults off: all, a provider's, or an endpoint's; what waits goes on."""
        with self._lock:
            places = [place for place in self._set if _within(place, provider, endpoint)]
            gone = [placed for place in places for placed in self._set.pop(place).values()]
        for placed in gone:
            placed.released.set()

    def take(self, provider: str, endpoint: str) -> dict[str, SetFault]:
        """Return the faults that a request meets there, by kind; those of `once` are then gone."""
        with self._lock:
            board = self._set.get((provider, endpoint), {})
            met = dict(board)
            for kind, placed in met.items():
                placed.met.set()
                if placed.fault.once:
                    del board[kind]
        return met

    def standing(self, provider: str, endpoint: str) -> dict[str, SetFault]:
        """Return the faults set there and leave them."""
        with self._lock:
            return dict(self._set.get((provider, endpoint), {}))

    def listed(self) -> list[tuple[str, str, Fault]]:
        """Return what is switched on: provider, endpoint, fault."""
        with self._lock:
            return [
                (provider, endpoint, placed.fault)
                for (provider, endpoint), board in sorted(self._set.items())
                for placed in board.values()
            ]


def kinds_at(provider: str, endpoint: str) -> frozenset[str]:
    """Return the kinds of fault that an endpoint can have."""
    if endpoint not in ENDPOINTS.get(provider, frozenset()):
        return frozenset()
    if endpoint == "callback":
        return CALLBACK
    return TRANSPORT | _protocol_kinds(provider, endpoint)


def _protocol_kinds(provider: str, endpoint: str) -> frozenset[str]:
    kinds: set[str] = set()
    if endpoint not in {"authorize", "picture", "discovery", "jwks"}:
        kinds.add("error")
    if endpoint == "token":
        kinds |= {"missing_access_token"} | (ID_TOKEN if provider in OIDC else frozenset())
    if endpoint == "userinfo":
        kinds |= {"false"} | ({"sub_mismatch"} if provider in OIDC else set())
    if endpoint == "discovery":
        kinds |= {"wrong_issuer", "hostile_metadata"}
    if endpoint == "request_token":
        kinds.add("unconfirmed")
    return frozenset(kinds)


def _within(place: tuple[str, str], provider: str | None, endpoint: str | None) -> bool:
    return provider in {None, place[0]} and endpoint in {None, place[1]}
