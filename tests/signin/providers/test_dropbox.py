"""Dropbox: the account of its HTTP documentation, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.dropbox import Dropbox
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = (
    "https://dl-web.dropbox.com/account_photo/get/dbaphid%3AAAHWGmIXV3sUuOmBfTz0wPsiqHUpBWvv3ZA"
)


@pytest.mark.provider_contract
class TestDropbox(ProviderContract):
    recorded = {
        "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
        "name": {
            "given_name": "Anna",
            "surname": "Bianchi",
            "familiar_name": "Anna",
            "display_name": "Anna Bianchi",
            "abbreviated_name": "AB",
        },
        "email": "anna@example.org",
        "email_verified": True,
        "disabled": False,
        "profile_photo_url": PICTURE,
        "locale": "it",
    }
    expected = Profile(
        subject="dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {
        "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
        "name": {"display_name": "Anna Bianchi"},
    }
    bare_expected = Profile(subject="dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc", name="Anna Bianchi")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "account_info.read",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
        "locale": "it",
    }
    switch = {"force_reauthentication": "true"}
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (400, {"error": "invalid_client: Invalid client_id"}, "bad_answer"),
    ]
    profile_errors = [
        (
            401,
            {
                "error_summary": "expired_access_token/...",
                "error": {".tag": "expired_access_token"},
            },
            "bad_answer",
        ),
        (400, b"Error in call to API function", "bad_answer"),
        (429, {"error_summary": "too_many_requests/..."}, "unavailable"),
    ]

    def provider(self, base: str) -> Dropbox:
        return Dropbox(web_base=base, api_base=base)

    def test_the_profile_call_is_an_empty_post(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/2/users/get_current_account")
        assert (call.method, call.body) == ("POST", b"")
        assert "content-type" not in call.headers
