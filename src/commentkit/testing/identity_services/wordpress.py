"""WordPress.com as an OpenID Connect issuer: no prompt is advertised, and RFC 9207 is not.

Source: its discovery document as probed on 2026-07-31 (read 2026-11-22).
"""

from __future__ import annotations

from typing import Any

from .oidc import (
    OidcRules,
    oidc_service,
    standard_bearer_error,
    standard_error,
    standard_token_error,
)
from .people import Person, wordpress_subject
from .state import here

TWO_WEEKS = 14 * 24 * 3600


def _profile(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "preferred_username": person.handle,
        "picture": here().picture_url(person),
        "updated_at": 1_700_000_000,
    }


RULES = OidcRules(
    provider="wordpress",
    label="WordPress.com",
    paths={
        "discovery": "/.well-known/openid-configuration",
        "jwks": "/.well-known/jwks.json",
        "authorize": "/oauth2-1/authorize",
        "token": "/oauth2-1/token",
        "userinfo": "/oauth2-1/userinfo",
        "revoke": "/oauth2-1/revoke",
    },
    subject=wordpress_subject,
    profile=_profile,
    token_error=standard_token_error,
    bearer_error=standard_bearer_error,
    error=standard_error,
    scopes=("openid", "profile", "email", "auth", "global"),
    token_seconds=TWO_WEEKS,
)
SERVICE = oidc_service(RULES)
