"""What the OAuth 2.0 services share: reading a request, paying a code, knowing a client."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import unquote_plus

from flask import request
from werkzeug.wrappers import Response

from .answers import error_page, send_back, send_error, state_of
from .clients import Client
from .grants import Code, Pending, RefusedError
from .keys import encode
from .people import Person
from .state import Service, here

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""RFC 7636 §4.1."""


class BadRequestError(Exception):
    """Stop an authorization request; `answer` is what the browser gets."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True)
class RequestRules:
    """Say what a provider demands of an authorization request."""

    known_scopes: frozenset[str]
    scope_separators: str = " "
    pkce: bool = False
    """Whether `code_challenge` is demanded."""
    pkce_read: bool = True
    """Whether `code_challenge` is looked at."""
    state_required: bool = False
    response_type_optional: bool = False
    response_modes: tuple[str, ...] = ("query",)


def read_request(service: Service, rules: RequestRules) -> Pending:
    """Return the checked authorization request; raises `BadRequestError`."""
    args = request.args
    if twice := [name for name in args if len(args.getlist(name)) > 1]:
        raise BadRequestError(
            error_page(f"invalid_request: {twice[0]} twice", provider=service.label)
        )
    client, redirect_uri = _known(service)
    pending = Pending(
        id=secrets.token_urlsafe(24),
        service=service.key,
        client=client,
        redirect_uri=redirect_uri,
        scopes=_scopes(args.get("scope", ""), rules),
        state=args.get("state"),
        nonce=args.get("nonce"),
        challenge=args.get("code_challenge") if rules.pkce_read else None,
        response_mode=args.get("response_mode", "query"),
    )
    if error := _error(pending, rules):
        if pending.response_mode not in rules.response_modes:
            raise BadRequestError(error_page(error, provider=service.label))
        raise BadRequestError(send_error(pending, error))
    return pending


def send_code(pending: Pending, person: Person) -> Response:
    """Carry a code back."""
    code = here().grants.issue_code(pending, person)
    return send_back(pending, [("code", code.value), *state_of(pending)])


def send_refusal(pending: Pending) -> Response:
    """Carry `access_denied` back."""
    return send_error(pending, "access_denied")


def pay_code(service: Service, client: Client, *, pkce: bool = True) -> Code:
    """Return what the posted code was given for, after every check; raises `RefusedError`."""
    form = request.values
    value = form.get("code")
    if not value:
        raise RefusedError("parameter")
    code = here().grants.spend_code(value, service=service.key, client=client)
    if form.get("redirect_uri") != code.redirect_uri:
        raise RefusedError("redirect_uri")
    if pkce and not _verified(code.challenge, form.get("code_verifier")):
        raise RefusedError("verifier")
    return code


def demand_grant_type() -> None:
    """Refuse any grant but the authorization code."""
    if request.form.get("grant_type") != "authorization_code":
        raise RefusedError("grant_type")


def client_by_post(provider: str) -> Client:
    """Return the client whose id and secret are in the body (or query); raises `RefusedError`."""
    form = request.values
    return _proven(provider, form.get("client_id", ""), form.get("client_secret", ""))


def client_by_basic(provider: str) -> Client:
    """Return the client of the Authorization header (RFC 6749 §2.3.1); raises `RefusedError`."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    try:
        plain = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError("client") from error
    client_id, colon, secret = plain.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise RefusedError("client")
    return _proven(provider, unquote_plus(client_id), unquote_plus(secret))


def bearer() -> str | None:
    """Return the token of the Authorization header (RFC 6750 §2.1)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _proven(provider: str, client_id: str, secret: str) -> Client:
    client = here().clients.find(provider, client_id)
    if client is None or not hmac.compare_digest(client.client_secret.encode(), secret.encode()):
        raise RefusedError("client")
    return client


def _known(service: Service) -> tuple[Client, str]:
    client = here().clients.find(service.provider, request.args.get("client_id", ""))
    if client is None:
        raise BadRequestError(error_page("invalid_client", 401, provider=service.label))
    redirect_uri = request.args.get("redirect_uri", "")
    if not client.allows(redirect_uri):
        raise BadRequestError(error_page("redirect_uri_mismatch", provider=service.label))
    return client, redirect_uri


def _scopes(text: str, rules: RequestRules) -> tuple[str, ...]:
    parts = re.split(f"[{re.escape(rules.scope_separators)}]+", text)
    return tuple(dict.fromkeys(part for part in parts if part))


def _error(pending: Pending, rules: RequestRules) -> str | None:
    args = request.args
    if pending.response_mode not in rules.response_modes:
        return "invalid_request"
    if args.get("response_type", "code" if rules.response_type_optional else "") != "code":
        return "unsupported_response_type"
    if not set(pending.scopes) <= rules.known_scopes:
        return "invalid_scope"
    if rules.state_required and not pending.state:
        return "invalid_request"
    return _pkce_error(pending, rules)


def _pkce_error(pending: Pending, rules: RequestRules) -> str | None:
    if pending.challenge is None:
        return "invalid_request" if rules.pkce else None
    well_formed = re.fullmatch(r"[A-Za-z0-9_-]{43}", pending.challenge)
    right = well_formed and request.args.get("code_challenge_method") == "S256"
    return None if right else "invalid_request"


def _verified(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return verifier is None  # a verifier without a challenge is a downgrade: RFC 9700 §4.8.2
    if verifier is None or not VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge, encode(hashlib.sha256(verifier.encode()).digest()))
