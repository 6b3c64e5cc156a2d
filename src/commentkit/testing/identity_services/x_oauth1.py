"""X, OAuth 1.0a: signed requests, `denied=`, `force_login`, `verify_credentials`.

Sources: docs.x.com/fundamentals/authentication/oauth-1-0a and its api-reference (read 2026-11-22).
"""

from __future__ import annotations

import re
import secrets
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .answers import NO_STORE, error_page, json_answer, send_back
from .clients import Client
from .consent import begin
from .grants import AccessToken, Pending
from .people import Person, x_id
from .signatures import SignedRequest, signed_request
from .state import Service, faults_here, here

LIFETIME_SECONDS = 10 * 365 * 24 * 3600
SKEW_SECONDS = 300


class UnsignedError(Exception):
    """Refuse a request whose signature, time, nonce or token is not right."""


class RequestTokens:
    """Keep the temporary credentials and nonces of one app."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked: dict[str, tuple[Client, str, str]] = {}
        self._approved: dict[str, tuple[str, Person]] = {}
        self._nonces: set[tuple[str, str, str]] = set()

    def first_use(self, nonce: tuple[str, str, str]) -> bool:
        """Say whether client, time and nonce come together for the first time (RFC 5849 §3.3)."""
        with self._lock:
            new = nonce not in self._nonces
            self._nonces.add(nonce)
            return new

    def ask(self, client: Client, callback: str) -> tuple[str, str]:
        """Make a request token and its secret."""
        token, secret = secrets.token_urlsafe(20), secrets.token_urlsafe(24)
        with self._lock:
            self._asked[token] = (client, callback, secret)
        return token, secret

    def asked(self, token: str) -> tuple[Client, str, str] | None:
        """Return whose request token that is, where its answer goes, and its secret."""
        return self._asked.get(token)

    def approve(self, token: str, person: Person) -> str:
        """Return the verifier that a person's consent makes."""
        verifier = secrets.token_urlsafe(24)
        with self._lock:
            self._approved[token] = (verifier, person)
        return verifier

    def drop(self, token: str) -> None:
        """Forget a refused request token."""
        with self._lock:
            self._asked.pop(token, None)

    def spend(self, token: str, verifier: str) -> Person:
        """Take an approved request token out; raises `UnsignedError` for another's verifier."""
        with self._lock:
            known, person = self._approved.get(token, ("", None))
            if person is None or not secrets.compare_digest(known.encode(), verifier.encode()):
                raise UnsignedError
            del self._approved[token], self._asked[token]
        return person


def x_oauth1() -> tuple[Service, Blueprint]:
    """Make OAuth 1.0a at X, with the request tokens of this app."""
    tokens = RequestTokens()

    def approve(pending: Pending, person: Person) -> Response:
        token = pending.request_token or ""
        verifier = tokens.approve(token, person)
        return send_back(pending, [("oauth_token", token), ("oauth_verifier", verifier)])

    def refuse(pending: Pending) -> Response:
        tokens.drop(pending.request_token or "")
        return send_back(pending, [("denied", pending.request_token or "")])

    service = Service(
        key="x_oauth1",
        provider="x",
        label="X",
        approve=approve,
        refuse=refuse,
        error=_error,
        email_scopes=frozenset({"oauth1"}),
    )
    return service, _blueprint(tokens)


def _blueprint(tokens: RequestTokens) -> Blueprint:
    blueprint = Blueprint("x_oauth1", __name__, url_prefix="/x")
    rule = blueprint.add_url_rule
    rule("/oauth/request_token", "request_token", lambda: _ask(tokens), methods=["POST"])
    rule("/oauth/authenticate", "authorize", lambda: _authorize(tokens, always=False))
    rule("/oauth/authorize", "authorize_always", lambda: _authorize(tokens, always=True))
    rule("/oauth/access_token", "token", lambda: _access_token(tokens), methods=["POST"])
    invalidate = partial(_invalidate, tokens)
    for prefix in ("", "/1.1"):
        rule(f"{prefix}/oauth/invalidate_token", "revoke", invalidate, methods=["POST"])
    rule("/1.1/account/verify_credentials.json", "userinfo", lambda: _verify(tokens))
    return blueprint


def _error(endpoint: str) -> Response:
    if endpoint == "429":
        body = {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
        return json_answer(body, 429, {"x-rate-limit-reset": "1900000000", "Retry-After": "120"})
    if endpoint == "userinfo":
        return _errors(401, 89, "Invalid or expired token.")
    return _errors(401, 32, "Could not authenticate you.")


def _errors(status: int, code: int, message: str) -> Response:
    return json_answer({"errors": [{"code": code, "message": message}]}, status)


def _ask(tokens: RequestTokens) -> Response:
    try:
        signed, client = _from_client()
        _check(tokens, signed, client, "")
    except UnsignedError:
        return _error("request_token")
    callback = signed.get("oauth_callback")
    if not client.allows(callback):
        text = "Callback URL not approved for this client application."
        return _errors(403, 415, text)
    token, secret = tokens.ask(client, callback)
    body = {"oauth_token": token, "oauth_token_secret": secret}
    if "unconfirmed" not in faults_here():
        body["oauth_callback_confirmed"] = "true"
    return _form(body)


def _authorize(tokens: RequestTokens, *, always: bool) -> Response:
    token = request.args.get("oauth_token", "")
    asked = tokens.asked(token)
    if asked is None:
        return error_page("unknown_request_token", 401, provider="X")
    client, callback, _ = asked
    pending = Pending(
        id=secrets.token_urlsafe(24),
        service="x_oauth1",
        client=client,
        redirect_uri=callback,
        scopes=("oauth1",),
        request_token=token,
    )
    if request.args.get("force_login") == "true":
        return begin(pending, "choose")
    return begin(pending, "confirm" if always else "as_needed")


def _access_token(tokens: RequestTokens) -> Response:
    try:
        signed, client = _from_client()
        asked = tokens.asked(signed.get("oauth_token"))
        if asked is None or asked[0] != client:
            raise UnsignedError
        _check(tokens, signed, client, asked[2])
        person = tokens.spend(signed.get("oauth_token"), signed.get("oauth_verifier"))
    except UnsignedError:
        return _error("token")
    return _form(_granted(client, person))


def _granted(client: Client, person: Person) -> dict[str, str]:
    secret = secrets.token_urlsafe(24)
    token = here().grants.grant(
        "x_oauth1", client, person, ("oauth1",), seconds=LIFETIME_SECONDS, secret=secret
    )
    body = {
        "oauth_token": token.value,
        "oauth_token_secret": secret,
        "user_id": x_id(person),
        "screen_name": person.handle,
    }
    if "missing_access_token" in faults_here():
        del body["oauth_token"], body["oauth_token_secret"]
    return body


def _verify(tokens: RequestTokens) -> Response:
    try:
        token = _from_person(tokens)
    except UnsignedError:
        return _error("userinfo")
    return json_answer(_profile(token.person))


def _profile(person: Person) -> dict[str, Any]:
    picture = here().picture_url(person, "_normal")
    profile: dict[str, Any] = {
        "id": int(x_id(person)),
        "id_str": x_id(person),
        "name": person.name,
        "screen_name": person.handle,
        "url": person.profile_url,
        "default_profile_image": picture is None,
        "profile_image_url": picture,
        "profile_image_url_https": picture,
    }
    if request.args.get("include_email") == "true":
        profile["email"] = person.email if person.email_verified else None
    return profile


def _invalidate(tokens: RequestTokens) -> Response:
    try:
        token = _from_person(tokens)
    except UnsignedError:
        return _error("userinfo")
    here().grants.revoke(token.value)
    return json_answer({"access_token": token.value})


def _from_person(tokens: RequestTokens) -> AccessToken:
    signed, client = _from_client()
    token = here().grants.token(signed.get("oauth_token"), service="x_oauth1")
    if token is None or token.client != client:
        raise UnsignedError
    _check(tokens, signed, client, token.secret)
    return token


def _from_client() -> tuple[SignedRequest, Client]:
    signed = signed_request(
        request.method,
        here().origin() + request.path,
        header=request.headers.get("Authorization", ""),
        others=[*request.args.items(multi=True), *request.form.items(multi=True)],
    )
    client = here().clients.find("x", signed.get("oauth_consumer_key"))
    if client is None or signed.get("oauth_signature_method") != "HMAC-SHA1":
        raise UnsignedError
    return signed, client


def _check(tokens: RequestTokens, signed: SignedRequest, client: Client, secret: str) -> None:
    if not signed.signed_by(client.client_secret, secret) or not _timely(signed):
        raise UnsignedError
    stamp, nonce = signed.get("oauth_timestamp"), signed.get("oauth_nonce")
    if not nonce or not tokens.first_use((client.client_id, stamp, nonce)):
        raise UnsignedError


def _timely(signed: SignedRequest) -> bool:
    stamp = signed.get("oauth_timestamp")
    if not re.fullmatch("[0-9]{1,12}", stamp):
        return False
    return abs(here().now().timestamp() - int(stamp)) <= SKEW_SECONDS


def _form(body: dict[str, str]) -> Response:
    answer = Response(urlencode(body), mimetype="application/x-www-form-urlencoded")
    answer.headers.update(NO_STORE)
    return answer
