"""OpenID Connect, shared by WordPress.com, Google and the generic issuer; each has its own rules.

Source: OpenID Connect Core 1.0 §3.1, Discovery 1.0 §4, RFC 9207 §2 (read 2026-11-22).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from .answers import json_answer, send_error
from .consent import Ask, begin
from .grants import AccessToken, Code, RefusedError
from .keys import SIGNING_FAULTS, encode
from .oauth2 import (
    RequestRules,
    bearer,
    client_by_basic,
    client_by_post,
    demand_grant_type,
    pay_code,
    read_request,
    send_code,
    send_refusal,
)
from .people import Person
from .state import Service, faults_here, here

ID_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class OidcRules:
    """Say how one issuer differs from the next."""

    provider: str
    label: str
    paths: Mapping[str, str]
    """Where each endpoint is, below the provider's prefix."""
    subject: Callable[[Person], str]
    profile: Callable[[Person], Mapping[str, Any]]
    """The claims of scope `profile`."""
    token_error: Callable[[RefusedError], Response]
    bearer_error: Callable[[], Response]
    error: Callable[[str], Response]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """More of the discovery document."""
    prompts: tuple[str, ...] = ()
    """What `prompt` may be; an issuer that advertises none ignores it."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    pkce: bool = False
    iss_in_callback: bool = False
    claims_in_id_token: bool = False
    names_sign_ins: bool = False
    """Whether its ID tokens carry `sid`, by which it could tell of a logout."""
    response_modes: tuple[str, ...] = ("query",)
    token_seconds: int = 3600
    revoke_needs_client: bool = True
    revoke_ends_approval: bool = False
    """Whether a revoked token takes the person's consent with it."""

    def issuer(self) -> str:
        """Return the issuer's identifier."""
        return f"{here().origin()}/{self.provider}"


def oidc_service(rules: OidcRules) -> Service:
    """Return the service that those rules describe."""
    return Service(
        key=rules.provider,
        provider=rules.provider,
        label=rules.label,
        approve=send_code,
        refuse=send_refusal,
        error=rules.error,
        issuer=rules.issuer if rules.iss_in_callback else None,
    )


def oidc_blueprint(rules: OidcRules, service: Service) -> Blueprint:
    """Make the routes of an issuer."""
    blueprint = Blueprint(rules.provider, __name__, url_prefix=f"/{rules.provider}")
    views: dict[str, tuple[Callable[[], Response], list[str]]] = {
        "discovery": (partial(_discovery, rules), ["GET"]),
        "jwks": (_jwks, ["GET"]),
        "authorize": (partial(_authorize, rules, service), ["GET"]),
        "token": (partial(_token, rules, service), ["POST"]),
        "userinfo": (partial(_userinfo, rules), ["GET", "POST"]),
        "revoke": (partial(_revoke, rules), ["POST"]),
    }
    for name, (view, methods) in views.items():
        blueprint.add_url_rule(rules.paths[name], name, view, methods=methods)
    return blueprint


def _discovery(rules: OidcRules) -> Response:
    issuer = rules.issuer()
    document: dict[str, Any] = {
        "issuer": issuer,
        "authorization_endpoint": issuer + rules.paths["authorize"],
        "token_endpoint": issuer + rules.paths["token"],
        "userinfo_endpoint": issuer + rules.paths["userinfo"],
        "revocation_endpoint": issuer + rules.paths["revoke"],
        "jwks_uri": issuer + rules.paths["jwks"],
        "response_types_supported": ["code"],
        "response_modes_supported": list(rules.response_modes),
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(rules.scopes),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        **rules.metadata,
    }
    if rules.iss_in_callback:
        document["authorization_response_iss_parameter_supported"] = True
    return json_answer(_bent_metadata(document), headers={"Cache-Control": "max-age=3600"})


def _bent_metadata(document: dict[str, Any]) -> dict[str, Any]:
    if "wrong_issuer" in faults_here():
        return {**document, "issuer": "https://other-issuer.example"}
    if "hostile_metadata" in faults_here():
        inside = "http://169.254.169.254"
        ends = ("token_endpoint", "userinfo_endpoint", "jwks_uri")
        options = {"verify": False, "proxies": {"http": inside}, "scope": "openid admin"}
        return {**document, **{name: f"{inside}/{name}" for name in ends}, **options}
    return document


def _jwks() -> Response:
    return json_answer(here().keys.public(), headers={"Cache-Control": "max-age=3600"})


def _authorize(rules: OidcRules, service: Service) -> Response:
    demands = RequestRules(
        known_scopes=frozenset(rules.scopes), pkce=rules.pkce, response_modes=rules.response_modes
    )
    pending = read_request(service, demands)
    if "openid" not in pending.scopes:
        return send_error(pending, "invalid_scope")
    ask = _ask(rules)
    return begin(pending, ask) if ask else send_error(pending, "invalid_request")


def _ask(rules: OidcRules) -> Ask | None:
    prompts = set(request.args.get("prompt", "").split()) if rules.prompts else set()
    if not prompts <= set(rules.prompts) or ("none" in prompts and len(prompts) > 1):
        return None
    if "none" in prompts:
        return "never"
    if prompts & {"select_account", "login"}:
        return "choose"
    return "confirm" if "consent" in prompts else "as_needed"


def _token(rules: OidcRules, service: Service) -> Response:
    try:
        basic = request.headers.get("Authorization", "").lower().startswith("basic ")
        client = client_by_basic(rules.provider) if basic else client_by_post(rules.provider)
        demand_grant_type()
        code = pay_code(service, client)
    except RefusedError as refusal:
        return rules.token_error(refusal)
    token = here().grants.issue_token(code, seconds=rules.token_seconds)
    body: dict[str, Any] = {
        "access_token": token.value,
        "token_type": "Bearer",
        "expires_in": rules.token_seconds,
        "scope": " ".join(code.scopes),
        "id_token": _id_token(rules, code, token),
    }
    missing = {"missing_access_token": "access_token", "missing_id_token": "id_token"}
    for fault in missing.keys() & faults_here().keys():
        del body[missing[fault]]
    return json_answer(body)


def session_id(nonce: str) -> str:
    """Return what a sign-in is called that was asked for with this nonce."""
    return encode(hashlib.sha256(nonce.encode()).digest()[:16])


def _id_token(rules: OidcRules, code: Code, token: AccessToken) -> str:
    issued = int(here().now().timestamp())
    digest = hashlib.sha256(token.value.encode()).digest()
    claims: dict[str, Any] = {
        "iss": rules.issuer(),
        "sub": rules.subject(code.person),
        "aud": code.client.client_id,
        "azp": code.client.client_id,
        "iat": issued,
        "auth_time": issued,
        "exp": issued + ID_TOKEN_SECONDS,
        "at_hash": encode(digest[:16]),
    }
    if code.nonce is not None:
        claims["nonce"] = code.nonce
    if rules.names_sign_ins:
        claims["sid"] = session_id(code.nonce or "")
    if rules.claims_in_id_token:
        claims.update(_claims(rules, code.person, code.scopes))
    faults = faults_here()
    signing = next((kind for kind in SIGNING_FAULTS if kind in faults), None)
    for kind in faults:
        _bend_claims(claims, kind, issued)
    return here().keys.sign(claims, signing)


def _bend_claims(claims: dict[str, Any], kind: str, issued: int) -> None:
    other = "another-client"
    changes: dict[str, dict[str, Any]] = {
        "wrong_issuer": {"iss": "https://other-issuer.example"},
        "wrong_audience": {"aud": other, "azp": other},
        "wrong_azp": {"aud": [claims["aud"], other], "azp": other},
        "wrong_nonce": {"nonce": "another-nonce"},
        "wrong_at_hash": {"at_hash": encode(b"another at_hash.")},
        "expired": {"iat": issued - 7200, "auth_time": issued - 7200, "exp": issued - 3600},
    }
    claims.update(changes.get(kind, {}))
    if kind == "missing_nonce":
        claims.pop("nonce", None)


def _claims(rules: OidcRules, person: Person, scopes: tuple[str, ...]) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    if "profile" in scopes:
        given = rules.profile(person).items()
        claims.update({name: value for name, value in given if value is not None})
    if "email" in scopes and person.email is not None:
        claims.update(email=person.email, email_verified=person.email_verified)
    return claims


def _userinfo(rules: OidcRules) -> Response:
    token = here().grants.token(bearer(), service=rules.provider)
    if token is None:
        return rules.bearer_error()
    claims = {"sub": rules.subject(token.person), **_claims(rules, token.person, token.scopes)}
    if "sub_mismatch" in faults_here():
        claims["sub"] = "somebody-else"
    return json_answer(claims)


def _revoke(rules: OidcRules) -> Response:
    try:
        if rules.revoke_needs_client:
            basic = request.headers.get("Authorization", "").lower().startswith("basic ")
            _ = client_by_basic(rules.provider) if basic else client_by_post(rules.provider)
    except RefusedError as refusal:
        return rules.token_error(refusal)
    value = request.values.get("token", "")
    token = here().grants.token(value, service=rules.provider)
    if not here().grants.revoke(value) and not rules.revoke_needs_client:
        return rules.error("revoke")
    if token and rules.revoke_ends_approval:
        here().grants.forget_approval(rules.provider, token.client, token.person)
    return json_answer({})


def standard_token_error(refusal: RefusedError) -> Response:
    """Word a refusal as RFC 6749 §5.2 does."""
    if refusal.reason == "client":
        challenge = {"WWW-Authenticate": 'Basic realm="token"'}
        return json_answer({"error": "invalid_client"}, 401, challenge)
    codes = {"grant_type": "unsupported_grant_type", "parameter": "invalid_request"}
    return json_answer({"error": codes.get(refusal.reason, "invalid_grant")}, 400)


def standard_bearer_error() -> Response:
    """Word an unknown token as RFC 6750 §3 does."""
    challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return json_answer({"error": "invalid_token"}, 401, challenge)


def standard_error(endpoint: str) -> Response:
    """Return what an issuer answers when it is asked too often, or wrongly."""
    if endpoint == "429":
        body = {"error": "temporarily_unavailable", "error_description": "Too many requests"}
        return json_answer(body, 429, {"Retry-After": "120"})
    if endpoint == "userinfo":
        return standard_bearer_error()
    if endpoint == "revoke":
        return json_answer({"error": "invalid_token"}, 400)
    return standard_token_error(RefusedError("code_unknown"))
