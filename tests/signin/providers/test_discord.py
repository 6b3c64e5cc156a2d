"""Discord: https://docs.discord.com/developers/resources/user, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.discord import Discord
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script

HASH = "8342729096ea3675442027381ff50dfe"


@pytest.mark.provider_contract
class TestDiscord(ProviderContract):
    recorded = {
        "id": "80351110224678912",
        "username": "annab",
        "discriminator": "0",
        "global_name": "Anna Bianchi",
        "avatar": HASH,
        "verified": True,
        "email": "anna@example.org",
        "locale": "it",
    }
    expected = Profile(
        subject="80351110224678912",
        name="Anna Bianchi",
        handle="annab",
        picture_url=f"https://cdn.discordapp.com/avatars/80351110224678912/{HASH}.png",
        email="anna@example.org",
        email_verified=True,
    )
    raw_picture = HASH
    bare = {
        "id": "80351110224678912",
        "username": "annab",
        "global_name": None,
        "avatar": None,
        "email": None,
    }
    bare_expected = Profile(subject="80351110224678912", name="annab", handle="annab")
    email_flags = [["verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "identify email",
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
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"message": "401: Unauthorized", "code": 0}, "bad_answer"),
        (429, {"message": "x", "retry_after": 64.57, "global": False}, "unavailable"),
    ]

    script = Script(callback={"iss": "https://discord.com"})

    def provider(self, base: str) -> Discord:
        return Discord(base_url=base)
