"""Microsoft: claims of the ID token reference of its identity platform, read 2026-11-23."""

from collections.abc import Mapping
from typing import Any

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Profile
from commentkit.signin.providers.microsoft import PERSONAL, Microsoft
from commentkit.testing.contract import CLIENT_ID, ProviderContract, Script
from commentkit.testing.lies import signing_key
from commentkit.testing.rehearsal import Rehearsal
from commentkit.testing.scripted_provider import json_reply

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PERSON = "690222be-ff1a-4d56-abd1-7e4f7d38e474"


@pytest.mark.provider_contract
class TestMicrosoft(ProviderContract):
    recorded = {
        "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        "tid": TENANT,
        "oid": PERSON,
        "name": "Anna Bianchi",
        "preferred_username": "anna@contoso.example",
        "email": "anna@contoso.example",
        "ver": "2.0",
    }
    raw_subject = PERSON
    script = Script(signed_issuer="{issuer}/" + TENANT + "/v2.0")
    expected = Profile(
        subject=f"{TENANT}:{PERSON}", name="Anna Bianchi", email="anna@contoso.example"
    )
    bare = {"sub": "HKZpfaHyWadeOouYlitjrI", "tid": TENANT, "oid": PERSON}
    bare_expected = Profile(subject=f"{TENANT}:{PERSON}", name="Microsoft")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    switch = {"prompt": "select_account"}
    refusals = [
        ({"error": "access_denied", "error_description": "x", "state": "{state}"}, "cancelled"),
        ({"error": "consent_required", "state": "{state}"}, "cancelled"),
        ({"error": "temporarily_unavailable", "state": "{state}"}, "unavailable"),
        ({"error": "unauthorized_client", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_codes": [70000]}, "bad_answer"),
        (401, {"error": "invalid_client", "error_codes": [7000215]}, "misconfigured"),
        (400, {"error": "interaction_required"}, "cancelled"),
    ]

    def provider(self, base: str) -> Microsoft:
        return Microsoft(login_base=base)

    def publish(self, play: Rehearsal, issuer: str) -> None:
        """Say whose the signing key is, as the tenant-independent key set does."""
        key = {**signing_key("one").as_dict(private=False), "issuer": issuer}
        play.peer.say("/common/discovery/v2.0/keys", json_reply({"keys": [key]}))

    @pytest.mark.parametrize("tenant", ["{tenantid}", TENANT])
    def test_a_key_signs_for_its_issuer(self, play: Rehearsal, tenant: str) -> None:
        self.publish(play, f"{play.peer.url}/{tenant}/v2.0")
        assert play.sign_in() == self.expected

    def test_a_key_signs_for_no_other_issuer(self, play: Rehearsal) -> None:
        """The key of personal accounts must not sign for an organisation."""
        self.publish(play, f"{play.peer.url}/{PERSONAL}/v2.0")
        play.refused(play.begin(), "bad_answer")

    @pytest.mark.parametrize("tid", ["9188040d-6c67-4c5b-b112-36a304b66dad", "{tenantid}", "", 1])
    def test_the_issuer_is_the_tenant_that_is_claimed(self, play: Rehearsal, tid: Any) -> None:
        begun = play.begin()
        play._tell({**self.recorded, "tid": tid})
        play.refused(begun, "bad_answer")


def claims(tenant: str) -> Mapping[str, Any]:
    return {"iss": f"https://login.microsoftonline.com/{tenant}/v2.0", "tid": tenant}


@pytest.mark.parametrize(
    ("admits", "organisation", "personal"),
    [
        ("common", True, True),
        ("organizations", True, False),
        ("consumers", False, True),
        (TENANT, True, False),
        ("00000000-0000-0000-0000-000000000001", False, False),
    ],
)
def test_only_admitted_tenants_come_in(admits: str, organisation: bool, personal: bool) -> None:
    microsoft = Microsoft(tenant=admits)
    assert microsoft.vouches(claims(TENANT), {}) == organisation
    assert microsoft.vouches(claims(PERSONAL), {}) == personal
    assert f"/{admits}/oauth2/v2.0/authorize" in microsoft.endpoints().authorize


def test_a_tenant_is_known_by_its_id() -> None:
    """A domain's name could not be compared with what the tokens say."""
    assert registry.make("microsoft", {"COMMENTKIT_MICROSOFT_TENANT": TENANT})
    with pytest.raises(SettingsError, match="the id of one tenant"):
        registry.make("microsoft", {"COMMENTKIT_MICROSOFT_TENANT": "contoso.example"})
