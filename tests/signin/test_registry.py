"""Adapters by name."""

import sys
from pathlib import Path

import pytest

from commentkit.settings import SettingsError
from commentkit.signin import registry
from commentkit.signin.provider import Provider
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.x import X
from commentkit.signin.providers.x_oauth1 import XOAuth1


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that offers adapters, as pip would leave it on the path."""
    info = tmp_path / "commentkit_more-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: commentkit-more\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[commentkit.providers]\n"
        "more-google = commentkit.signin.providers.google:Google\n"
        "more-nothing = commentkit.words:N_\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("installed")
def test_an_installed_adapter_is_found_by_name() -> None:
    assert "more-google" in registry.names()
    assert registry.load("more-google") is Google


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["more-nothing", "nobody"])
def test_what_is_no_adapter_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(registry.UnknownProviderError, match="more-google"):
        registry.load(name)


def test_a_near_miss_is_answered_by_the_name_that_was_meant() -> None:
    with pytest.raises(registry.UnknownProviderError, match="do you mean google"):
        registry.load("gogle")
    with pytest.raises(registry.UnknownProviderError, match="there are: amazon, "):
        registry.load("nobody")


def test_providers_are_indexed_in_order() -> None:
    assert list(registry.by_name([X(), Google()])) == ["x", "google"]


def test_two_of_the_same_name_are_refused() -> None:
    with pytest.raises(ValueError, match="'x'"):
        registry.by_name([X(), XOAuth1()])


def _tenant(name: str, **more: str) -> Provider:
    config = {
        "LABEL": name,
        "AUTHORIZE_URL": f"https://login.example.org/{name}/authorize",
        "TOKEN_URL": f"https://login.example.org/{name}/token",
        "PROFILE_URL": f"https://login.example.org/{name}/me",
        "SUBJECT_FIELD": "id",
        **more,
    }
    keys = {f"COMMENTKIT_{name.upper()}_{key}": value for key, value in config.items()}
    return registry.make(f"{name}=oauth2", keys)


def test_two_services_of_one_host_do_not_share_their_people() -> None:
    """Number 1 of the one would be signed in as number 1 of the other."""
    with pytest.raises(SettingsError, match=r"COMMENTKIT_WORKS_ISSUER cannot be used: .*'club'"):
        registry.by_name([_tenant("works"), _tenant("club")])
    apart = _tenant("club", ISSUER="https://login.example.org/club")
    assert list(registry.by_name([_tenant("works"), apart])) == ["works", "club"]


def test_no_declared_service_takes_the_people_of_a_known_one() -> None:
    with pytest.raises(SettingsError, match="COMMENTKIT_WORKS_ISSUER"):
        registry.by_name([Google(), _tenant("works", ISSUER=Google().issuer)])


@pytest.mark.parametrize("name", ["guest", "host", "sso"])
def test_no_provider_is_called_what_guests_and_the_hosts_users_are(name: str) -> None:
    """Whoever signed in there would be taken for a guest, or for one of the host's own."""
    with pytest.raises(SettingsError, match=f"'{name}' cannot be a provider's name"):
        registry.by_name([_tenant(name)])
