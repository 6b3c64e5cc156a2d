"""Facebook Login: `appsecret_proof`, app-scoped ids, Graph's errors, an e-mail one may keep back.

Sources: developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow, Graph API
error handling, securing Graph API requests (read 2026-11-22).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .answers import json_answer, send_back, state_of
from .consent import Ask, begin
from .grants import AccessToken, Pending, RefusedError
from .oauth2 import (
    RequestRules,
    bearer,
    client_by_post,
    pay_code,
    read_request,
    send_code,
)
from .people import Person, facebook_id
from .state import Service, faults_here, here

SIXTY_DAYS = 60 * 24 * 3600
RULES = RequestRules(
    known_scopes=frozenset({"public_profile", "email", "user_link", "openid"}),
    scope_separators=", ",
    response_type_optional=True,
)
DENIED = (
    ("error", "access_denied"),
    ("error_code", "200"),
    ("error_description", "Permissions error"),
    ("error_reason", "user_denied"),
)
FAILED = (
    ("error_code", "1349048"),
    ("error_message", "An error occurred. Please try again later."),
)


def graph_error(
    message: str,
    *,
    kind: str = "OAuthException",
    code: int,
    subcode: int | None = None,
    status: int = 400,
) -> Response:
    """Return an error as Graph words it."""
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["fbtrace_id"] = "A" + secrets.token_urlsafe(12)
    headers = {"WWW-Authenticate": f'OAuth "Facebook Platform" "invalid_request" "{message}"'}
    return json_answer({"error": error}, status, headers)


def _error(endpoint: str) -> Response:
    if endpoint == "429":
        return graph_error("(#4) Application request limit reached", code=4, status=403)
    if endpoint == "token":
        return _token_error(RefusedError("code_expired"))
    return _unknown_token()


def _refuse(pending: Pending) -> Response:
    return send_back(pending, [*DENIED, *state_of(pending)])


SERVICE = Service(
    key="facebook",
    provider="facebook",
    label="Facebook",
    approve=send_code,
    refuse=_refuse,
    error=_error,
    callback_error=FAILED,
    email_optional=True,
)


def facebook_blueprint() -> Blueprint:
    """Make the routes of Facebook Login; any version `v…` is taken."""
    blueprint = Blueprint(SERVICE.key, __name__, url_prefix="/facebook")
    rule = blueprint.add_url_rule
    rule("/v<version>/dialog/oauth", "authorize", _dialog)
    rule("/v<version>/oauth/access_token", "token", _token, methods=["GET", "POST"])
    rule("/v<version>/me", "userinfo", _me)
    rule("/v<version>/<person>/permissions", "revoke", _permissions, methods=["DELETE"])
    return blueprint


def _dialog(version: str) -> Response:
    pending = read_request(SERVICE, RULES)
    return begin(pending, _ask(pending))


def _ask(pending: Pending) -> Ask:
    wanted = set(request.args.get("auth_type", "").replace(" ", "").split(","))
    if "reauthenticate" in wanted or "reauthorize" in wanted:
        return "choose"
    return "confirm" if "rerequest" in wanted else "as_needed"


def _token(version: str) -> Response:
    try:
        code = pay_code(SERVICE, client_by_post("facebook"))
    except RefusedError as refusal:
        return _token_error(refusal)
    token = here().grants.issue_token(code, seconds=SIXTY_DAYS)
    body = {"access_token": token.value, "token_type": "bearer", "expires_in": SIXTY_DAYS}
    if "missing_access_token" in faults_here():
        del body["access_token"]
    return json_answer(body)


def _token_error(refusal: RefusedError) -> Response:
    if refusal.reason == "client":
        return graph_error("Error validating client secret.", code=1)
    if refusal.reason == "code_used":
        return graph_error("This authorization code has been used.", code=100, subcode=36009)
    if refusal.reason == "code_expired":
        return graph_error("This authorization code has expired.", code=100, subcode=36007)
    if refusal.reason == "redirect_uri":
        text = (
            "Error validating verification code. Please make sure your redirect_uri is identical "
            "to the one you used in the OAuth dialog request"
        )
        return graph_error(text, code=100, subcode=36008)
    return graph_error("Invalid verification code format.", code=100)


def _me(version: str) -> Response:
    token = here().grants.token(_access_token(), service=SERVICE.key)
    if token is None:
        return _unknown_token()
    return _proof_error(token) or json_answer(_profile(token))


def _permissions(version: str, person: str) -> Response:
    token = here().grants.token(_access_token(), service=SERVICE.key)
    if token is None:
        return _unknown_token()
    if error := _proof_error(token):
        return error
    if person not in {"me", facebook_id(token.person, token.client.client_id)}:
        return graph_error("(#100) No permission to take this away", code=100, status=403)
    here().grants.forget_approval("facebook", token.client, token.person)
    return json_answer({"success": True})


def _access_token() -> str | None:
    return request.values.get("access_token") or bearer()


def _unknown_token() -> Response:
    return graph_error("Invalid OAuth access token - Cannot parse access token", code=190)


def _proof_error(token: AccessToken) -> Response | None:
    given = request.values.get("appsecret_proof")
    if given is None:
        text = "API calls from the server require an appsecret_proof argument"
        return graph_error(text, kind="GraphMethodException", code=100)
    secret = token.client.client_secret.encode()
    right = hmac.new(secret, token.value.encode(), hashlib.sha256).hexdigest()
    if hmac.compare_digest(right.encode(), given.encode()):
        return None
    text = "Invalid appsecret_proof provided in the API argument"
    return graph_error(text, kind="GraphMethodException", code=100)


def _profile(token: AccessToken) -> dict[str, Any]:
    asked = request.args.get("fields", "id,name").split(",")
    known = _fields(token.person, token)
    return {name: known[name] for name in ("id", *asked) if known.get(name) is not None}


def _fields(person: Person, token: AccessToken) -> dict[str, Any]:
    address = here().picture_url(person) or f"{here().origin()}/pictures/silhouette.png"
    silhouette = person.picture is None
    shape = {"height": 50, "width": 50, "is_silhouette": silhouette, "url": address}
    return {
        "id": facebook_id(person, token.client.client_id),
        "name": person.name,
        "first_name": person.name.partition(" ")[0],
        "email": person.email if "email" in token.scopes else None,
        "link": person.profile_url if "user_link" in token.scopes else None,
        "picture": {"data": shape},
    }
