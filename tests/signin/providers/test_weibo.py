"""Weibo: the user object of its API's pages, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.weibo import Weibo
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal
from commentkit.testing.scripted_provider import json_reply

PICTURE = "https://tvax1.sinaimg.cn/crop.0.0.180.180.180/abc.jpg"


@pytest.mark.provider_contract
class TestWeibo(ProviderContract):
    recorded = {
        "id": 1404376560,
        "idstr": "1404376561",
        "screen_name": "annab",
        "name": "安娜",
        "profile_url": "u/1404376561",
        "avatar_large": PICTURE,
    }
    expected = Profile(
        subject="1404376561",
        name="安娜",
        handle="annab",
        profile_url="https://www.weibo.com/u/1404376561",
        picture_url=PICTURE,
    )
    bare = {"idstr": "1404376561", "screen_name": "annab"}
    bare_expected = Profile(subject="1404376561", name="annab", handle="annab")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
    }
    switch = {"forcelogin": "true"}
    refusals = [
        ({"error": "access_denied", "error_code": "21330", "state": "{state}"}, "cancelled")
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_code": 21325}, "bad_answer"),
        (400, {"error": "invalid_client", "error_code": 21324}, "misconfigured"),
    ]
    profile_errors = [
        (403, {"error": "expired_token", "error_code": 21327}, "bad_answer"),
        (400, {"error": "User does not exists!", "error_code": 20003}, "bad_answer"),
    ]
    script = Script(token_answer={"uid": "1404376561", "expires_in": 157679999})

    def provider(self, base: str) -> Weibo:
        return Weibo(api_base=base)

    def test_the_profile_is_asked_for_by_the_id(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/2/users/show.json")
        assert call.query == {"access_token": ACCESS_TOKEN, "uid": "1404376561"}

    def test_an_answer_about_somebody_else_is_refused(self, play: Rehearsal) -> None:
        play.peer.say("/2/users/show.json", json_reply({**self.recorded, "idstr": "2"}))
        play.refused(play.begin(), "bad_answer")

    def test_no_address_is_made_of_anything_else(self, play: Rehearsal) -> None:
        odd = {**self.recorded, "profile_url": "//evil.example/../x"}
        assert play.mapped(odd).profile_url is None
