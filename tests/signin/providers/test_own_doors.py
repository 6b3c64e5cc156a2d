"""What holds for every provider that needs no client anywhere."""

import pytest

from commentkit.signin import registry
from commentkit.signin.own_page import OwnPage

NAMES = ("email", "passkey", "ethereum", "steam")


@pytest.mark.provider_contract
@pytest.mark.parametrize("name", NAMES)
def test_it_is_described_and_found_by_name(name: str) -> None:
    provider = registry.make(name)
    assert provider.name == name
    assert provider.label
    assert provider.issuer
    assert provider.picture_alt
    assert provider.capabilities.email_trust == ("always" if name == "email" else "never")


@pytest.mark.provider_contract
def test_no_two_of_them_vouch_for_the_same_people() -> None:
    made = [registry.make(name) for name in NAMES]
    assert len({provider.issuer for provider in made} | {"guest", "host"}) == len(made) + 2
    assert [isinstance(provider, OwnPage) for provider in made] == [True, True, True, False]
