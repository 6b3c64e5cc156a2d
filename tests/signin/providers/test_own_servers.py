"""Gitea, Forgejo and Nextcloud: servers of one's own, with the answers of their documents."""

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Profile
from commentkit.signin.providers.forgejo import Forgejo
from commentkit.signin.providers.gitea import Gitea
from commentkit.signin.providers.nextcloud import Nextcloud
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.recorded import swapped
from commentkit.testing.rehearsal import Rehearsal, Script
from commentkit.testing.scripted_provider import json_reply

AVATAR = "https://codeberg.org/avatars/6f1ed002ab5595859014ebf0951522d9"


@pytest.mark.provider_contract
class TestGitea(ProviderContract):
    recorded = {
        "sub": "10421",
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "email": "anna@example.org",
        "picture": AVATAR,
        "groups": ["works", "works:owners"],
    }
    expected = Profile(
        subject="10421",
        name="Anna Bianchi",
        handle="annab",
        picture_url=AVATAR,
        email="anna@example.org",
    )
    bare = {"sub": "10421"}
    bare_expected = Profile(subject="10421", name="Gitea")
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email read:user",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "server_error", "state": "{state}"}, "unavailable"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "unauthorized_client"}, "misconfigured"),
    ]
    profile_errors = [(401, b"no valid authorization", "bad_answer")]

    def provider(self, base: str) -> Gitea:
        return Gitea(issuer=base)


@pytest.mark.provider_contract
class TestForgejo(TestGitea):
    bare_expected = Profile(subject="10421", name="Forgejo")
    authorize = {**TestGitea.authorize, "scope": "openid profile email"}

    def provider(self, base: str) -> Forgejo:
        return Forgejo(issuer=base)


def user(**data: object) -> dict[str, object]:
    meta = {"status": "ok", "statuscode": 200, "message": "OK"}
    return {"ocs": {"meta": meta, "data": data}}


@pytest.mark.provider_contract
class TestNextcloud(ProviderContract):
    recorded = user(
        id="annab",
        displayname="Anna Bianchi",
        email="anna@example.org",
        enabled=True,
        groups=["admin"],
        quota={"free": 1, "used": 2},
    )
    expected = Profile(
        subject="annab",
        name="Anna Bianchi",
        email="anna@example.org",
    )
    bare = user(id="annab")
    bare_expected = Profile(subject="annab", name="annab")
    script = Script(token_answer={"user_id": "annab", "expires_in": 3600, "refresh_token": "x"})
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [
        ({"error": "unsupported_response_type", "state": "{state}"}, "misconfigured"),
        ({"error": "invalid_request", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [
        (
            401,
            {"ocs": {"meta": {"status": "failure", "statuscode": 997}, "data": []}},
            "bad_answer",
        ),
        (
            200,
            {"ocs": {"meta": {"status": "failure", "statuscode": 404}, "data": []}},
            "bad_answer",
        ),
    ]

    def provider(self, base: str) -> Nextcloud:
        return Nextcloud(issuer=base)

    def test_the_token_and_the_profile_are_one_persons(self, play: Rehearsal) -> None:
        play.peer.say(play.profile_path, json_reply(swapped(self.recorded, "annab", "luca")))
        play.refused(play.begin(), "bad_answer")

    def test_the_interface_is_told_who_calls(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/ocs/v2.php/cloud/user")
        assert call.query == {"format": "json"}
        assert call.headers["ocs-apirequest"] == "true"

    @pytest.mark.parametrize("issuer", ["https://c.example/x/index.php", "https://c.example/x"])
    def test_a_server_without_pretty_addresses(self, issuer: str) -> None:
        ends = Nextcloud(issuer=issuer).endpoints()
        assert ends.token == f"{issuer}/apps/oauth2/api/v1/token"
        assert ends.userinfo == "https://c.example/x/ocs/v2.php/cloud/user?format=json"


def test_each_is_made_from_configuration() -> None:
    config = {"COMMENTKIT_FORGEJO_ISSUER": "https://codeberg.org"}
    assert registry.make("forgejo", config).issuer == "https://codeberg.org"
    assert registry.make("gitea").issuer == "https://gitea.com"
    works = registry.make("works=nextcloud", {"COMMENTKIT_WORKS_ISSUER": "https://c.example"})
    assert (works.name, works.issuer) == ("works", "https://c.example")
    for name in ("forgejo", "nextcloud"):
        with pytest.raises(SettingsError, match=f"COMMENTKIT_{name.upper()}_ISSUER is missing"):
            registry.make(name)
