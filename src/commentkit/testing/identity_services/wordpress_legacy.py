"""WordPress.com Connect, before OpenID Connect: `/oauth2/*` and `/rest/v1/me`.

Sources: developer.wordpress.com/docs/oauth2 and /docs/api/1.1/get/me (read 2026-11-22). The
secret is read from the body only, PKCE is not looked at, and a token opens `/me` alone.
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
    client_by_post,
    demand_grant_type,
    pay_code,
    read_request,
    send_code,
    send_refusal,
)
from .people import wordpress_id
from .state import Service, faults_here, here
from .wordpress import TWO_WEEKS

RULES = RequestRules(known_scopes=frozenset({"auth"}), pkce_read=False)


def _error(endpoint: str) -> Response:
    if endpoint == "429":
        body = {"error": "too_many_requests", "message": "You have made too many requests."}
        return json_answer(body, 429, {"Retry-After": "120"})
    if endpoint == "userinfo":
        return json_answer(*_unauthorised())
    return _token_error(RefusedError("code_unknown"))


SERVICE = Service(
    key="wordpress_legacy",
    provider="wordpress",
    label="WordPress.com",
    approve=send_code,
    refuse=send_refusal,
    error=_error,
    email_scopes=frozenset({"auth"}),
)


def wordpress_legacy_blueprint() -> Blueprint:
    """Make the routes of WordPress.com Connect."""
    blueprint = Blueprint(SERVICE.key, __name__, url_prefix="/wordpress")
    blueprint.add_url_rule("/oauth2/authorize", "authorize", _authorize)
    blueprint.add_url_rule("/oauth2/token", "token", _token, methods=["POST"])
    for version in ("v1", "v1.1"):
        for end in ("", "/"):
            blueprint.add_url_rule(f"/rest/{version}/me{end}", "userinfo", _me)
    return blueprint


def _authorize() -> Response:
    return begin(read_request(SERVICE, RULES), "as_needed")


def _token() -> Response:
    try:
        client = client_by_post("wordpress")
        demand_grant_type()
        code = pay_code(SERVICE, client, pkce=False)
    except RefusedError as refusal:
        return _token_error(refusal)
    token = here().grants.issue_token(code, seconds=TWO_WEEKS)
    body = {
        "access_token": token.value,
        "token_type": "bearer",
        "blog_id": "0",
        "blog_url": None,
        "scope": " ".join(code.scopes),
    }
    if "missing_access_token" in faults_here():
        del body["access_token"]
    return json_answer(body)


def _token_error(refusal: RefusedError) -> Response:
    words = {
        "client": ("invalid_client", "The client credentials are not valid."),
        "grant_type": ("unsupported_grant_type", "The grant type is not supported."),
        "redirect_uri": ("invalid_grant", "The redirect_uri does not match the one of the code."),
        "parameter": ("invalid_request", "A required parameter is missing."),
    }
    unknown = ("invalid_grant", "The authorization code is not valid or has expired.")
    code, text = words.get(refusal.reason, unknown)
    return json_answer({"error": code, "error_description": text}, 400)


def _me() -> Response:
    token = here().grants.token(bearer(), service=SERVICE.key)
    body, status = (_profile(token), 200) if token else _unauthorised()
    return _enveloped(body, status)


def _unauthorised() -> tuple[dict[str, Any], int]:
    text = "An active access token must be used to query information about the current user."
    return {"error": "authorization_required", "message": text}, 403


def _enveloped(body: dict[str, Any], status: int) -> Response:
    if request.args.get("http_envelope") != "true":
        return json_answer(body, status)
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return json_answer({"code": status, "headers": headers, "body": body})


def _profile(token: AccessToken) -> dict[str, Any]:
    person = token.person
    return {
        "ID": wordpress_id(person),
        "display_name": person.name,
        "username": person.handle,
        "email": person.email or "",
        "email_verified": person.email_verified,
        "verified": person.email_verified,
        "primary_blog": 0,
        "primary_blog_url": person.profile_url or "",
        "language": person.language,
        "avatar_URL": here().picture_url(person),
        "profile_URL": person.profile_url,
    }
