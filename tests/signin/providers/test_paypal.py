"""PayPal: https://developer.paypal.com/api/identity/v1, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.paypal import PayPal
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

SUBJECT = "mWq6_1sU85v5EG9yHdPxJRrhGHrnMJ-1PQKtX6pcsmA"


@pytest.mark.provider_contract
class TestPayPal(ProviderContract):
    recorded = {
        "user_id": SUBJECT,
        "sub": f"https://www.paypal.com/webapps/auth/identity/user/{SUBJECT}",
        "name": "Anna Bianchi",
        "given_name": "Anna",
        "family_name": "Bianchi",
        "email": "anna@example.org",
        "email_verified": True,
        "verified_account": True,
    }
    expected = Profile(
        subject=SUBJECT, name="Anna Bianchi", email="anna@example.org", email_verified=True
    )
    bare = {"user_id": SUBJECT}
    bare_expected = Profile(subject=SUBJECT, name="PayPal")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "flowEntry": "static",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"name": "INVALID_TOKEN", "message": "x", "debug_id": "x"}, "bad_answer"),
        (500, {"name": "INTERNAL_ERROR", "message": "x"}, "unavailable"),
    ]

    def provider(self, base: str) -> PayPal:
        return PayPal(web_base=base, api_base=base)

    def test_an_id_that_is_an_address_is_its_last_part(self, play: Rehearsal) -> None:
        address = f"https://www.paypal.com/webapps/auth/identity/user/{SUBJECT}"
        assert play.mapped({"user_id": address}).subject == SUBJECT
