"""LINE: the answer of its verify endpoint as documented, read 2026-11-23."""

from typing import Any

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.line import Line
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import Rehearsal
from commentkit.testing.scripted_provider import json_reply

SUBJECT = "U1234567890abcdef1234567890abcdef"
PICTURE = "https://profile.line-scdn.example/aBcdefg123456"
ID_TOKEN = "eyJhbGciOiJIUzI1NiJ9.canary.canary"


@pytest.mark.provider_contract
class TestLine(ProviderContract):
    recorded = {
        "iss": "https://access.line.me",
        "sub": SUBJECT,
        "aud": CLIENT_ID,
        "exp": 1504169092,
        "iat": 1504263657,
        "amr": ["pwd"],
        "name": "Anna Bianchi",
        "picture": PICTURE,
    }
    script = Script(token_answer={"id_token": ID_TOKEN, "scope": "profile openid"})
    expected = Profile(subject=SUBJECT, name="Anna Bianchi", picture_url=PICTURE)
    bare = {"iss": "https://access.line.me", "sub": SUBJECT, "aud": CLIENT_ID}
    bare_expected = Profile(subject=SUBJECT, name="LINE")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "profile openid",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
        "ui_locales": "it",
    }
    refusals = [
        ({"error": "ACCESS_DENIED", "error_description": "x", "state": "{state}"}, "cancelled"),
        ({"error": "SERVER_ERROR", "state": "{state}"}, "unavailable"),
        ({"error": "INVALID_SCOPE", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (400, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (400, {"error": "invalid_request", "error_description": "x"}, "misconfigured"),
    ]

    def provider(self, base: str) -> Line:
        return Line(access_base=base, api_base=base)

    def test_line_is_asked_about_this_attempt(self, play: Rehearsal) -> None:
        """Who signs with the client's secret is not believed unless LINE says the same."""
        play.sign_in()
        (call,) = play.peer.at("/oauth2/v2.1/verify")
        assert call.form == {
            "id_token": ID_TOKEN,
            "client_id": CLIENT_ID,
            "nonce": play.trip.nonce,
        }

    @pytest.mark.parametrize("aud", ["another-channel", [CLIENT_ID, "other"], None])
    def test_a_token_for_another_channel_is_refused(self, play: Rehearsal, aud: Any) -> None:
        play._tell({**self.recorded, "aud": aud})
        play.refused(play.begin(), "bad_answer")

    def test_an_answer_without_a_token_is_refused(self, play: Rehearsal) -> None:
        answer = {"access_token": "canary-access-token", "token_type": "Bearer"}
        play.peer.say(play.token_path, json_reply(answer))
        play.refused(play.begin(), "bad_answer")
