"""X by OAuth 2.0: https://docs.x.com/x-api/users/user-lookup-me, read 2026-11-22."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.x import X
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://pbs.twimg.com/profile_images/1267175364003901441/tBZNFAgA"


@pytest.mark.provider_contract
class TestX(ProviderContract):
    recorded = {
        "data": {
            "id": "2244994945",
            "name": "Anna Bianchi",
            "username": "annab",
            "profile_image_url": f"{PICTURE}_normal.jpg",
            "confirmed_email": "anna@example.org",
        }
    }
    expected = Profile(
        subject="2244994945",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://x.com/annab",
        picture_url=f"{PICTURE}.jpg",
        email="anna@example.org",
        email_verified=True,
    )
    raw_picture = f"{PICTURE}_normal.jpg"
    bare = {"data": {"id": "2244994945", "name": "Anna Bianchi", "username": "annab"}}
    bare_expected = Profile(
        subject="2244994945",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://x.com/annab",
    )
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "users.read tweet.read users.email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_request", "error_description": "x"}, "misconfigured"),
        (401, {"error": "unauthorized_client", "error_description": "x"}, "misconfigured"),
        (400, {"error": "invalid_grant"}, "bad_answer"),
    ]
    profile_errors = [
        (401, {"title": "Unauthorized", "type": "about:blank", "status": 401}, "bad_answer"),
        (403, {"title": "Forbidden", "status": 403, "detail": "Forbidden"}, "bad_answer"),
        (429, {"title": "Too Many Requests", "status": 429}, "unavailable"),
        (200, {"errors": [{"title": "Not Found Error"}]}, "bad_answer"),
    ]

    def provider(self, base: str) -> X:
        return X(authorize_base=base, api_base=base)


def test_both_protocols_know_the_same_people() -> None:
    assert X().issuer == XOAuth1().issuer == "https://x.com"
    assert X().name == XOAuth1().name
