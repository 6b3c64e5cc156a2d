"""Patreon: https://docs.patreon.com/#apiv2-resource-endpoints, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.patreon import Patreon
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://c8.patreon.com/2/400/12345689"


@pytest.mark.provider_contract
class TestPatreon(ProviderContract):
    recorded = {
        "data": {
            "attributes": {
                "full_name": "Anna Bianchi",
                "vanity": "annab",
                "url": "https://www.patreon.com/annab",
                "image_url": PICTURE,
                "email": "anna@example.org",
                "is_email_verified": True,
            },
            "id": "12345689",
            "type": "user",
        },
        "links": {"self": "https://www.patreon.com/api/oauth2/v2/user/12345689"},
    }
    expected = Profile(
        subject="12345689",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://www.patreon.com/annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"data": {"attributes": {"full_name": "Anna", "vanity": None}, "id": "12345689"}}
    bare_expected = Profile(subject="12345689", name="Anna")
    email_flags = [["data", "attributes", "is_email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "identity identity[email]",
        "state": "{state}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (
            401,
            {"errors": [{"code": 1, "code_name": "Unauthorized", "status": "401"}]},
            "bad_answer",
        ),
        (429, {"errors": [{"code_name": "RequestThrottled", "status": "429"}]}, "unavailable"),
    ]

    def provider(self, base: str) -> Patreon:
        return Patreon(base_url=base)

    def test_brackets_are_encoded_and_the_fields_asked_for(self, play: Rehearsal) -> None:
        assert "scope=identity+identity%5Bemail%5D" in play.begin().url
        play.sign_in()
        (call,) = play.peer.at("/api/oauth2/v2/identity")
        assert list(call.query) == ["fields[user]"]
