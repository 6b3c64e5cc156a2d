"""Facebook: answers of the Graph API's documentation, read 2026-11-22."""

import hashlib
import hmac

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.facebook import Facebook
from commentkit.testing.contract import CLIENT_ID, CLIENT_SECRET, ProviderContract
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal
from commentkit.testing.scripted_provider import json_reply

PICTURE = "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&hash=AbC"


def graph(code: int) -> dict[str, object]:
    return {"error": {"message": "x", "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}}


@pytest.mark.provider_contract
class TestFacebook(ProviderContract):
    recorded = {
        "id": "10160000000000001",
        "name": "Anna Bianchi",
        "email": "anna@example.org",
        "picture": {"data": {"height": 50, "width": 50, "is_silhouette": False, "url": PICTURE}},
    }
    expected = Profile(
        subject="10160000000000001",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=False,
    )
    bare = {"id": "10160000000000001", "name": "Anna Bianchi"}
    bare_expected = Profile(subject="10160000000000001", name="Anna Bianchi")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "public_profile,email",
        "state": "{state}",
    }
    refusals = [
        (
            {
                "error": "access_denied",
                "error_reason": "user_denied",
                "error_description": "Permissions error",
                "state": "{state}",
            },
            "cancelled",
        ),
        ({"error_code": "901", "error_message": "x", "state": "{state}"}, "bad_answer"),
    ]
    token_errors = [
        (400, graph(1), "misconfigured"),
        (400, graph(100), "bad_answer"),
        (400, graph(191), "misconfigured"),
        (400, graph(4), "unavailable"),
        (400, graph(2), "unavailable"),
        (400, {"error": "a string, for once"}, "bad_answer"),
        (400, {"error": {"code": [1]}}, "bad_answer"),
    ]
    profile_errors = [
        (400, graph(190), "bad_answer"),
        (400, graph(100), "bad_answer"),
        (400, graph(17), "unavailable"),
        (200, b"false", "bad_answer"),
    ]

    def provider(self, base: str) -> Facebook:
        return Facebook(www_base=base, graph_base=base)

    def test_the_secret_is_proven_with_each_call(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/v24.0/me")
        proof = hmac.new(CLIENT_SECRET.encode(), ACCESS_TOKEN.encode(), hashlib.sha256)
        assert call.query == {
            "fields": "id,name,email,picture",
            "appsecret_proof": proof.hexdigest(),
        }
        assert call.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"

    def test_a_silhouette_is_no_picture(self, play: Rehearsal) -> None:
        drawn = {"data": {"is_silhouette": True, "url": PICTURE}}
        play.peer.say("/v24.0/me", json_reply({**self.recorded, "picture": drawn}))
        assert play.sign_in().picture_url is None
