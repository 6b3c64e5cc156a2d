"""QQ: the answers that QQ Connect's pages show, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.qq import QQ
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal

PICTURE = "https://thirdqq.qlogo.cn/g?b=oidb&k=ABC&s=100"
SUBJECT = "8F9C3E7A5B2D4F6089A1C3E5F7B9D1E3"


@pytest.mark.provider_contract
class TestQQ(ProviderContract):
    recorded = {
        "ret": 0,
        "msg": "",
        "nickname": "安娜",
        "figureurl_qq_1": "https://thirdqq.qlogo.cn/g?b=oidb&k=ABC&s=40",
        "figureurl_qq_2": PICTURE,
        "openid": SUBJECT,
    }
    expected = Profile(subject=SUBJECT, name="安娜", picture_url=PICTURE)
    bare = {"ret": 0, "msg": "", "openid": SUBJECT}
    bare_expected = Profile(subject=SUBJECT, name="QQ")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "get_user_info",
        "state": "{state}",
    }
    refusals = [({"code": "100004", "msg": "x", "state": "{state}"}, "bad_answer")]
    token_errors = [(200, {"error": 100020, "error_description": "code is reused"}, "bad_answer")]
    profile_errors = [
        (200, {"ret": 1002, "msg": "x"}, "bad_answer"),
        (200, {"ret": -1, "msg": "x"}, "bad_answer"),
    ]
    script = Script(
        token_call={
            "grant_type": "authorization_code",
            "code": "{code}",
            "client_id": "{client_id}",
            "client_secret": "{client_secret}",
            "redirect_uri": "{redirect_uri}",
            "fmt": "json",
        },
        answers={"/oauth2.0/me": {"client_id": CLIENT_ID, "openid": SUBJECT}},
    )

    def provider(self, base: str) -> QQ:
        return QQ(base_url=base)

    def test_the_profile_is_asked_for_by_the_id(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/user/get_user_info")
        assert call.query == {
            "access_token": ACCESS_TOKEN,
            "fmt": "json",
            "openid": SUBJECT,
            "oauth_consumer_key": CLIENT_ID,
        }
