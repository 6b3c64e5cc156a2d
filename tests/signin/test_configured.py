"""Providers made by configuration alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.rehearsal import NOW

WORKS = {
    "COMMENTKIT_WORKS_ISSUER": "https://id.works.example/",
    "COMMENTKIT_WORKS_LABEL": "Works",
    "COMMENTKIT_WORKS_SCOPES": "openid, profile",
    "COMMENTKIT_WORKS_EMAIL_TRUST": "never",
}


@dataclass(frozen=True, kw_only=True)
class Reviewed(Google):
    name: str = "reviewed"
    off_until: ClassVar[str] = "It asks for a review first."


@pytest.fixture
def reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda _name, _among: Reviewed)


def test_an_issuer_is_declared_by_its_keys() -> None:
    made = registry.make("oidc", {"COMMENTKIT_OIDC_ISSUER": "https://id.example.org"})
    assert isinstance(made, OpenIDConnect)
    assert (made.name, made.label, made.issuer) == ("oidc", "OpenID", "https://id.example.org")
    assert made.scopes == ("openid", "profile", "email")
    assert made.capabilities.email_trust == "flag"


def test_there_can_be_several_under_names_of_their_own() -> None:
    made = registry.make("works=oidc", WORKS)
    assert isinstance(made, OpenIDConnect)
    assert (made.name, made.label, made.issuer) == ("works", "Works", "https://id.works.example/")
    assert made.scopes == ("openid", "profile")
    assert made.capabilities.email_trust == "never"
    assert made.capabilities.account_choice == {"prompt": "login"}
    assert {*WORKS, "COMMENTKIT_WORKS_CLIENT_ID"} <= {*registry.keys(made)}


@pytest.mark.parametrize(
    ("prompt", "choice"),
    [
        ("", None),
        ("login", {"prompt": "login"}),
        ("select_account login", {"prompt": "select_account login"}),
    ],
)
def test_what_an_issuer_is_asked_for_another_account_is_declared(
    prompt: str, choice: object
) -> None:
    made = registry.make("works=oidc", {**WORKS, "COMMENTKIT_WORKS_PROMPT": prompt})
    assert made.capabilities.account_choice == choice
    assert made.capabilities.email_trust == "never"
    again = made.with_credentials("id", "secret")
    assert again.capabilities.account_choice == choice


@pytest.mark.parametrize("prompt", ["none", "login none"])
def test_a_question_that_may_not_be_shown_is_refused(prompt: str) -> None:
    with pytest.raises(SettingsError, match="WORKS_PROMPT cannot be used"):
        registry.make("works=oidc", {**WORKS, "COMMENTKIT_WORKS_PROMPT": prompt})


CLUB = {
    "COMMENTKIT_CLUB_LABEL": "Club",
    "COMMENTKIT_CLUB_AUTHORIZE_URL": "https://club.example.org/authorize",
    "COMMENTKIT_CLUB_TOKEN_URL": "https://club.example.org/token",
    "COMMENTKIT_CLUB_PROFILE_URL": "https://club.example.org/me",
    "COMMENTKIT_CLUB_SUBJECT_FIELD": "id",
    "COMMENTKIT_CLUB_EMAIL_TRUST": "always",
}


@pytest.mark.parametrize(
    ("written", "config"),
    [("works=oidc", WORKS), ("club=oauth2", CLUB), ("gitlab", {}), ("gitea", {})],
)
def test_where_people_log_out_is_declared(written: str, config: Mapping[str, Any]) -> None:
    key = f"COMMENTKIT_{written.partition('=')[0].upper()}_LOGOUT_URL"
    there = "https://id.example.org/logout?client=1"
    before = registry.make(written, config)
    made = registry.make(written, {**config, key: there})
    assert made.capabilities == replace(before.capabilities, logout_url=there)
    assert made.logout_at(MetadataCache(), back_url="https://c.example", now=NOW) == there
    for wrong in ("javascript:alert(1)", "http://id.example.org", "https://10.0.0.1/logout"):
        with pytest.raises(SettingsError, match=f"{key} cannot be used: .* https address"):
            registry.make(written, {**config, key: wrong})


def test_another_name_of_an_issuer_is_declared() -> None:
    made = registry.make("github", {"COMMENTKIT_GITHUB_ISSUER_ALIASES": "https://new.example"})
    assert isinstance(made, OAuth2)
    assert made.issuers() == {"https://github.com/login/oauth", "https://new.example"}
    assert made.issuer == "https://github.com/login/oauth"


def test_an_older_way_keeps_the_name_of_its_provider() -> None:
    made = registry.make("x-oauth1", {"COMMENTKIT_X_LABEL": "X (Twitter)"})
    assert (made.name, made.label) == ("x", "X (Twitter)")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"COMMENTKIT_WORKS_ISSUER": ""}, "COMMENTKIT_WORKS_ISSUER is missing: it accepts an iss"),
        ({"COMMENTKIT_WORKS_ISSUER": "id.works.example"}, "WORKS_ISSUER cannot be used"),
        ({"COMMENTKIT_WORKS_ISSUER": "http://id.works.example"}, "WORKS_ISSUER cannot be used"),
        ({"COMMENTKIT_WORKS_ISSUER": "https://10.0.0.1"}, "WORKS_ISSUER cannot be used"),
        ({"COMMENTKIT_WORKS_ISSUER": 1}, "WORKS_ISSUER cannot be used"),
        ({"COMMENTKIT_WORKS_SCOPES": "profile"}, "WORKS_SCOPES cannot be used.*openid"),
        ({"COMMENTKIT_WORKS_SCOPES": 1}, "WORKS_SCOPES cannot be used"),
        ({"COMMENTKIT_WORKS_EMAIL_TRUST": "yes"}, "EMAIL_TRUST cannot be used.*never, flag"),
    ],
)
def test_what_cannot_work_is_named_with_what_would(change: Mapping[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        registry.make("works=oidc", {**WORKS, **change})


@pytest.mark.parametrize("name", ["Works=oidc", "=oidc", "a b=oidc", "../x=oidc", "w" * 33 + "=x"])
def test_a_name_that_no_address_could_hold_is_refused(name: str) -> None:
    with pytest.raises(SettingsError):
        registry.make(name, WORKS)


@pytest.mark.usefixtures("reviewed")
@pytest.mark.parametrize("said", [None, "", "false", "0", False, "maybe"])
def test_a_provider_stays_off_until_its_conditions_are_met(said: object) -> None:
    with pytest.raises(SettingsError, match=r"a review first\. .*COMMENTKIT_REVIEWED_COND.*=true"):
        registry.make("reviewed", {"COMMENTKIT_REVIEWED_CONDITIONS_MET": said})


@pytest.mark.usefixtures("reviewed")
@pytest.mark.parametrize("said", ["true", "1", True])
def test_a_provider_whose_conditions_are_met_is_made(said: object) -> None:
    config = {"COMMENTKIT_REVIEWED_CONDITIONS_MET": said}
    assert "COMMENTKIT_REVIEWED_CONDITIONS_MET" in registry.keys(registry.make("reviewed", config))


@pytest.mark.parametrize("name", ["zoom", "notion", "tiktok", "strava", "wechat", "qq", "weibo"])
def test_what_a_vendor_admits_only_after_a_review_is_off(name: str) -> None:
    with pytest.raises(SettingsError, match=f"provider '{name}' is off: .*CONDITIONS_MET=true"):
        registry.make(name, {f"COMMENTKIT_{name.upper()}_CLIENT_ID": "id"})
    made = registry.make(name, {f"COMMENTKIT_{name.upper()}_CONDITIONS_MET": "true"})
    assert made.name == name
