"""A plain OpenID Connect issuer: PKCE demanded, claims from userinfo only, iss in callbacks."""

from __future__ import annotations

from typing import Any

from .oidc import (
    OidcRules,
    oidc_service,
    standard_bearer_error,
    standard_error,
    standard_token_error,
)
from .people import Person, generic_subject
from .state import here

PROMPTS = ("none", "login", "consent", "select_account")


def _profile(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "preferred_username": person.handle,
        "profile": person.profile_url,
        "picture": here().picture_url(person),
        "locale": person.language,
    }


RULES = OidcRules(
    provider="oidc",
    label="OpenID Connect",
    paths={
        "discovery": "/.well-known/openid-configuration",
        "jwks": "/jwks",
        "authorize": "/auth",
        "token": "/token",
        "userinfo": "/me",
        "revoke": "/token/revocation",
    },
    subject=generic_subject,
    profile=_profile,
    token_error=standard_token_error,
    bearer_error=standard_bearer_error,
    error=standard_error,
    metadata={"prompt_values_supported": list(PROMPTS)},
    prompts=PROMPTS,
    pkce=True,
    iss_in_callback=True,
    names_sign_ins=True,
    response_modes=("query", "form_post"),
)
SERVICE = oidc_service(RULES)
