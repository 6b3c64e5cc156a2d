"""Wikimedia: https://www.mediawiki.org/wiki/OAuth/For_Developers, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.wikimedia import Wikimedia
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal


@pytest.mark.provider_contract
class TestWikimedia(ProviderContract):
    recorded = {
        "sub": "1234567",
        "username": "Anna Bianchi",
        "realname": "",
        "editcount": 12,
        "confirmed_email": True,
        "blocked": False,
        "registered": "20100101000000",
        "groups": ["*", "user"],
        "email": "anna@example.org",
    }
    expected = Profile(
        subject="1234567",
        name="Anna Bianchi",
        handle="Anna Bianchi",
        profile_url="https://meta.wikimedia.org/wiki/User:Anna_Bianchi",
        email="anna@example.org",
        email_verified=True,
    )
    # A suppressed account: nothing is said of it.
    bare = {"sub": "1234567", "blocked": True}
    bare_expected = Profile(subject="1234567", name="Wikimedia")
    email_flags = [["confirmed_email"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        (
            {"error": "access_denied", "error_description": "x", "state": "{state}"},
            "cancelled",
        )
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "message": "x"}, "bad_answer"),
        (401, {"error": "invalid_client", "message": "x"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"errorKey": "mwoauth-invalid-authorization", "httpCode": 401}, "bad_answer"),
        (429, b"too many requests", "unavailable"),
    ]

    def provider(self, base: str) -> Wikimedia:
        return Wikimedia(base_url=base)

    @pytest.mark.parametrize("nobody", ["0", 0])
    def test_an_account_that_is_not_attached_is_nobody(
        self, play: Rehearsal, nobody: object
    ) -> None:
        with pytest.raises(ProviderError, match="no usable subject"):
            play.mapped({**self.recorded, "sub": nobody})

    def test_titles_of_every_kind_are_encoded(self, play: Rehearsal) -> None:
        got = play.mapped({**self.recorded, "username": "A/B?c è"})
        assert got.profile_url == "https://meta.wikimedia.org/wiki/User:A%2FB%3Fc_%C3%A8"
