"""Amazon: https://developer.amazon.com/docs/login-with-amazon/, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.amazon import Amazon
from commentkit.testing.contract import CLIENT_ID, ProviderContract


@pytest.mark.provider_contract
class TestAmazon(ProviderContract):
    recorded = {
        "user_id": "amzn1.account.K2LI23KL2LK2",
        "name": "Anna Bianchi",
        "email": "anna@example.org",
    }
    expected = Profile(
        subject="amzn1.account.K2LI23KL2LK2", name="Anna Bianchi", email="anna@example.org"
    )
    bare = {"user_id": "amzn1.account.K2LI23KL2LK2"}
    bare_expected = Profile(subject="amzn1.account.K2LI23KL2LK2", name="Amazon")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "profile",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        ),
        ({"error": "temporarily_unavailable", "state": "{state}"}, "unavailable"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
        (400, {"error": "unauthorized_client"}, "misconfigured"),
        (500, {"error": "ServerError"}, "unavailable"),
    ]
    profile_errors = [
        (400, {"error": "invalid_token", "error_description": "x"}, "bad_answer"),
        (401, {"error": "insufficient_scope"}, "bad_answer"),
    ]

    def provider(self, base: str) -> Amazon:
        return Amazon(web_base=base, api_base=base)
