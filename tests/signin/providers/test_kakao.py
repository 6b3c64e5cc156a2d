"""Kakao: the answer of `/v2/user/me` as documented, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.kakao import Kakao
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.recorded import put
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://k.kakaocdn.net/dn/anna/img_640x640.jpg"


@pytest.mark.provider_contract
class TestKakao(ProviderContract):
    recorded = {
        "id": 123456789,
        "connected_at": "2022-04-11T01:45:28Z",
        "kakao_account": {
            "profile_nickname_needs_agreement": False,
            "profile": {
                "nickname": "Anna Bianchi",
                "thumbnail_image_url": "https://k.kakaocdn.net/dn/anna/img_110x110.jpg",
                "profile_image_url": PICTURE,
                "is_default_image": False,
            },
            "email_needs_agreement": False,
            "is_email_valid": True,
            "is_email_verified": True,
            "email": "anna@example.org",
        },
    }
    expected = Profile(
        subject="123456789",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"id": 123456789}
    bare_expected = Profile(subject="123456789", name="Kakao")
    email_flags = [["kakao_account", "is_email_verified"], ["kakao_account", "is_email_valid"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
    }
    switch = {"prompt": "login"}
    refusals = [
        ({"error": "access_denied", "error_description": "x", "state": "{state}"}, "cancelled"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_code": "KOE320"}, "bad_answer"),
        (401, {"error": "invalid_client", "error_code": "KOE010"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"msg": "this access token does not exist", "code": -401}, "bad_answer"),
    ]

    def provider(self, base: str) -> Kakao:
        return Kakao(auth_base=base, api_base=base)

    def test_pictures_are_asked_for_by_https(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/v2/user/me")
        assert call.query == {"secure_resource": "true"}

    @pytest.mark.parametrize("flag", ["is_email_valid", "is_email_verified"])
    def test_an_address_needs_both_flags(self, play: Rehearsal, flag: str) -> None:
        claims = {**self.recorded, "kakao_account": {**self.recorded["kakao_account"]}}  # type: ignore[dict-item]
        put(claims, ["kakao_account", flag], False)
        assert not play.mapped(claims).email_verified

    def test_a_drawn_picture_is_none(self, play: Rehearsal) -> None:
        shown = {"nickname": "A", "profile_image_url": PICTURE, "is_default_image": True}
        assert play.mapped({"id": 1, "kakao_account": {"profile": shown}}).picture_url is None
