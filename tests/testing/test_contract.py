"""The contract itself: each check fails for an adapter that deserves it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from commentkit.signin.claims import flag, subject, text
from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import (
    Begun,
    Capabilities,
    Claims,
    Endpoints,
    Profile,
    Provider,
    RoundTrip,
)
from commentkit.testing.contract import CLIENT_ID, ProviderContract

PICTURE = "https://club.example/anna.png"
REMEMBERED: dict[str, Claims] = {}


@dataclass(frozen=True, kw_only=True)
class Club(OAuth2):
    """An adapter as it should be (https://club.example/docs, read 2026-11-23)."""

    name: str = "club"
    label: str = "Club"
    issuer: str = "https://club.example"
    base: str = "https://club.example"
    picture_alt: str = "Photo"
    scopes: tuple[str, ...] = ("me",)
    capabilities: Capabilities = field(default=Capabilities())

    def endpoints(self) -> Endpoints:
        return Endpoints(
            authorize=f"{self.base}/go", token=f"{self.base}/token", userinfo=f"{self.base}/me"
        )

    def profile(self, claims: Claims) -> Profile:
        return Profile(
            subject=subject(claims.get("id")),
            name=text(claims.get("name")) or "",
            handle=text(claims.get("login")),
            picture_url=text(claims.get("picture")),
            email=text(claims.get("email")),
            email_verified=flag(claims.get("proven")),
        )


class Contract(ProviderContract):
    recorded = {
        "id": 4711,
        "name": "Anna Bianchi",
        "login": "annab",
        "picture": PICTURE,
        "email": "anna@example.org",
        "proven": True,
    }
    expected = Profile(
        subject="4711",
        name="Anna Bianchi",
        handle="annab",
        picture_url=PICTURE,
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"id": 4711}
    bare_expected = Profile(subject="4711", name="Club")
    email_flags = [["proven"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "me",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    adapter: type[Club] = Club

    def provider(self, base: str) -> Provider:
        return self.adapter(base=base)


class NamedByHandle(Club):
    def profile(self, claims: Claims) -> Profile:
        return replace(super().profile(claims), subject=text(claims.get("login")) or "")


class CountsOnNumbers(Club):
    def profile(self, claims: Claims) -> Profile:
        return replace(super().profile(claims), subject=str(int(claims["id"])))


class BelievesAnyYes(Club):
    def profile(self, claims: Claims) -> Profile:
        return replace(super().profile(claims), email_verified=bool(claims.get("proven")))


class NeedsAName(Club):
    def profile(self, claims: Claims) -> Profile:
        return replace(super().profile(claims), name=claims["name"].title())


class AddsAName(Club):
    def profile(self, claims: Claims) -> Profile:
        return replace(super().profile(claims), name=f"@{claims.get('login')}")


class SendsOn(Club):
    def authorize_url(self, url: str) -> str:
        return url.replace("callback%2Fclub", "callback%2Fother")


class TellsTheSecret(Club):
    def authorize_url(self, url: str) -> str:
        return f"{url}&client_secret={self.client_secret}"


class ForgetsTheProof(Club):
    def ask_token(self, trip: RoundTrip, server: Any, fields: Mapping[str, str]) -> Any:
        kept = {name: value for name, value in fields.items() if name != "code_verifier"}
        return super().ask_token(trip, server, kept)


class LogsTokens(Club):
    def read_claims(self, http: Any, server: Any, token: Claims) -> Claims:
        logging.getLogger("club").info("token %s", token)
        return super().read_claims(http, server, token)


class RemembersPeople(Club):
    def read_claims(self, http: Any, server: Any, token: Claims) -> Claims:
        return REMEMBERED.setdefault("me", super().read_claims(http, server, token))


class HearsNoRefusal(Club):
    def refusal(self, params: Mapping[str, str]) -> str | None:
        return None


class LosesItsAttempt(Club):
    def state_of(self, params: Mapping[str, str]) -> str | None:
        return params.get("attempt")


class AsksForNobodyElse(Club):
    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        begun = super().begin(trip, switch=switch, language=language)
        return replace(begun, url=begun.url + "&prompt=login" * switch)


@pytest.fixture(autouse=True)
def _forget():
    REMEMBERED.clear()


def run(check: str, contract: Contract, **fixtures: Any) -> None:
    with contract.rehearsal() as play:
        getattr(contract, check)(play, **fixtures)


MUTANTS = [
    (NamedByHandle, "test_subject_outlives_every_change"),
    (CountsOnNumbers, "test_subjects_of_every_kind"),
    (BelievesAnyYes, "test_an_email_address_is_proven_only_when_stated"),
    (NeedsAName, "test_missing_optionals_are_missing"),
    (NeedsAName, "test_any_value_may_be_anything"),
    (AddsAName, "test_names_of_every_kind"),
    (AddsAName, "test_recorded_answer_becomes_the_profile"),
    (SendsOn, "test_authorize_url_is_exact"),
    (TellsTheSecret, "test_authorize_url_is_exact"),
    (ForgetsTheProof, "test_redirect_address_and_verifier_are_repeated"),
    (RemembersPeople, "test_two_threads_at_once"),
    (HearsNoRefusal, "test_refusals_are_understood"),
    (LosesItsAttempt, "test_the_callback_names_its_attempt"),
    (AsksForNobodyElse, "test_another_account_is_asked_for"),
]


@pytest.mark.parametrize(
    ("adapter", "check"), MUTANTS, ids=[f"{one.__name__} {check}" for one, check in MUTANTS]
)
def test_a_faulty_adapter_fails(adapter: type[Club], check: str) -> None:
    run(check, Contract())
    REMEMBERED.clear()
    faulty = Contract()
    faulty.adapter = adapter
    with pytest.raises(
        (AssertionError, AttributeError, LookupError, ValueError, pytest.fail.Exception)
    ):
        run(check, faulty)


def test_a_logged_token_is_found(caplog: pytest.LogCaptureFixture) -> None:
    run("test_nothing_secret_is_said", Contract(), caplog=caplog)
    faulty = Contract()
    faulty.adapter = LogsTokens
    with pytest.raises(AssertionError):
        run("test_nothing_secret_is_said", faulty, caplog=caplog)


@pytest.mark.parametrize(
    "wrong",
    [
        {"capabilities": Capabilities(picture=False)},
        {"capabilities": Capabilities(gives_email=False)},
        {"capabilities": Capabilities(email_trust="never")},
    ],
    ids=str,
)
def test_a_promise_that_is_not_kept_is_found(wrong: dict[str, Any]) -> None:
    Contract().test_it_gives_what_it_promises()
    faulty = Contract()
    faulty.provider = lambda base: Club(base=base, **wrong)  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        faulty.test_it_gives_what_it_promises()


def test_an_adapter_without_documents_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.__doc__", "https://club.example/docs, read 2026-11-23")
    Contract().test_its_documents_are_named()
    for said in ("https://club.example/docs", "read 2026-11-23", None):
        monkeypatch.setattr(f"{__name__}.__doc__", said)
        with pytest.raises(AssertionError):
            Contract().test_its_documents_are_named()
