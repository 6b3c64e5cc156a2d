"""Hugging Face: https://huggingface.co/docs/hub/oauth, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.huggingface import HuggingFace
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://cdn-avatars.huggingface.co/v1/production/uploads/5f.jpeg"


@pytest.mark.provider_contract
class TestHuggingFace(ProviderContract):
    recorded = {
        "sub": "62f264b9f3c90f4b6514a269",
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "profile": "https://huggingface.co/annab",
        "picture": PICTURE,
        "email": "anna@example.org",
        "email_verified": True,
        "isPro": False,
    }
    expected = Profile(
        subject="62f264b9f3c90f4b6514a269",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://huggingface.co/annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "62f264b9f3c90f4b6514a269", "preferred_username": "annab"}
    bare_expected = Profile(subject="62f264b9f3c90f4b6514a269", name="annab", handle="annab")
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
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "Invalid token"}, "bad_answer")]

    def provider(self, base: str) -> HuggingFace:
        return HuggingFace(issuer=base)

    def test_consent_is_never_withdrawn(self, play: Rehearsal) -> None:
        play.sign_in()
        assert play.peer.at("/revoke") == []
