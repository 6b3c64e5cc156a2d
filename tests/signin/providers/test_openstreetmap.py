"""OpenStreetMap: https://wiki.openstreetmap.org/wiki/API_v0.6, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.openstreetmap import OpenStreetMap
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://www.gravatar.com/avatar/c8c86cd15f60ecca66ce2b10cb6b9a00.jpg?s=256"


@pytest.mark.provider_contract
class TestOpenStreetMap(ProviderContract):
    recorded = {
        "version": "0.6",
        "user": {
            "id": 1234,
            "display_name": "Anna Bianchi",
            "account_created": "2007-08-16T01:35:56Z",
            "img": {"href": PICTURE},
            "roles": [],
        },
    }
    expected = Profile(
        subject="1234",
        name="Anna Bianchi",
        handle="Anna Bianchi",
        profile_url="https://www.openstreetmap.org/user/Anna%20Bianchi",
        picture_url=PICTURE,
    )
    bare = {"user": {"id": 1234, "display_name": "annab"}}
    bare_expected = Profile(
        subject="1234",
        name="annab",
        handle="annab",
        profile_url="https://www.openstreetmap.org/user/annab",
    )
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "read_prefs",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [(401, b"Couldn't authenticate you", "bad_answer"), (403, b"", "bad_answer")]

    def provider(self, base: str) -> OpenStreetMap:
        return OpenStreetMap(web_base=base, api_base=base)
