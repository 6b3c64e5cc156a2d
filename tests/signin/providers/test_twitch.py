"""Twitch: claims of its OpenID Connect documents, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.twitch import Twitch
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script

PICTURE = "https://static-cdn.jtvnw.net/jtv_user_pictures/anna-300x300.png"


@pytest.mark.provider_contract
class TestTwitch(ProviderContract):
    recorded = {
        "sub": "713936733",
        "preferred_username": "Anna Bianchi",
        "picture": PICTURE,
        "email": "anna@example.org",
        "email_verified": True,
        "updated_at": "2022-06-28T17:08:20Z",
    }
    script = Script(token_answer={"scope": ["openid", "user:read:email"], "expires_in": 14_000})
    expected = Profile(
        subject="713936733",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "713936733"}
    bare_expected = Profile(subject="713936733", name="Twitch")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid user:read:email",
        "state": "{state}",
        "nonce": "{nonce}",
        "claims": '{"userinfo":{"email":null,"email_verified":null,"picture":null,'
        '"preferred_username":null}}',
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        ),
        ({"error": "redirect_mismatch", "state": "{state}"}, "bad_answer"),
    ]
    token_errors = [
        (400, {"status": 400, "message": "Invalid authorization code"}, "bad_answer"),
        (403, {"status": 403, "message": "invalid client secret"}, "misconfigured"),
        (500, {"status": 500, "message": ""}, "unavailable"),
    ]
    profile_errors = [(401, {"status": 401, "message": "invalid access token"}, "bad_answer")]

    def provider(self, base: str) -> Twitch:
        return Twitch(issuer=base)
