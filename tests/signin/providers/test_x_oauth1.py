"""X by OAuth 1.0a: the legacy user object of `account/verify_credentials`, read 2026-11-22."""

import pytest

from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.testing.contract import ProviderContract
from commentkit.testing.rehearsal import REQUEST_SECRET, REQUEST_TOKEN, Rehearsal
from commentkit.testing.scripted_provider import form_reply, json_reply

PICTURE = "https://pbs.twimg.com/profile_images/1267175364003901441/tBZNFAgA"


@pytest.mark.provider_contract
class TestXOAuth1(ProviderContract):
    recorded = {
        "id": 2244994945,
        "id_str": "2244994945",
        "name": "Anna Bianchi",
        "screen_name": "annab",
        "url": "https://t.co/abc",
        "profile_image_url": f"{PICTURE}_normal.jpg".replace("https", "http"),
        "profile_image_url_https": f"{PICTURE}_normal.jpg",
        "email": "anna@example.org",
    }
    expected = Profile(
        subject="2244994945",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://x.com/annab",
        picture_url=f"{PICTURE}.jpg",
        email="anna@example.org",
        email_verified=True,
    )
    raw_picture = f"{PICTURE}_normal.jpg"
    bare = {"id": 2244994945, "name": "Anna Bianchi", "screen_name": "annab", "email": None}
    bare_expected = Profile(
        subject="2244994945",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://x.com/annab",
    )
    # X says never to send oauth_callback here.
    authorize = {"oauth_token": REQUEST_TOKEN}
    switch = {"force_login": "true"}
    refusals = [({"denied": "{state}"}, "cancelled")]
    token_errors = [(401, {"errors": [{"code": 89, "message": "x"}]}, "bad_answer")]
    profile_errors = [
        (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, "bad_answer"),
        (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, "unavailable"),
    ]

    def provider(self, base: str) -> XOAuth1:
        return XOAuth1(authorize_base=base, api_base=base)

    @pytest.mark.parametrize("confirmed", ["false", "", None])
    def test_an_unconfirmed_callback_is_refused(
        self, play: Rehearsal, confirmed: str | None
    ) -> None:
        """RFC 5849 §2.1: oauth_callback_confirmed must be there and true."""
        answer = {"oauth_token": REQUEST_TOKEN, "oauth_token_secret": REQUEST_SECRET}
        if confirmed is not None:
            answer["oauth_callback_confirmed"] = confirmed
        play.peer.say("/oauth/request_token", form_reply(answer))
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == "bad_answer"

    def test_an_unapproved_callback_address_is_our_fault(self, play: Rehearsal) -> None:
        body = {"errors": [{"code": 415, "message": "Callback URL not approved"}]}
        play.peer.say("/oauth/request_token", json_reply(body, 403))
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == "misconfigured"

    def test_the_token_is_ended(self, play: Rehearsal) -> None:
        play.sign_in()
        assert len(play.peer.at("/1.1/oauth/invalidate_token")) == 1
