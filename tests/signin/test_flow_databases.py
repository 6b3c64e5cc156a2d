"""A whole sign-in on each kind of database: used up once, redeemed once, kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from database_support import Databases
from sqlalchemy import select

from commentkit import sites
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.errors import CommentKitError
from commentkit.ids import s256
from commentkit.model import Attempt, Database, Identity, Token
from commentkit.people import tokens
from commentkit.people.viewer import Viewer
from commentkit.rules import SiteRules
from commentkit.settings import Settings
from commentkit.signin import flow, tickets
from commentkit.signin.attempts import HeldAttempt
from commentkit.signin.flow import Services, Start, Started
from commentkit.signin.http import HttpClient, NetworkInTransaction, forbid_network
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import (
    Begun,
    Claims,
    ProblemKind,
    Profile,
    Provider,
    ProviderError,
    RoundTrip,
)
from commentkit.sites import KnownSite

NOW = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)
BLOG = "https://blog.example"
VERIFIER = "v" * 43
SETTINGS = Settings(
    public_url="https://comments.example", secret_key="a secret of the tests", limits={}
)


@dataclass(frozen=True, kw_only=True)
class Oracle(Provider):
    """Vouches for whoever the callback names, and checks what binds both legs."""

    name: str = "oracle"
    label: str = "Oracle"
    issuer: str = "https://oracle.example"
    picture_alt: str = "Photo"
    choice_setting: ClassVar[str] = "PROMPT"

    def begin(self, trip: RoundTrip, *, switch: bool, language: str) -> Begun:
        seen = {"state": trip.state, "nonce": trip.nonce, "verifier": trip.code_verifier}
        return Begun(f"{self.issuer}/?{urlencode(seen)}", trip.state, "kept")

    def finish(self, trip: RoundTrip, *, params: Mapping[str, str], secret: str | None) -> Profile:
        assert (params["nonce"], params["verifier"], secret) == (
            trip.nonce,
            trip.code_verifier,
            "kept",
        )
        if "problem" in params:
            raise ProviderError(cast("ProblemKind", params["problem"]), "as asked")
        return self.profile(params)

    def profile(self, claims: Claims) -> Profile:
        return Profile(subject=claims["who"], name=claims["who"])


ORACLE = Oracle(client_id="id", client_secret="secret")


@dataclass
class Stage:
    database: Database
    site: KnownSite
    services: Services

    def begin(self, now: datetime = NOW, *, switch: bool = False) -> tuple[Started, dict[str, str]]:
        start = Start(
            mode="popup",
            origin=BLOG,
            aid="a" * 22,
            challenge=s256(VERIFIER),
            language="it",
            switch=switch,
        )
        started = flow.begin(
            self.database,
            site=self.site,
            provider=ORACLE,
            start=start,
            services=self.services,
            redirect_uri="https://comments.example/callback/oracle",
            settings=SETTINGS,
            now=now,
        )
        return started, dict(parse_qsl(urlsplit(started.url).query))

    def callback(
        self, started: Started, params: Mapping[str, str], now: datetime = NOW
    ) -> flow.Finished:
        return flow.callback(
            self.database,
            provider=ORACLE,
            params=params,
            held=[HeldAttempt(self.site.id, started.attempt_id, started.cookie)],
            services=self.services,
            redirect_uri="https://comments.example/callback/oracle",
            settings=SETTINGS,
            now=now,
        )

    def sign_in(self, who: str, now: datetime = NOW) -> flow.Finished:
        started, params = self.begin(now)
        return self.callback(started, {**params, "who": who}, now)


@pytest.fixture
def stage(databases: Databases) -> Stage:
    database = Database(databases.engine(), around=forbid_network)
    with database.begin() as db:
        site = sites.add(
            db,
            name="blog",
            title="Blog",
            language="it",
            origins=[BLOG],
            rules=SiteRules(),
            now=NOW,
        )
    return Stage(database, site, Services(HttpClient(), MetadataCache()))


def redeem(
    stage: Stage, ticket: str, now: datetime = NOW, **changes: str
) -> tickets.Redeemed | None:
    asked = {"aid": "a" * 22, "verifier": VERIFIER, "origin": BLOG, **changes}
    with stage.database.begin() as db:
        return tickets.redeem(db, site_id=stage.site.id, ticket=ticket, now=now, **asked)


def mint(stage: Stage, finished: flow.Finished, now: datetime = NOW) -> str:
    with stage.database.begin() as db:
        return tickets.mint(db, finished.attempt, settings=SETTINGS, now=now)


def refused(code: str) -> pytest.RaisesExc[CommentKitError]:
    return pytest.raises(CommentKitError, match=f"^{code}$")


def test_a_person_signs_in(stage: Stage) -> None:
    finished = stage.sign_in("Anna")
    assert finished.error is None
    assert finished.identity is not None
    assert (finished.attempt.outcome, finished.attempt.used_at) == ("done", NOW)
    assert finished.attempt.provider_secret is None
    redeemed = redeem(stage, mint(stage, finished))
    assert redeemed is not None
    assert (redeemed.identity.subject, redeemed.identity.issuer) == ("Anna", ORACLE.issuer)


def test_what_the_database_holds_finishes_no_sign_in(stage: Stage) -> None:
    started, params = stage.begin()
    with stage.database.read() as db:
        row = db.scalars(select(Attempt)).one()
        kept = {name: getattr(row, name) for name in Attempt.__table__.columns.keys()}  # noqa: SIM118 - columns, not a dict
    secrets = {started.cookie, params["nonce"], params["verifier"], params["state"]}
    assert not secrets & {str(value) for value in kept.values()}


def test_an_attempt_is_used_once(stage: Stage) -> None:
    started, params = stage.begin()
    assert stage.callback(started, {**params, "who": "Anna"}).identity
    with refused("attempt_expired"):
        stage.callback(started, {**params, "who": "Anna"})


def test_an_attempt_expires(stage: Stage) -> None:
    started, params = stage.begin()
    with refused("attempt_expired"):
        stage.callback(started, {**params, "who": "Anna"}, NOW + timedelta(seconds=600))


@pytest.mark.parametrize("wrong", ["state", "cookie", "id", "site", "nothing held"])
def test_only_the_browser_that_began_may_finish(wrong: str, stage: Stage) -> None:
    started, params = stage.begin()
    held = HeldAttempt(stage.site.id, started.attempt_id, started.cookie)
    held = {
        "cookie": replace(held, secret="x"),
        "id": replace(held, attempt_id=1),
        "site": replace(held, site_id=1),
    }.get(wrong, held)
    given = {**params, "state": "x"} if wrong == "state" else params
    with refused("attempt_foreign"):
        flow.callback(
            stage.database,
            provider=ORACLE,
            params=given,
            held=[] if wrong == "nothing held" else [held],
            services=stage.services,
            redirect_uri="https://comments.example/callback/oracle",
            settings=SETTINGS,
            now=NOW,
        )
    assert stage.callback(started, {**params, "who": "Anna"}).identity  # it is not used up


def test_a_problem_is_told_and_ends_the_attempt(stage: Stage) -> None:
    started, params = stage.begin()
    finished = stage.callback(started, {**params, "problem": "unavailable"})
    assert finished.identity is None
    assert finished.error == CommentKitError("provider_unavailable", {"provider": "Oracle"})
    assert finished.attempt.outcome == "provider_unavailable"
    with refused("ticket_invalid"):
        mint(stage, finished)


@pytest.mark.parametrize(
    ("switch", "problem", "told"),
    [
        (True, "misconfigured", True),
        (True, "bad_answer", True),
        (True, "cancelled", False),
        (True, "unavailable", False),
        (False, "misconfigured", False),
    ],
)
def test_the_owner_is_told_what_may_have_been_too_much_to_ask(
    stage: Stage, caplog: pytest.LogCaptureFixture, switch: bool, problem: str, told: bool
) -> None:
    started, params = stage.begin(switch=switch)
    stage.callback(started, {**params, "problem": problem})
    assert ("set COMMENTKIT_ORACLE_PROMPT" in caplog.text) == told


def test_a_second_sign_in_renews_the_profile(stage: Stage) -> None:
    first = stage.sign_in("Anna").identity
    second = stage.sign_in("Anna", NOW + timedelta(days=1)).identity
    assert first is not None
    assert second is not None
    assert (first.id, first.account_id) == (second.id, second.account_id)
    assert second.seen_at == NOW + timedelta(days=1)


def test_old_attempts_are_forgotten(stage: Stage) -> None:
    mint(stage, stage.sign_in("Anna"))
    stage.begin(NOW + timedelta(days=2))
    tidy(stage.database, CHORES, now=NOW + timedelta(days=2))
    with stage.database.read() as db:
        assert len(db.scalars(select(Attempt)).all()) == 1


def test_a_new_ticket_takes_the_place_of_the_old(stage: Stage) -> None:
    finished = stage.sign_in("Anna")
    old, new = mint(stage, finished), mint(stage, finished)
    with refused("ticket_invalid"):
        redeem(stage, old)
    assert redeem(stage, new)
    with refused("ticket_invalid"):
        mint(stage, finished)


def test_a_finished_attempt_gives_no_ticket_for_ever(stage: Stage) -> None:
    finished = stage.sign_in("Anna")
    with refused("attempt_expired"):
        mint(stage, finished, NOW + timedelta(seconds=1_200))


def test_a_ticket_waits_a_minute(stage: Stage) -> None:
    ticket = mint(stage, stage.sign_in("Anna"))
    with refused("ticket_expired"):
        redeem(stage, ticket, NOW + timedelta(seconds=60))
    assert redeem(stage, ticket, NOW + timedelta(seconds=59))


@pytest.mark.parametrize(
    "changes",
    [{"origin": "https://evil.example"}, {"origin": f"{BLOG}/"}, {"aid": "b" * 22}, {"aid": ""}],
)
def test_a_ticket_of_somewhere_else_stays_whole(changes: dict[str, str], stage: Stage) -> None:
    ticket = mint(stage, stage.sign_in("Anna"))
    with refused("ticket_invalid"):
        redeem(stage, ticket, **changes)
    assert redeem(stage, ticket)


@pytest.mark.parametrize("verifier", ["w" * 43, "", "v" * 42, "v" * 129, "è" * 43, "\ud800" * 43])
def test_a_wrong_verifier_ends_the_ticket(verifier: str, stage: Stage) -> None:
    ticket = mint(stage, stage.sign_in("Anna"))
    assert redeem(stage, ticket, verifier=verifier) is None
    assert redeem(stage, ticket) is None


def test_a_second_redemption_ends_the_token(stage: Stage) -> None:
    ticket = mint(stage, stage.sign_in("Anna"))
    redeemed = redeem(stage, ticket)
    assert redeemed is not None
    with stage.database.begin() as db:
        issued = tokens.issue(
            db,
            identity=db.merge(redeemed.identity, load=False),
            previous=Viewer(site_id=stage.site.id),
            transport="bearer",
            origin=BLOG,
            persistent=True,
            settings=SETTINGS,
            now=NOW,
        )
        assert issued.viewer.token is not None
        tickets.remember_token(
            db,
            site_id=stage.site.id,
            ticket_id=redeemed.ticket_id,
            token_id=issued.viewer.token.id,
        )
    later = NOW + timedelta(hours=1)
    assert redeem(stage, ticket, later) is None
    with stage.database.read() as db:
        assert [token.revoked_at for token in db.scalars(select(Token))] == [later]


def test_another_sites_ticket_is_unknown(stage: Stage) -> None:
    ticket = mint(stage, stage.sign_in("Anna"))
    with stage.database.begin() as db, refused("ticket_invalid"):
        tickets.redeem(
            db,
            site_id=stage.site.id + 1,
            aid="a" * 22,
            ticket=ticket,
            verifier=VERIFIER,
            origin=BLOG,
            now=NOW,
        )


def test_no_transaction_is_open_while_the_provider_is_asked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def finish(self: Oracle, trip: RoundTrip, **_: object) -> Profile:
        with pytest.raises(Exception, match="refused_address"):
            trip.http.get("https://127.0.0.1/")
        asked.append("outside")
        return Profile(subject="Anna", name="Anna")

    monkeypatch.setattr(Oracle, "finish", finish)
    assert stage.sign_in("Anna").identity
    with stage.database.begin(), pytest.raises(NetworkInTransaction):
        stage.services.http.get("https://127.0.0.1/")
    assert asked == ["outside"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("state", "a"), ("state", "b")],
        [("code", "x" * 9_000)],
        [(f"p{number}", "") for number in range(30)],
    ],
)
def test_parameters_that_no_provider_sends(pairs: list[tuple[str, str]]) -> None:
    with refused("link_invalid"):
        flow.read_params(pairs)


def test_parameters_are_read() -> None:
    assert flow.read_params([("state", "a"), ("code", "")]) == {"state": "a", "code": ""}


def test_identities_stay_in_their_site(stage: Stage) -> None:
    stage.sign_in("Anna")
    with stage.database.read() as db:
        assert {one.site_id for one in db.scalars(select(Identity))} == {stage.site.id}
