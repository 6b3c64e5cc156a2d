"""Any OAuth 2.0 service, declared in configuration alone."""

from collections.abc import Mapping
from typing import Any

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Profile
from commentkit.signin.providers.oauth2 import PlainOAuth2
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal
from commentkit.testing.scripted_provider import Reply

PICTURE = "https://pictures.example/anna.png"


def declared(base: str) -> dict[str, object]:
    return {
        "COMMENTKIT_CLUB_LABEL": "Example Club",
        "COMMENTKIT_CLUB_AUTHORIZE_URL": f"{base}/oauth/authorize",
        "COMMENTKIT_CLUB_TOKEN_URL": f"{base}/oauth/token",
        "COMMENTKIT_CLUB_PROFILE_URL": f"{base}/api/me?fields=all",
        "COMMENTKIT_CLUB_REVOKE_URL": f"{base}/oauth/revoke",
        "COMMENTKIT_CLUB_SCOPES": "profile email",
        "COMMENTKIT_CLUB_SCOPE_SEPARATOR": ",",
        "COMMENTKIT_CLUB_AUTHORIZE_PARAMS": "audience=comments&resource=a%20b",
        "COMMENTKIT_CLUB_SWITCH_PARAMS": "prompt=login",
        "COMMENTKIT_CLUB_SUBJECT_FIELD": "data.id",
        "COMMENTKIT_CLUB_NAME_FIELD": "data.full_name",
        "COMMENTKIT_CLUB_HANDLE_FIELD": "data.login",
        "COMMENTKIT_CLUB_PAGE_FIELD": "data.links.0.href",
        "COMMENTKIT_CLUB_PICTURE_FIELD": "data.picture",
        "COMMENTKIT_CLUB_EMAIL_FIELD": "data.emails.0.value",
        "COMMENTKIT_CLUB_EMAIL_VERIFIED_FIELD": "data.emails.0.proven",
    }


def club(base: str = "https://club.example", **changed: object) -> PlainOAuth2:
    keys = {f"COMMENTKIT_CLUB_{end}": value for end, value in changed.items()}
    made = registry.make("club=oauth2", {**declared(base), **keys})
    assert isinstance(made, PlainOAuth2)
    return made


@pytest.mark.provider_contract
class TestPlainOAuth2(ProviderContract):
    recorded = {
        "data": {
            "id": 4711,
            "full_name": "Anna Bianchi",
            "login": "annab",
            "picture": PICTURE,
            "links": [{"href": "https://club.example/annab"}],
            "emails": [{"value": "anna@example.org", "proven": True}],
        }
    }
    expected = Profile(
        subject="4711",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://club.example/annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"data": {"id": 4711, "links": [], "emails": []}}
    bare_expected = Profile(subject="4711", name="Example Club")
    email_flags = [["data", "emails", 0, "proven"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "profile,email",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
        "audience": "comments",
        "resource": "a b",
    }
    switch = {"prompt": "login"}
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [(400, {"error": "invalid_grant"}, "bad_answer")]

    def provider(self, base: str) -> PlainOAuth2:
        return club(base)

    def test_the_token_is_ended_where_declared(self, play: Rehearsal) -> None:
        play.sign_in()
        assert len(play.peer.at("/oauth/revoke")) == 1


def test_its_people_are_kept_under_its_origin_or_a_name_of_theirs() -> None:
    assert club().issuer == "https://club.example"
    assert club(ISSUER="https://id.example/club").issuer == "https://id.example/club"


def test_what_it_gives_follows_from_what_is_declared() -> None:
    able = club(EMAIL_FIELD="", PICTURE_FIELD="", SWITCH_PARAMS="", EMAIL_TRUST="never")
    assert able.name == "club"
    assert not able.capabilities.gives_email
    assert not able.capabilities.picture
    assert able.capabilities.account_choice is None
    assert able.with_credentials("id", "secret").capabilities.email_trust == "never"


def test_the_dialect_is_declared_too() -> None:
    made = club(CLIENT_AUTH="none", PKCE="false", TOKEN_FORM="true", AUTH_SCHEME="OAuth")
    assert (made.client_auth, made.pkce, made.token_form) == ("none", False, True)
    assert made.auth_scheme == "OAuth"
    assert made.with_credentials("id", "").configured
    assert not club().with_credentials("id", "").configured


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"TOKEN_URL": ""}, "COMMENTKIT_CLUB_TOKEN_URL is missing: it accepts an https"),
        ({"LABEL": ""}, "COMMENTKIT_CLUB_LABEL is missing"),
        ({"SUBJECT_FIELD": ""}, "COMMENTKIT_CLUB_SUBJECT_FIELD is missing"),
        ({"AUTHORIZE_URL": "http://club.example/"}, "AUTHORIZE_URL cannot be used"),
        ({"PROFILE_URL": "https://169.254.169.254/"}, "PROFILE_URL cannot be used"),
        ({"CLIENT_AUTH": "post"}, "CLIENT_AUTH cannot be used.*one of client_secret_post"),
        ({"PKCE": "perhaps"}, "PKCE cannot be used.*true or false"),
        ({"SWITCH_PARAMS": "prompt"}, "SWITCH_PARAMS cannot be used"),
        ({"NAME_FIELD": "data..name"}, "NAME_FIELD cannot be used.*such as data.id"),
        ({"SUBJECT_FIELD": "data.login"}, "SUBJECT_FIELD cannot be 'data.login'.*permanent id"),
        ({"SUBJECT_FIELD": "data.emails.0.value"}, "SUBJECT_FIELD cannot be.*pass to other"),
    ],
)
def test_what_cannot_work_stops_the_start(changed: Mapping[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        club(**changed)


def test_a_form_encoded_token_is_read_where_declared() -> None:
    class Contract(TestPlainOAuth2):
        def provider(self, base: str) -> PlainOAuth2:
            return club(base, TOKEN_FORM="true")

    with Contract().rehearsal() as play:
        play.peer.say("/oauth/token", Reply(200, b"access_token=abc&expires=86400"))
        assert play.sign_in() == TestPlainOAuth2.expected
