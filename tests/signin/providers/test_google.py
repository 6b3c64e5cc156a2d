"""Google: claims of https://developers.google.com/identity/openid-connect/reference, 2026-11-22."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.google import Google
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.lies import LIES
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://lh3.googleusercontent.com/a/AbC=s96-c"


@pytest.mark.provider_contract
class TestGoogle(ProviderContract):
    recorded = {
        "sub": "110248495921238986420",
        "name": "Anna Bianchi",
        "given_name": "Anna",
        "family_name": "Bianchi",
        "picture": PICTURE,
        "email": "anna@example.org",
        "email_verified": True,
        "hd": "example.org",
    }
    expected = Profile(
        subject="110248495921238986420",
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "110248495921238986420"}
    bare_expected = Profile(subject="110248495921238986420", name="Google")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
        "hl": "it",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    switch = {"prompt": "select_account"}
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "admin_policy_enforced", "state": "{state}"}, "disallowed"),
        ({"error": "org_internal", "state": "{state}"}, "disallowed"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "Bad Request"}, "bad_answer"),
        (400, {"error": "redirect_uri_mismatch"}, "misconfigured"),
        (401, {"error": "invalid_client"}, "misconfigured"),
        (401, {"error": "deleted_client"}, "misconfigured"),
    ]
    profile_errors = [
        (401, {"error": "invalid_request", "error_description": "x"}, "misconfigured"),
        (429, {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}, "unavailable"),
    ]

    def provider(self, base: str) -> Google:
        return Google(issuer=base)

    def test_consent_is_never_withdrawn(self, play: Rehearsal) -> None:
        """Its revocation would ask a person who approved before a second time."""
        play.sign_in()
        assert play.peer.at("/revoke") == []

    def test_its_older_name_is_the_same_issuer(
        self, play: Rehearsal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(
            LIES, "older name", lambda claims: claims.update(iss="accounts.google.com")
        )
        play.lie = "older name"
        assert play.sign_in() == self.expected
        assert play.provider.issuer == play.peer.url
