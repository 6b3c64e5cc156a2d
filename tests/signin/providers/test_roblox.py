"""Roblox: https://create.roblox.com/docs/cloud/auth/oauth2-reference, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.roblox import Roblox
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://tr.rbxcdn.com/03dc2a9abe7b1aacaaf93ea46d5c0646/150/150/AvatarHeadshot/Png"
PAGE = "https://www.roblox.com/users/1516563360/profile"


@pytest.mark.provider_contract
class TestRoblox(ProviderContract):
    recorded = {
        "sub": "1516563360",
        "name": "Anna Bianchi",
        "nickname": "Anna Bianchi",
        "preferred_username": "annab",
        "created_at": 1584682495,
        "profile": PAGE,
        "picture": PICTURE,
    }
    expected = Profile(
        subject="1516563360",
        name="Anna Bianchi",
        handle="annab",
        profile_url=PAGE,
        picture_url=PICTURE,
    )
    bare = {"sub": "1516563360", "picture": None}
    bare_expected = Profile(subject="1516563360", name="Roblox")
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
    switch = {"prompt": "select_account"}
    refusals = [
        ({"error": "access_denied", "error_description": "x", "state": "{state}"}, "cancelled"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> Roblox:
        return Roblox(issuer=f"{base}/oauth/")
