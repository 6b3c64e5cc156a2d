"""WordPress.com Connect: https://developer.wordpress.com/docs/api/1.1/get/me/, read 2026-11-22."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.wordpress import WordPress
from commentkit.signin.providers.wordpress_legacy import WordPressLegacy
from commentkit.testing.contract import CLIENT_ID, ProviderContract


@pytest.mark.provider_contract
class TestWordPressLegacy(ProviderContract):
    recorded = {
        "ID": 5284513,
        "display_name": "Anna Bianchi",
        "username": "annab",
        "email": "anna@example.org",
        "primary_blog": 5213,
        "primary_blog_url": "https://annab.wordpress.com",
        "avatar_URL": "https://0.gravatar.com/avatar/2c3d?s=96&d=identicon&r=G",
        "profile_URL": "https://en.gravatar.com/annab",
        "verified": True,
        "email_verified": True,
        "is_valid_google_apps_country": True,
    }
    expected = Profile(
        subject="5284513",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://en.gravatar.com/annab",
        picture_url="https://0.gravatar.com/avatar/2c3d?s=96&d=identicon&r=G",
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"ID": 5284513, "username": "annab"}
    bare_expected = Profile(subject="5284513", name="annab", handle="annab")
    email_flags = [["email_verified"], ["verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "auth",
        "state": "{state}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_client", "error_description": "unknown"}, "misconfigured"),
        (400, {"error": "invalid_grant", "error_description": "expired"}, "bad_answer"),
    ]
    profile_errors = [
        (403, {"error": "authorization_required", "message": "no token"}, "disallowed"),
        # http_envelope=true, which we never send, would turn the same error into a 200.
        (200, {"code": 403, "body": {"error": "authorization_required"}}, "bad_answer"),
    ]

    def provider(self, base: str) -> WordPressLegacy:
        return WordPressLegacy(base_url=base)


def test_its_people_are_not_those_of_openid_connect() -> None:
    assert WordPressLegacy().issuer != WordPress().issuer
