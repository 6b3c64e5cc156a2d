"""LinkedIn: the userinfo answer of its documents, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.linkedin import LinkedIn
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://media.licdn-ei.example/dms/image/C5F03AQHqK8v7tB1HCQ/profile.jpg"


@pytest.mark.provider_contract
class TestLinkedIn(ProviderContract):
    recorded = {
        "sub": "782bbtaQ",
        "name": "Anna Bianchi",
        "given_name": "Anna",
        "family_name": "Bianchi",
        "picture": PICTURE,
        "locale": {"country": "US", "language": "en"},
        "email": "anna@example.org",
        "email_verified": True,
    }
    expected = Profile(
        subject="782bbtaQ",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "782bbtaQ"}
    bare_expected = Profile(subject="782bbtaQ", name="LinkedIn")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
    }
    refusals = [
        ({"error": "user_cancelled_login", "state": "{state}"}, "cancelled"),
        ({"error": "user_cancelled_authorize", "state": "{state}"}, "cancelled"),
        ({"error": "unauthorized_scope_error", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_redirect_uri", "error_description": "x"}, "misconfigured"),
        (401, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"status": 401, "code": "INVALID_ACCESS_TOKEN", "message": "x"}, "bad_answer"),
        (429, {"status": 429, "message": "x"}, "unavailable"),
    ]

    def provider(self, base: str) -> LinkedIn:
        return LinkedIn(www_base=base, api_base=base)
