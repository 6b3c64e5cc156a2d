"""What the identity services remember: who is signed in, who approved what, codes and tokens."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock

from .clients import Client
from .people import Person

CODE_SECONDS = 600


@dataclass(frozen=True)
class Pending:
    """Hold one authorization request while a person decides."""

    id: str
    service: str
    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None
    response_mode: str = "query"
    request_token: str | None = None
    """OAuth 1.0a only."""


@dataclass(frozen=True)
class Code:
    """Hold an authorization code and what it was given for."""

    value: str = field(repr=False)
    service: str
    client: Client
    person: Person
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str | None
    expires_at: datetime


@dataclass(frozen=True)
class AccessToken:
    """Hold an access token; `secret` is OAuth 1.0a's."""

    value: str = field(repr=False)
    service: str
    client: Client
    person: Person
    scopes: tuple[str, ...]
    expires_at: datetime
    secret: str = field(default="", repr=False)


class RefusedError(Exception):
    """Refuse a request at a token endpoint; each provider words it in its own way."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """client, code_{unknown,used,expired}, redirect_uri, verifier, grant_type or parameter."""


class Grants:
    """Keep codes, tokens and approvals of one app in memory, safe for several threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._codes: dict[str, Code] = {}
        self._spent: dict[str, list[str]] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._pending: dict[str, Pending] = {}
        self._approved: dict[tuple[str, str, str], dict[str, bool]] = {}
        self._browsers: dict[tuple[str, str], str] = {}

    def hold(self, pending: Pending) -> None:
        """Keep a request until its person decides."""
        with self._lock:
            self._pending[pending.id] = pending

    def held(self, pending_id: str) -> Pending | None:
        """Return a request that waits for a decision."""
        return self._pending.get(pending_id)

    def settle(self, pending_id: str) -> None:
        """Forget a request that was decided."""
        with self._lock:
            self._pending.pop(pending_id, None)

    def issue_code(self, pending: Pending, person: Person) -> Code:
        """Make the code of an approved request; it lasts ten minutes."""
        code = Code(
            value=secrets.token_urlsafe(32),
            service=pending.service,
            client=pending.client,
            person=person,
            redirect_uri=pending.redirect_uri,
            scopes=pending.scopes,
            nonce=pending.nonce,
            challenge=pending.challenge,
            expires_at=self._now() + timedelta(seconds=CODE_SECONDS),
        )
        with self._lock:
            self._codes[code.value] = code
        return code

    def spend_code(self, value: str, *, service: str, client: Client) -> Code:
        """Take a code out; a second use also revokes what the first one gave (RFC 6749 §4.1.2)."""
        with self._lock:
            if value in self._spent:
                for token in self._spent[value]:
                    self._tokens.pop(token, None)
                raise RefusedError("code_used")
            code = self._codes.get(value)
            if code is None or (code.service, code.client) != (service, client):
                raise RefusedError("code_unknown")
            del self._codes[value]
            self._spent[value] = []
        if code.expires_at <= self._now():
            raise RefusedError("code_expired")
        return code

    def issue_token(self, code: Code, *, seconds: int) -> AccessToken:
        """Make the access token that a spent code pays for."""
        token = self.grant(code.service, code.client, code.person, code.scopes, seconds=seconds)
        with self._lock:
            self._spent[code.value].append(token.value)
        return token

    def grant(
        self,
        service: str,
        client: Client,
        person: Person,
        scopes: tuple[str, ...],
        *,
        seconds: int,
        secret: str = "",
    ) -> AccessToken:
        """Make an access token."""
        token = AccessToken(
            value=secrets.token_urlsafe(32),
            service=service,
            client=client,
            person=person,
            scopes=scopes,
            expires_at=self._now() + timedelta(seconds=seconds),
            secret=secret,
        )
        with self._lock:
            self._tokens[token.value] = token
        return token

    def token(self, value: str | None, *, service: str) -> AccessToken | None:
        """Return a token that is known to that service and has not expired."""
        token = self._tokens.get(value or "")
        if token is None or token.service != service or token.expires_at <= self._now():
            return None
        return token

    def revoke(self, value: str) -> bool:
        """Forget a token and say whether it was known."""
        with self._lock:
            return self._tokens.pop(value, None) is not None

    def approve(
        self, provider: str, client: Client, person: Person, answers: Mapping[str, bool]
    ) -> None:
        """Remember what a person answered, scope by scope, so that nobody asks again."""
        key = (provider, client.client_id, person.key)
        with self._lock:
            self._approved[key] = {**self._approved.get(key, {}), **answers}

    def approved(self, provider: str, client: Client, person: Person) -> dict[str, bool] | None:
        """Return the answers of before, or None for somebody who was never asked."""
        return self._approved.get((provider, client.client_id, person.key))

    def forget_approval(self, provider: str, client: Client, person: Person) -> None:
        """Take an application's approval and tokens away."""
        with self._lock:
            self._approved.pop((provider, client.client_id, person.key), None)
            self._tokens = {
                value: token
                for value, token in self._tokens.items()
                if (token.client, token.person) != (client, person)
            }

    def sign_in(self, provider: str, person: Person) -> str:
        """Make a browser's cookie value for a signed-in person."""
        browser = secrets.token_urlsafe(24)
        with self._lock:
            self._browsers[provider, browser] = person.key
        return browser

    def signed_in(self, provider: str, browser: str | None) -> str | None:
        """Return the key of the person signed in at that provider in that browser."""
        return self._browsers.get((provider, browser or ""))

    def sign_out(self, provider: str, browser: str | None) -> None:
        """End a browser's sign-in at one provider."""
        with self._lock:
            self._browsers.pop((provider, browser or ""), None)
