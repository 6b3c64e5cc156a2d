"""Discovery documents and signing keys: read, checked, kept for a while, read again when asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from commentkit.signin.addresses import web_address
from commentkit.signin.http import HttpClient
from commentkit.signin.problems import named
from commentkit.signin.provider import Endpoints, ProblemKind, ProviderError

_log = logging.getLogger("commentkit.signin")

MAX_BYTES = 512_000
MAX_KEPT = 1_000
"""Documents kept at once, of servers that we chose."""
MAX_STRANGERS = 200
"""Of servers that visitors name, one of whom may name any number of lying ones."""
_MAX_WORDS, _MAX_WORD_CHARS = 100, 100
"""Of a list in a document: some 20 KB are kept of the longest, not what 64 KB unfold to."""
SERVER_SECONDS = 86_400
"""The greatest age at which a discovery document serves while its issuer cannot be reached."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """What we use of an authorization server's metadata; nothing else of it is believed."""

    endpoints: Endpoints
    issuer: str = ""
    """What it calls itself in its metadata."""
    names_itself: bool = False
    """Whether its callbacks carry `iss` (RFC 9207)."""
    client_auth: frozenset[str] = frozenset()
    prompts: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    algorithms: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    pushed: str | None = None
    """Where authorization requests are pushed first (RFC 9126)."""
    pushed_only: bool = False
    """Whether it takes no others."""
    proof_algorithms: frozenset[str] = frozenset()
    """Signatures it takes as proof of possession (RFC 9449)."""
    end_session: str | None = None
    """Where people are sent to log out (OpenID Connect RP-Initiated Logout 1.0)."""
    client_documents: bool = False
    """Whether a client's id may be the address of its own document."""


@dataclass(frozen=True)
class _Entry:
    value: Any
    read_at: datetime


@dataclass(frozen=True)
class _Failure:
    kind: ProblemKind
    detail: str
    at: datetime


@dataclass
class MetadataCache:
    """Keep discovery documents and key sets; one for an app, used by all its threads.

    A discovery document older than `ttl_seconds` is read again, and serves on for a day while
    that fails. A key set may hold a key that was withdrawn, so it never serves longer than
    `ttl_seconds`; it is read again from half that age on, and an outage of half an hour refuses
    nobody. Between two tries are `floor_seconds`. A failure without anything to serve instead is
    remembered as long, so that a hanging issuer holds up few. One thread reads an address at a
    time: the others take what there is, or wait for what it finds.
    """

    ttl_seconds: int = 3_600
    floor_seconds: int = 60
    most: int = MAX_KEPT
    """Documents kept at once; the one that was read longest ago goes first."""
    _entries: dict[str, _Entry] = field(default_factory=dict, repr=False)
    _tried_at: dict[str, datetime] = field(default_factory=dict, repr=False)
    """When a document that serves was last asked for again, by its age."""
    _forced_at: dict[str, datetime] = field(default_factory=dict, repr=False)
    """When it was last asked for because it did not fit."""
    _failures: dict[str, _Failure] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _turns: dict[str, threading.Lock] = field(default_factory=dict, repr=False)

    def server(
        self, issuer: str, *, http: HttpClient, now: datetime, outdated: bool = False
    ) -> Server:
        """Discover an issuer (OpenID Connect Discovery 1.0 §4); raise ProviderError.

        `outdated` says that what we hold led nowhere: it is then read again, once in
        `floor_seconds`, and serves on where that fails.
        """
        url = _discovery(issuer)

        def fetch() -> Server:
            document = _document(http, url, "discovery") or {}
            return _server(document, issuer, loopback=http.loopback)

        found: Server = self._kept(url, fetch, now=now, stale_seconds=SERVER_SECONDS)
        if outdated:
            try:
                found = self._forced(url, fetch, now=now)
            except ProviderError as error:
                _log.warning("kept an older document: %s", error.detail)
        return found

    def known(self, issuer: str, *, now: datetime) -> Server | None:
        """Return what is held of an issuer that was discovered; ask nobody."""
        entry = self._entries.get(_discovery(issuer))
        if entry is None or now - entry.read_at >= timedelta(seconds=SERVER_SECONDS):
            return None
        found: Server = entry.value
        return found

    def authorization_server(
        self,
        issuer: str,
        *,
        http: HttpClient,
        now: datetime,
        url: str | None = None,
        absent: Server | None = None,
    ) -> Server:
        """Read the metadata of an OAuth 2.0 server (RFC 8414 §3); raise ProviderError.

        `url` is where its document was said to be. `absent` stands for a server that has none.
        """
        place = url or f"{issuer.removesuffix('/')}/.well-known/oauth-authorization-server"

        def fetch() -> Server:
            document = _document(http, place, "discovery", optional=absent is not None)
            if document is None and absent is not None:
                return absent
            return _server(document or {}, issuer, loopback=http.loopback)

        found: Server = self._kept(
            f"{place} {issuer}", fetch, now=now, stale_seconds=SERVER_SECONDS
        )
        return found

    def linked_server(self, url: str, *, http: HttpClient, now: datetime) -> Server:
        """Read the metadata that somebody's page names (IndieAuth §4.1.1); raise ProviderError.

        The document says itself who issues it, and has to stand below that address.
        """

        def fetch() -> Server:
            document = _document(http, url, "discovery") or {}
            issuer = document.get("issuer")
            if not isinstance(issuer, str) or not f"{url}/".startswith(f"{issuer.rstrip('/')}/"):
                raise ProviderError("bad_answer", "discovery: it names another issuer")
            return _server(document, issuer, loopback=http.loopback)

        found: Server = self._kept(url, fetch, now=now, stale_seconds=SERVER_SECONDS)
        return found

    def keys(
        self, url: str, *, http: HttpClient, now: datetime, unknown: bool = False
    ) -> Sequence[Mapping[str, Any]]:
        """Read a key set (RFC 7517 §5); raise ProviderError.

        `unknown` says that no key we hold fits: it is then read again, once in `floor_seconds`.
        """

        def fetch() -> Sequence[Mapping[str, Any]]:
            return _keys(_document(http, url, "keys") or {})

        place = f"keys {url}"  # a document may name its own address
        found: Sequence[Mapping[str, Any]] = (
            self._forced(place, fetch, now=now)
            if unknown
            else self._kept(
                place, fetch, now=now, stale_seconds=0, fresh_seconds=self.ttl_seconds // 2
            )
        )
        return found

    def _kept(
        self,
        url: str,
        fetch: Callable[[], Any],
        *,
        now: datetime,
        stale_seconds: int,
        fresh_seconds: int | None = None,
    ) -> Any:
        """Give what is held, read anew once it is no longer fresh; raise where nothing serves."""
        entry = self._entries.get(url)
        age = now - entry.read_at if entry else timedelta.max
        if entry is None or age >= timedelta(seconds=max(stale_seconds, self.ttl_seconds)):
            return self._first(url, fetch, now)
        if age < timedelta(seconds=fresh_seconds or self.ttl_seconds):
            return entry.value
        if not self._may(self._tried_at, url, now):
            return entry.value
        try:
            return self._store(url, fetch(), now)
        except ProviderError as error:
            _log.warning("kept an older document: %s", error.detail)
            return entry.value

    def _first(self, url: str, fetch: Callable[[], Any], now: datetime) -> Any:
        """Read what nothing can stand in for, unless that has just failed."""
        before = self._entries.get(url)
        with self._turn(url):
            entry = self._entries.get(url)
            if entry is not None and entry is not before:
                return entry.value
            failure = self._failures.get(url)
            if failure and timedelta(0) <= now - failure.at < timedelta(seconds=self.floor_seconds):
                raise ProviderError(failure.kind, failure.detail)
            try:
                return self._store(url, fetch(), now)
            except ProviderError as error:
                with self._lock:
                    self._put(self._failures, url, _Failure(error.kind, error.detail, now))
                raise

    def _forced(self, url: str, fetch: Callable[[], Any], *, now: datetime) -> Any:
        before = self._entries.get(url)
        with self._turn(url):
            entry = self._entries.get(url)
            fresh = entry is not None and entry is not before
            if entry is not None and (fresh or not self._may(self._forced_at, url, now)):
                return entry.value
            return self._store(url, fetch(), now)

    def _may(self, last: dict[str, datetime], url: str, now: datetime) -> bool:
        """Tell whether the floor allows a try now, and count it if so."""
        with self._lock:
            at = last.get(url)
            if at is not None and now - at < timedelta(seconds=self.floor_seconds):
                return False
            self._put(last, url, now)
            return True

    def _turn(self, url: str) -> threading.Lock:
        """Give what lets one thread at a time read an address."""
        with self._lock:
            if url not in self._turns:
                self._put(self._turns, url, threading.Lock())
            return self._turns[url]

    def _store(self, url: str, value: Any, now: datetime) -> Any:
        with self._lock:
            self._put(self._entries, url, _Entry(value, now))
            self._failures.pop(url, None)
        return value

    def _put(self, kept: dict[str, Any], url: str, value: Any) -> None:
        """Put something last, and let the first go where there are too many."""
        kept.pop(url, None)
        kept[url] = value
        if len(kept) > self.most:
            del kept[next(iter(kept))]


def _discovery(issuer: str) -> str:
    return issuer.removesuffix("/") + "/.well-known/openid-configuration"


def _document(
    http: HttpClient, url: str, step: str, *, optional: bool = False
) -> Mapping[str, Any] | None:
    small = replace(http, max_bytes=min(http.max_bytes, MAX_BYTES))
    with named(step):
        answer = small.get(url, headers={"Accept": "application/json"})
        if optional and answer.status in (404, 410):
            return None
        document = answer.require_ok().json()
    if not isinstance(document, dict):
        raise ProviderError("bad_answer", f"{step}: not an object")
    return document


def _server(document: Mapping[str, Any], issuer: str, *, loopback: bool) -> Server:
    if document.get("issuer") != issuer:
        raise ProviderError("bad_answer", "discovery: it names another issuer")
    if "S256" not in _words(document, "code_challenge_methods_supported", default={"S256"}):
        raise ProviderError("misconfigured", "discovery: no S256")

    def address(name: str) -> str | None:
        if document.get(name) is None:
            return None
        found = web_address(document[name], loopback=loopback)
        if found is None:
            raise ProviderError("bad_answer", f"discovery: unusable {name}")
        return found

    authorize, token = address("authorization_endpoint"), address("token_endpoint")
    if authorize is None or token is None:
        raise ProviderError("bad_answer", "discovery: an endpoint is missing")
    return Server(
        issuer=issuer,
        endpoints=Endpoints(
            authorize=authorize,
            token=token,
            userinfo=address("userinfo_endpoint"),
            jwks=address("jwks_uri"),
            revoke=address("revocation_endpoint"),
        ),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        # RFC 8414 §2: Basic where nothing is said.
        client_auth=_words(
            document, "token_endpoint_auth_methods_supported", default={"client_secret_basic"}
        ),
        prompts=_words(document, "prompt_values_supported"),
        languages=_words(document, "ui_locales_supported"),
        algorithms=_words(document, "id_token_signing_alg_values_supported"),
        scopes=_words(document, "scopes_supported"),
        pushed=address("pushed_authorization_request_endpoint"),
        pushed_only=document.get("require_pushed_authorization_requests") is True,
        proof_algorithms=_words(document, "dpop_signing_alg_values_supported"),
        # Only shown to people: an unusable one is as good as none.
        end_session=web_address(document.get("end_session_endpoint"), loopback=loopback),
        client_documents=document.get("client_id_metadata_document_supported") is True,
    )


def _words(
    document: Mapping[str, Any], name: str, default: set[str] | None = None
) -> frozenset[str]:
    value = document.get(name)
    if not isinstance(value, list):
        return frozenset(default or ())
    words = (word for word in value if isinstance(word, str) and len(word) <= _MAX_WORD_CHARS)
    return frozenset(islice(words, _MAX_WORDS))


def _keys(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise ProviderError("bad_answer", "keys: not a key set")
    return [key for key in keys if isinstance(key, dict)]
