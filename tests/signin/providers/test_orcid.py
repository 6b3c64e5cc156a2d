"""ORCID: the userinfo answer of its documents, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.orcid import ORCID
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

ID = "0000-0002-2601-8132"
PAGE = f"https://orcid.org/{ID}"


@pytest.mark.provider_contract
class TestORCID(ProviderContract):
    recorded = {"sub": ID, "name": "Anna Bianchi", "family_name": "Bianchi", "given_name": "Anna"}
    expected = Profile(subject=ID, name="Anna Bianchi", profile_url=PAGE)
    bare = {"sub": ID, "name": None}
    bare_expected = Profile(subject=ID, name=ID, profile_url=PAGE)
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid",
        "state": "{state}",
        "nonce": "{nonce}",
    }
    switch = {"prompt": "login"}
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "login_required", "state": "{state}"}, "cancelled"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> ORCID:
        return ORCID(issuer=base)

    def test_a_name_may_be_in_parts(self, play: Rehearsal) -> None:
        assert play.mapped({"sub": ID, "given_name": "Anna"}).name == "Anna"
