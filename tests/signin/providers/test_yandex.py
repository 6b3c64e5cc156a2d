"""Yandex ID: https://yandex.com/dev/id/doc/en/user-information, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.yandex import Yandex
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal


@pytest.mark.provider_contract
class TestYandex(ProviderContract):
    recorded = {
        "id": "1000034426",
        "login": "annab",
        "client_id": "4760187d81bc4b7799476b42b5103713",
        "display_name": "Anna Bianchi",
        "real_name": "Anna B.",
        "default_email": "anna@example.org",
        "emails": ["anna@example.org"],
        "is_avatar_empty": False,
        "default_avatar_id": "131652443",
        "psuid": "1.AAceCw.tbHgw5DtJ9_zeqPrk-Ba2w",
    }
    expected = Profile(
        subject="1000034426",
        name="Anna Bianchi",
        handle="annab",
        picture_url="https://avatars.yandex.net/get-yapic/131652443/islands-200",
        email="anna@example.org",
    )
    raw_picture = "131652443"
    bare = {"id": "1000034426", "login": "annab"}
    bare_expected = Profile(subject="1000034426", name="annab", handle="annab")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "login:info login:avatar login:email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "unauthorized_client", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "bad_verification_code", "error_description": "x"}, "bad_answer"),
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (400, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, b"", "bad_answer")]

    def provider(self, base: str) -> Yandex:
        return Yandex(oauth_base=base, login_base=base)

    def test_its_scheme_is_its_own(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/info")
        assert call.headers["authorization"] == f"OAuth {ACCESS_TOKEN}"
        assert call.query == {"format": "json"}

    def test_a_drawn_picture_is_none(self, play: Rehearsal) -> None:
        assert play.mapped({**self.recorded, "is_avatar_empty": True}).picture_url is None
