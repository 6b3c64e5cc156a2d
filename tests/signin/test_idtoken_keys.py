"""Signing keys that change while the server runs: nobody is refused, and nobody else believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from commentkit.signin import idtoken
from commentkit.signin.provider import ProviderError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = "https://id.example"


@lru_cache(maxsize=3)
def key(name: str) -> ECKey:
    return ECKey.generate_key("P-256", {"use": "sig"})


def published(name: str, **more: str) -> Mapping[str, Any]:
    return {**key(name).as_dict(private=False), **more}


def token(name: str, **head: str) -> str:
    at = int(NOW.timestamp())
    claims = {"iss": ISSUER, "sub": "1", "aud": "us", "iat": at, "exp": at + 60, "nonce": "n"}
    return jwt.encode({"alg": "ES256", **head}, claims, key(name))


def read(
    raw: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[bool]:
    """Read a token whose issuer publishes one key set, and another when asked again."""
    asked: list[bool] = []

    def keys(unknown: bool) -> Sequence[Mapping[str, Any]]:
        asked.append(unknown)
        return after if unknown else before

    expected = idtoken.Expected(
        vouches=lambda claims, key: claims["iss"] == ISSUER,
        client_id="us",
        nonce="n",
        access_token="token",
        now=NOW,
    )
    assert idtoken.read(raw, expected, keys)["sub"] == "1"
    return asked


def test_a_known_key_is_not_asked_for_again() -> None:
    one = [published("one", kid="1")]
    assert read(token("one", kid="1"), one, []) == [False]


def test_a_new_key_is_asked_for() -> None:
    one, both = [published("one", kid="1")], [published("one", kid="1"), published("two", kid="2")]
    assert read(token("two", kid="2"), one, both) == [False, True]


def test_a_key_that_took_the_name_of_another_is_asked_for() -> None:
    """Some issuers have one key without a name, or keep the name when they replace the key."""
    assert read(token("two"), [published("one")], [published("two")]) == [False, True]
    before, after = [published("one", kid="1")], [published("two", kid="1")]
    assert read(token("two", kid="1"), before, after) == [False, True]


@pytest.mark.parametrize("after", ["one", "three"])
def test_a_forged_signature_stays_one(after: str) -> None:
    with pytest.raises(ProviderError, match="signature"):
        read(token("two", kid="1"), [published("one", kid="1")], [published(after, kid="1")])


@pytest.mark.parametrize("odd", [{"crv": "P-257"}, {"x": "!"}, {"x": 5}, {"y": ""}])
def test_a_key_that_is_none_is_no_error_of_ours(odd: Mapping[str, Any]) -> None:
    with pytest.raises(ProviderError, match="unusable key"):
        read(token("one"), [{**published("one"), **odd}], [])
