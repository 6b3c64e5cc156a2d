"""WordPress.com by OpenID Connect: claims as its discovery document names them."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.wordpress import WordPress
from commentkit.testing.contract import CLIENT_ID, ProviderContract


@pytest.mark.provider_contract
class TestWordPress(ProviderContract):
    recorded = {
        "sub": "5284513",
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "picture": "https://0.gravatar.com/avatar/2c3d?s=96",
        "email": "anna@example.org",
        "email_verified": True,
    }
    expected = Profile(
        subject="5284513",
        name="Anna Bianchi",
        handle="annab",
        picture_url="https://0.gravatar.com/avatar/2c3d?s=96",
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "5284513"}
    bare_expected = Profile(subject="5284513", name="WordPress.com")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "server_error", "state": "{state}"}, "unavailable"),
        ({"error": "invalid_scope", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "expired"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> WordPress:
        return WordPress(base_url=base)
