"""WeChat: its Open Platform's guide to logins of websites, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.wechat import WeChat
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal
from commentkit.testing.scripted_provider import json_reply

PICTURE = "https://thirdwx.qlogo.cn/mmopen/g3MonUZtNHkdmzicIlibx6iaFqAc56vxLSUf/46"
SUBJECT = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"


@pytest.mark.provider_contract
class TestWeChat(ProviderContract):
    recorded = {
        "openid": SUBJECT,
        "nickname": "安娜",
        "sex": 0,
        "headimgurl": PICTURE,
        "privilege": [],
        "unionid": "o6_bmasdasdsad6_2sgVt7hMZOPfL",
    }
    expected = Profile(subject=SUBJECT, name="安娜", picture_url=PICTURE)
    bare = {"openid": SUBJECT, "nickname": "", "headimgurl": ""}
    bare_expected = Profile(subject=SUBJECT, name="WeChat")
    authorize = {
        "response_type": "code",
        "appid": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "snsapi_login",
        "state": "{state}",
    }
    refusals = [({"state": "{state}"}, "cancelled")]
    # All errors come with HTTP 200.
    token_errors = [
        (200, {"errcode": 40029, "errmsg": "invalid code"}, "bad_answer"),
        (200, {"errcode": 40013, "errmsg": "invalid appid"}, "misconfigured"),
        (200, {"errcode": 40125, "errmsg": "invalid appsecret"}, "misconfigured"),
        (200, {"errcode": -1, "errmsg": "system error"}, "unavailable"),
        (200, {"errcode": "?", "errmsg": "x"}, "bad_answer"),
    ]
    profile_errors = [
        (200, {"errcode": 40001, "errmsg": "invalid credential"}, "bad_answer"),
        (200, {"errcode": 48001, "errmsg": "api unauthorized"}, "misconfigured"),
        (200, {"errcode": 45011, "errmsg": "api minute-quota reach limit"}, "unavailable"),
    ]
    script = Script(
        token_answer={"openid": SUBJECT, "scope": "snsapi_login", "expires_in": 7200},
        token_call={
            "appid": "{client_id}",
            "secret": "{client_secret}",
            "code": "{code}",
            "grant_type": "authorization_code",
        },
    )

    def provider(self, base: str) -> WeChat:
        return WeChat(web_base=base, api_base=base)

    def test_the_profile_is_asked_for_by_the_id(self, play: Rehearsal) -> None:
        assert play.begin().url.endswith("#wechat_redirect")
        play.sign_in()
        (call,) = play.peer.at("/sns/userinfo")
        assert call.query == {"access_token": ACCESS_TOKEN, "openid": SUBJECT}

    def test_an_answer_about_somebody_else_is_refused(self, play: Rehearsal) -> None:
        play.peer.say("/sns/userinfo", json_reply({**self.recorded, "openid": "o6_other"}))
        play.refused(play.begin(), "bad_answer")
