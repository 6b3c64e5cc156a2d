"""Stack Exchange: https://api.stackexchange.com/docs/types/user, read 2026-11-23."""

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.stackexchange import StackExchange
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal

PICTURE = "https://i.sstatic.net/lLZAr.jpg?s=256"


@pytest.mark.provider_contract
class TestStackExchange(ProviderContract):
    recorded = {
        "items": [
            {
                "account_id": 11683,
                "user_id": 22656,
                "display_name": "Anna Bianchi",
                "link": "https://stackoverflow.com/users/22656/anna-bianchi",
                "profile_image": PICTURE,
                "user_type": "registered",
            }
        ],
        "has_more": False,
        "quota_remaining": 299,
    }
    expected = Profile(
        subject="11683",
        name="Anna Bianchi",
        profile_url="https://stackoverflow.com/users/22656/anna-bianchi",
        picture_url=PICTURE,
    )
    bare = {"items": [{"account_id": 11683}]}
    bare_expected = Profile(subject="11683", name="Stack Exchange")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    token_errors = [
        (400, {"error": {"type": "OAuthException", "message": "x"}}, "bad_answer"),
    ]
    profile_errors = [
        (400, {"error_id": 402, "error_name": "invalid_access_token"}, "bad_answer"),
        (400, {"error_id": 405, "error_name": "key_required"}, "misconfigured"),
        (400, {"error_id": 502, "error_name": "throttle_violation"}, "unavailable"),
        (400, {"error_id": 503, "error_name": "temporarily_unavailable"}, "unavailable"),
    ]
    script = Script(token_answer={"expires": 86400})

    def provider(self, base: str) -> StackExchange:
        return StackExchange(web_base=base, api_base=base, key="public-key")

    def test_the_token_goes_with_key_and_site(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/2.3/me")
        assert call.query == {
            "site": "stackoverflow",
            "key": "public-key",
            "access_token": ACCESS_TOKEN,
        }

    def test_a_person_without_a_profile_on_that_site_is_nobody(self, play: Rehearsal) -> None:
        with pytest.raises(ProviderError, match="no usable subject"):
            play.mapped({"items": []})

    def test_texts_come_with_entities(self, play: Rehearsal) -> None:
        item = {"account_id": 1, "display_name": "L&#39;Aquila &amp; I"}
        assert play.mapped({"items": [item]}).name == "L'Aquila & I"


def test_it_is_made_with_its_key() -> None:
    config = {"COMMENTKIT_STACKEXCHANGE_KEY": "k", "COMMENTKIT_STACKEXCHANGE_SITE": "it"}
    made = registry.make("stackexchange", config)
    assert isinstance(made, StackExchange)
    assert (made.key, made.site) == ("k", "it")
    with pytest.raises(SettingsError, match="COMMENTKIT_STACKEXCHANGE_KEY is missing"):
        registry.make("stackexchange")
