"""Asana, as https://developers.asana.com/docs/oauth and /docs/openid-connect say, read 2026-11-23.

They name the userinfo answer's fields and print none; the values are ours.
"""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.asana import Asana
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://s3.amazonaws.com/profile_photos/4673218951.png"


@pytest.mark.provider_contract
class TestAsana(ProviderContract):
    recorded = {
        "sub": "4673218951",
        "name": "Greg Sanchez",
        "email": "gsanchez@example.com",
        "picture": PICTURE,
    }
    expected = Profile(
        subject="4673218951",
        name="Greg Sanchez",
        picture_url=PICTURE,
        email="gsanchez@example.com",
    )
    bare = {"sub": "4673218951"}
    bare_expected = Profile(subject="4673218951", name="Asana")
    email_flags = ()
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    switch = {}
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "invalid_scope", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"errors": [{"message": "Not Authorized"}]}, "bad_answer"),
        (403, {"errors": [{"message": "Forbidden"}]}, "bad_answer"),
    ]

    def provider(self, base: str) -> Asana:
        return Asana(web_base=base)
