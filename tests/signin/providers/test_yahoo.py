"""Yahoo: standard claims, by its discovery document, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.yahoo import Yahoo
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://s.yimg.example/ag/images/anna_192sq.jpg"


@pytest.mark.provider_contract
class TestYahoo(ProviderContract):
    recorded = {
        "sub": "FSVIDUW3D7FSVIDUW3D72F2F",
        "name": "Anna Bianchi",
        "given_name": "Anna",
        "family_name": "Bianchi",
        "locale": "en-US",
        "email": "anna@example.org",
        "email_verified": True,
        "picture": PICTURE,
    }
    expected = Profile(
        subject="FSVIDUW3D7FSVIDUW3D72F2F",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "FSVIDUW3D7FSVIDUW3D72F2F"}
    bare_expected = Profile(subject="FSVIDUW3D7FSVIDUW3D72F2F", name="Yahoo")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
    }
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "server_error", "state": "{state}"}, "unavailable"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> Yahoo:
        return Yahoo(issuer=base)
