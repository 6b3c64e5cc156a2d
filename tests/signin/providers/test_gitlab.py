"""GitLab: claims of its provider's documents, read 2026-11-23."""

import pytest

from commentkit.signin import registry
from commentkit.signin.provider import Profile
from commentkit.signin.providers.gitlab import GitLab
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal

PICTURE = "https://gitlab.com/uploads/-/system/user/avatar/1/avatar.png"


@pytest.mark.provider_contract
class TestGitLab(ProviderContract):
    recorded = {
        "sub": "1234567",
        "sub_legacy": "7fdbfd1dd5e1d3a4d4ad1b6c8a1c9a10",
        "name": "Anna Bianchi",
        "nickname": "annab",
        "preferred_username": "annab",
        "email": "anna@example.org",
        "email_verified": True,
        "profile": "https://gitlab.com/annab",
        "picture": PICTURE,
        "groups_direct": ["works"],
    }
    expected = Profile(
        subject="1234567",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://gitlab.com/annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "1234567"}
    bare_expected = Profile(subject="1234567", name="GitLab")
    email_flags = [["email_verified"]]
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
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "server_error", "state": "{state}"}, "unavailable"),
    ]
    token_errors = [
        (400, {"error": "invalid_grant", "error_description": "x"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "misconfigured"),
    ]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> GitLab:
        return GitLab(issuer=base)

    def test_no_consent_is_withdrawn(self, play: Rehearsal) -> None:
        play.sign_in()
        assert play.peer.at("/revoke") == []


def test_an_instance_of_ones_own_is_another_door() -> None:
    config = {
        "COMMENTKIT_WORKS_ISSUER": "https://git.works.example/gitlab",
        "COMMENTKIT_WORKS_LABEL": "Works",
    }
    works = registry.make("works=gitlab", config)
    assert (works.name, works.label) == ("works", "Works")
    assert works.issuer == "https://git.works.example/gitlab"
    assert registry.make("gitlab").issuer == "https://gitlab.com"
