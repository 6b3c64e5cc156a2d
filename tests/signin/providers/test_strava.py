"""Strava: https://developers.strava.com/docs/reference/#api-Athletes, read 2026-11-23."""

import pytest

from commentkit.signin.provider import Profile
from commentkit.signin.providers.strava import Strava
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://dgalywyr863hv.cloudfront.net/pictures/athletes/1234/large.jpg"


def fault(resource: str) -> dict[str, object]:
    errors = [{"resource": resource, "field": "", "code": "invalid"}]
    return {"message": "Bad Request", "errors": errors}


@pytest.mark.provider_contract
class TestStrava(ProviderContract):
    recorded = {
        "id": 1234567890987654321,
        "username": "annab",
        "firstname": "Anna",
        "lastname": "",
        "profile": PICTURE,
    }
    expected = Profile(
        subject="1234567890987654321",
        name="Anna",
        handle="annab",
        profile_url="https://www.strava.com/athletes/1234567890987654321",
        picture_url=PICTURE,
    )
    bare = {"id": 1234567890987654321, "username": None, "profile": "avatar/athlete/large.png"}
    bare_expected = Profile(
        subject="1234567890987654321",
        name="Strava",
        profile_url="https://www.strava.com/athletes/1234567890987654321",
    )
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "read",
        "state": "{state}",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, fault("AuthorizationCode"), "bad_answer"),
        (400, fault("Application"), "misconfigured"),
    ]
    profile_errors = [
        (401, fault("Athlete"), "bad_answer"),
        (429, {"message": "Rate Limit Exceeded", "errors": []}, "unavailable"),
    ]

    def provider(self, base: str) -> Strava:
        return Strava(base_url=base)

    def test_both_names_are_shown(self, play: Rehearsal) -> None:
        named = {**self.recorded, "lastname": "Bianchi"}
        assert play.mapped(named).name == "Anna Bianchi"
