"""Google as its documents say: account choice, RFC 9207 `iss`, profile claims in the id_token.

Source: developers.google.com/identity/openid-connect/reference (read 2026-11-22).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .answers import error_page, json_answer
from .grants import RefusedError
from .oidc import OidcRules, oidc_blueprint, oidc_service
from .people import Person, google_subject
from .state import here


def _profile(person: Person) -> dict[str, Any]:
    given, _, family = person.name.partition(" ")
    picture = here().picture_url(person)
    return {"name": person.name, "given_name": given, "family_name": family, "picture": picture}


def _token_error(refusal: RefusedError) -> Response:
    if refusal.reason == "client":
        body = {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        return json_answer(body, 401)
    codes = {
        "redirect_uri": "redirect_uri_mismatch",
        "grant_type": "unsupported_grant_type",
        "parameter": "invalid_request",
    }
    code = codes.get(refusal.reason, "invalid_grant")
    return json_answer({"error": code, "error_description": "Bad Request"}, 400)


def _bearer_error() -> Response:
    body = {"error": "invalid_request", "error_description": "Invalid Credentials"}
    challenge = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
    return json_answer(body, 401, {"WWW-Authenticate": challenge})


def _error(endpoint: str) -> Response:
    if endpoint == "429":
        reason = {"code": 429, "message": "Rate limit exceeded", "status": "RESOURCE_EXHAUSTED"}
        return json_answer({"error": reason}, 429, {"Retry-After": "120"})
    if endpoint == "userinfo":
        return _bearer_error()
    if endpoint == "revoke":
        return json_answer({"error": "invalid_token", "error_description": "Token expired"}, 400)
    return _token_error(RefusedError("code_unknown"))


PROMPTS = ("none", "consent", "select_account")

RULES = OidcRules(
    provider="google",
    label="Google",
    paths={
        "discovery": "/.well-known/openid-configuration",
        "jwks": "/oauth2/v3/certs",
        "authorize": "/o/oauth2/v2/auth",
        "token": "/token",
        "userinfo": "/v1/userinfo",
        "revoke": "/revoke",
    },
    subject=google_subject,
    profile=_profile,
    token_error=_token_error,
    bearer_error=_bearer_error,
    error=_error,
    prompts=PROMPTS,
    iss_in_callback=True,
    claims_in_id_token=True,
    token_seconds=3599,
    revoke_needs_client=False,
    revoke_ends_approval=True,
)
SERVICE = oidc_service(RULES)


def google_blueprint() -> Blueprint:
    """Make Google's routes; a web view inside an app is turned away."""
    blueprint = oidc_blueprint(RULES, SERVICE)
    blueprint.before_request(_refuse_web_view)
    return blueprint


def _refuse_web_view() -> Response | None:
    agent = request.headers.get("User-Agent", "")
    if request.endpoint == "google.authorize" and "; wv)" in agent:
        return error_page("disallowed_useragent", 403, provider="Google")
    return None
