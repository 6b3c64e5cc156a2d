"""The adapters of issuers that a site's owner has: their own server, or a tenant somewhere."""

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Profile
from commentkit.signin.providers.auth0 import Auth0
from commentkit.signin.providers.authentik import Authentik
from commentkit.signin.providers.cognito import Cognito
from commentkit.signin.providers.keycloak import Keycloak
from commentkit.signin.providers.okta import Okta
from commentkit.signin.providers.zitadel import Zitadel
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

SUBJECT = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
PICTURE = "https://pictures.example/anna.png"
ANNA = {
    "sub": SUBJECT,
    "name": "Anna Bianchi",
    "given_name": "Anna",
    "family_name": "Bianchi",
    "preferred_username": "annab",
    "email": "anna@example.org",
    "email_verified": True,
}


class Tenant(ProviderContract):
    """What holds for each of them."""

    recorded = ANNA
    expected = Profile(
        subject=SUBJECT, name="Anna Bianchi", handle="annab", email="anna@example.org"
    )
    bare = {"sub": SUBJECT}
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
    switch = {"prompt": "login"}
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "server_error", "state": "{state}"}, "unavailable"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def test_a_client_without_a_secret_is_a_public_one(self) -> None:
        assert self.provider("https://id.example").with_credentials("id", "").configured

    def test_it_looks_like_itself(self) -> None:
        made = self.provider("https://id.example")
        assert (made.icon, made.picture_alt) == (made.name, f"Photo from {made.label}")


@pytest.mark.provider_contract
class TestKeycloak(Tenant):
    bare_expected = Profile(subject=SUBJECT, name="Keycloak")

    def provider(self, base: str) -> Keycloak:
        return Keycloak(issuer=f"{base}/realms/works")

    def test_what_people_sign_in_with_is_not_shown(self, play: Rehearsal) -> None:
        """A realm may have people sign in with their e-mail address, and call it their name."""
        address = "anna@example.org"
        shown = play.mapped({**ANNA, "name": address, "preferred_username": address})
        assert (shown.name, shown.handle) == ("Anna Bianchi", None)


@pytest.mark.provider_contract
class TestAuthentik(Tenant):
    bare_expected = Profile(subject=SUBJECT, name="authentik")

    def provider(self, base: str) -> Authentik:
        return Authentik(issuer=f"{base}/application/o/blog/")


@pytest.mark.provider_contract
class TestZitadel(Tenant):
    recorded = {**ANNA, "preferred_username": "anna@works.id.example", "picture": PICTURE}
    expected = Profile(
        subject=SUBJECT, name="Anna Bianchi", picture_url=PICTURE, email="anna@example.org"
    )
    bare_expected = Profile(subject=SUBJECT, name="ZITADEL")
    switch = {"prompt": "select_account"}

    def provider(self, base: str) -> Zitadel:
        return Zitadel(issuer=base)


@pytest.mark.provider_contract
class TestAuth0(Tenant):
    recorded = {
        "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "name": "Anna Bianchi",
        "nickname": "annab",
        "picture": PICTURE,
        "email": "anna@example.org",
        "email_verified": True,
    }
    expected = Profile(
        subject="auth0|5f7c8ec7c33c6c004bbafe82",
        name="Anna Bianchi",
        handle="annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "auth0|5f7c8ec7c33c6c004bbafe82"}
    bare_expected = Profile(subject="auth0|5f7c8ec7c33c6c004bbafe82", name="Auth0")
    email_flags = [["email_verified"]]

    def provider(self, base: str) -> Auth0:
        return Auth0(issuer=f"{base}/")

    def test_an_address_is_no_name(self, play: Rehearsal) -> None:
        """It is what people of its own directory are called."""
        shown = play.mapped({**self.recorded, "name": "anna@example.org"})
        assert shown.name == "annab"

    def test_its_revocation_is_for_other_tokens(self, play: Rehearsal) -> None:
        play.sign_in()
        assert play.peer.at("/revoke") == []


@pytest.mark.provider_contract
class TestOkta(Tenant):
    expected = Profile(
        subject=SUBJECT,
        name="Anna Bianchi",
        handle="annab",
        email="anna@example.org",
        email_verified=True,
    )
    bare_expected = Profile(subject=SUBJECT, name="Okta")
    email_flags = [["email_verified"]]

    def provider(self, base: str) -> Okta:
        return Okta(issuer=f"{base}/oauth2/default")


@pytest.mark.provider_contract
class TestCognito(Tenant):
    recorded = {
        "sub": SUBJECT,
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "username": "google_110248495921238986420",
        "picture": PICTURE,
        "email": "anna@example.org",
        "email_verified": "true",
    }
    expected = Profile(
        subject=SUBJECT,
        name="Anna Bianchi",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare_expected = Profile(subject=SUBJECT, name="Amazon Cognito")
    email_flags = [["email_verified"]]
    switch: dict[str, str] = {}

    def provider(self, base: str) -> Cognito:
        return Cognito(issuer=f"{base}/eu-south-1_AbCdEfGhI")

    def test_spaces_are_spelled_as_it_reads_them(self, play: Rehearsal) -> None:
        assert "scope=openid%20profile%20email" in play.begin().url

    def test_it_looks_like_itself(self) -> None:
        """Its name is longer here."""
        assert self.provider("https://id.example").picture_alt == "Photo from Amazon Cognito"


@pytest.mark.parametrize("name", ["keycloak", "authentik", "zitadel", "auth0", "okta", "cognito"])
def test_each_is_made_from_configuration_alone(name: str) -> None:
    key = f"COMMENTKIT_{name.upper()}"
    with pytest.raises(SettingsError, match=f"{key}_ISSUER is missing: it accepts"):
        registry.make(name)
    config = {f"{key}_ISSUER": "https://id.works.example/", f"{key}_EMAIL_TRUST": "flag"}
    made = registry.make(name, config)
    assert made.issuer == "https://id.works.example/"
    assert made.capabilities.email_trust == "flag"


@pytest.mark.parametrize("name", ["keycloak", "authentik", "zitadel"])
def test_who_runs_a_server_decides_whether_its_addresses_count(name: str) -> None:
    made = registry.make(name, {f"COMMENTKIT_{name.upper()}_ISSUER": "https://id.works.example"})
    assert made.capabilities.email_trust == "never"
