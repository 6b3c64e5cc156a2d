"""GitHub: answers of https://docs.github.com/en/rest/users, read 2026-11-23."""

import base64
import json

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.github import GitHub
from commentkit.testing.contract import CLIENT_ID, CLIENT_SECRET, ProviderContract, Script
from commentkit.testing.rehearsal import ACCESS_TOKEN, Rehearsal

PICTURE = "https://avatars.githubusercontent.com/u/583231?v=4"


@pytest.mark.provider_contract
class TestGitHub(ProviderContract):
    recorded = {
        "id": 583231,
        "login": "annab",
        "name": "Anna Bianchi",
        "html_url": "https://github.com/annab",
        "avatar_url": PICTURE,
        "email": None,
        "type": "User",
        "emails": [
            {"email": "anna@example.org", "verified": True, "primary": True, "visibility": None},
            {"email": "other@example.org", "verified": True, "primary": False},
        ],
    }
    expected = Profile(
        subject="583231",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://github.com/annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"id": 583231, "login": "annab", "name": None}
    bare_expected = Profile(subject="583231", name="annab", handle="annab")
    email_flags = [["emails", 0, "verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "user:email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    switch = {"prompt": "select_account"}
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        ),
        ({"error": "application_suspended", "state": "{state}"}, "misconfigured"),
        ({"error": "redirect_uri_mismatch", "state": "{state}"}, "misconfigured"),
    ]
    # All of them come with HTTP 200.
    token_errors = [
        (200, {"error": "bad_verification_code", "error_uri": "https://x.example"}, "bad_answer"),
        (200, {"error": "incorrect_client_credentials"}, "misconfigured"),
        (200, {"error": "redirect_uri_mismatch"}, "misconfigured"),
        (200, {"error": "unverified_user_email"}, "disallowed"),
    ]
    profile_errors = [
        (401, {"message": "Bad credentials", "documentation_url": "x"}, "bad_answer"),
        (403, {"message": "Forbidden"}, "bad_answer"),
    ]

    script = Script(callback={"iss": "https://github.com/login/oauth"})

    def provider(self, base: str) -> GitHub:
        return GitHub(web_base=base, api_base=base)

    def test_the_token_is_deleted_and_the_approval_stays(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at(f"/applications/{CLIENT_ID}/token")
        assert call.method == "DELETE"
        assert json.loads(call.body) == {"access_token": ACCESS_TOKEN}
        word, proof = call.headers["authorization"].split()
        assert word == "Basic"
        assert base64.b64decode(proof).decode() == f"{CLIENT_ID}:{CLIENT_SECRET}"

    def test_it_need_not_name_itself(self, play: Rehearsal) -> None:
        begun = play.begin()
        params = {name: value for name, value in play.approval(begun).items() if name != "iss"}
        assert play.finish(begun, params) == self.expected

    def test_an_address_that_is_not_the_primary_one_is_not_taken(self, play: Rehearsal) -> None:
        others = [{"email": "other@example.org", "verified": True, "primary": False}]
        assert play.mapped({**self.recorded, "emails": others}).email is None
