"""VK ID: answers of its API's description, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.vk import VK
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal

PICTURE = "https://pp.userapi.com/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g/mmv1pcj63C4.png"


@pytest.mark.provider_contract
class TestVK(ProviderContract):
    recorded = {
        "user": {
            "user_id": "1234567890",
            "first_name": "Анна",
            "last_name": "",
            "avatar": PICTURE,
            "email": "anna@example.org",
            "sex": 1,
            "verified": True,
        }
    }
    expected = Profile(
        subject="1234567890", name="Анна", picture_url=PICTURE, email="anna@example.org"
    )
    bare = {"user": {"user_id": "1234567890"}}
    bare_expected = Profile(subject="1234567890", name="VK")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "vkid.personal_info email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "s256",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    # Its errors come with HTTP 200 as well.
    token_errors = [
        (200, {"error": "invalid_client", "error_description": "x"}, "misconfigured"),
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
    ]
    profile_errors = [(200, {"error": "invalid_token", "error_description": "x"}, "bad_answer")]
    script = Script(
        callback={"device_id": "device-of-theirs", "type": "code_v2"},
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "code_verifier": "{verifier}",
            "client_id": "{client_id}",
            "device_id": "device-of-theirs",
            "redirect_uri": "{redirect_uri}",
            "state": "{state}",
        },
    )

    def provider(self, base: str) -> VK:
        return VK(base_url=base)

    def test_both_names_are_shown(self, play: Rehearsal) -> None:
        person = {"user_id": "1", "first_name": "Анна", "last_name": "Белая"}
        assert play.mapped({"user": person}).name == "Анна Белая"

    def test_the_token_stands_in_the_form(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/oauth2/user_info")
        assert call.method == "POST"
        assert call.form == {"client_id": CLIENT_ID, "access_token": ACCESS_TOKEN}
        assert "authorization" not in call.headers

    def test_a_client_id_is_enough(self) -> None:
        assert VK(client_id="id").configured
