"""Telegram: claims of its OpenID Connect documents, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.telegram import Telegram
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://cdn4.telesco.example/file/anna.jpg"


@pytest.mark.provider_contract
class TestTelegram(ProviderContract):
    recorded = {
        "sub": "1234123412341234123",
        "id": 987654321,
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "picture": PICTURE,
    }
    expected = Profile(
        subject="1234123412341234123",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://t.me/annab",
        picture_url=PICTURE,
    )
    bare = {"sub": "1234123412341234123", "id": 987654321}
    bare_expected = Profile(subject="1234123412341234123", name="Telegram")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]

    def provider(self, base: str) -> Telegram:
        return Telegram(base_url=base)
