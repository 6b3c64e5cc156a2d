"""X, OAuth 2.0: PKCE and state demanded, Basic at the token endpoint, `/2/users/me` by fields.

Sources: docs.x.com/fundamentals/authentication/oauth-2-0 and /x-api/users/user-lookup-me
(read 2026-11-22).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .answers import json_answer
from .consent import begin
from .grants import AccessToken, RefusedError
from .oauth2 import (
    RequestRules,
    bearer,
    client_by_basic,
    demand_grant_type,
    pay_code,
    read_request,
    send_code,
    send_refusal,
)
from .people import Person, x_id
from .state import Service, faults_here, here

TOKEN_SECONDS = 7200
RULES = RequestRules(
    known_scopes=frozenset({"users.read", "tweet.read", "users.email", "offline.access"}),
    pkce=True,
    state_required=True,
)


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """Return an error of the v2 API."""
    body = {"title": title, "detail": detail or title, "type": "about:blank", "status": status}
    headers = {"x-rate-limit-reset": "1900000000", "Retry-After": "120"} if status == 429 else None
    return json_answer(body, status, headers)


def _error(endpoint: str) -> Response:
    if endpoint == "429":
        return problem(429, "Too Many Requests")
    if endpoint == "userinfo":
        return problem(401, "Unauthorized")
    return _token_error(RefusedError("code_unknown"))


SERVICE = Service(
    key="x",
    provider="x",
    label="X",
    approve=send_code,
    refuse=send_refusal,
    error=_error,
    email_scopes=frozenset({"users.email"}),
)


def x_blueprint() -> Blueprint:
    """Make the routes of OAuth 2.0 at X."""
    blueprint = Blueprint(SERVICE.key, __name__, url_prefix="/x")
    blueprint.add_url_rule("/i/oauth2/authorize", "authorize", _authorize)
    blueprint.add_url_rule("/2/oauth2/token", "token", _token, methods=["POST"])
    blueprint.add_url_rule("/2/oauth2/revoke", "revoke", _revoke, methods=["POST"])
    blueprint.add_url_rule("/2/users/me", "userinfo", _me)
    return blueprint


def _authorize() -> Response:
    return begin(read_request(SERVICE, RULES), "as_needed")


def _token() -> Response:
    try:
        client = client_by_basic("x")
        demand_grant_type()
        code = pay_code(SERVICE, client)
    except RefusedError as refusal:
        return _token_error(refusal)
    token = here().grants.issue_token(code, seconds=TOKEN_SECONDS)
    body = {
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "access_token": token.value,
        "scope": " ".join(code.scopes),
    }
    if "missing_access_token" in faults_here():
        del body["access_token"]
    return json_answer(body)


def _token_error(refusal: RefusedError) -> Response:
    if refusal.reason == "client":
        text = "Missing valid authorization header"
        return json_answer({"error": "unauthorized_client", "error_description": text}, 401)
    subject = {"verifier": "code verifier", "redirect_uri": "redirect uri"}
    what = subject.get(refusal.reason, "authorization code")
    text = f"Value passed for the {what} was invalid."
    return json_answer({"error": "invalid_request", "error_description": text}, 400)


def _revoke() -> Response:
    try:
        client_by_basic("x")
    except RefusedError as refusal:
        return _token_error(refusal)
    return json_answer({"revoked": here().grants.revoke(request.form.get("token", ""))})


def _me() -> Response:
    token = here().grants.token(bearer(), service=SERVICE.key)
    if token is None:
        return problem(401, "Unauthorized")
    if not {"users.read", "tweet.read"} <= set(token.scopes):
        return problem(403, "Forbidden")
    return json_answer({"data": _data(token)})


def _data(token: AccessToken) -> dict[str, Any]:
    person = token.person
    data: dict[str, Any] = {"id": x_id(person), "name": person.name, "username": person.handle}
    asked = set(request.args.get("user.fields", "").split(","))
    for field, value in _fields(person, token.scopes).items():
        if field in asked and value is not None:
            data[field] = value
    return data


def _fields(person: Person, scopes: tuple[str, ...]) -> dict[str, Any]:
    confirmed = person.email_verified and "users.email" in scopes
    return {
        "profile_image_url": here().picture_url(person, "_normal"),
        "confirmed_email": person.email if confirmed else None,
        "url": person.profile_url,
        "verified": False,
    }
