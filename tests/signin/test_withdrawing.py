"""A consent that a provider wants withdrawn: kept sealed, and withdrawn when its person goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from database_support import Databases, everything_in
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from world import BLOG, PAGE_URL, Clock, Verbs, World, make_world

from commentkit import ids
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.delivery.outbox import Delivered, deliver_due
from commentkit.delivery.parcels import LAST_TRY, Parcel, Undeliverable
from commentkit.model import AccountChange, Consent, Identity, Outbox
from commentkit.people import accounts, changes, consents, erasing, holdings, linking
from commentkit.people.accounts import Vouched
from commentkit.people.consents import WITHDRAW
from commentkit.signin.providers.apple import Apple
from commentkit.testing.lies import LIES
from commentkit.testing.rehearsal import CLIENT_ID, NOW, Rehearsal, Script
from commentkit.testing.scripted_provider import Reply, json_reply, scripted_provider

SECURE = "https://comments.example.org"
CODE = "canary-code"
DONE = Reply(200, b"")
REVOKE = "/auth/revoke"
MONTH = timedelta(days=30)


@dataclass
class Orchard:
    """A comment server with Apple's sign-in, and what its people do."""

    world: World
    verbs: Verbs
    play: Rehearsal
    key: ECKey

    def sign_in(self, who: str = "anna", token: str | None = "canary-refresh-1") -> Identity:
        """Sign in the whole way; Apple gives that token to keep."""
        given = {} if token is None else {"refresh_token": token}
        self.play.script = Script(token_answer=given)
        self.play.recorded = {"sub": f"001473.{who}", "email": f"{who}@example.org"}
        self.play.peer.notes["signed"] = json.dumps(self.play.recorded)
        query = {
            "aid": "a" * 22,
            "challenge": ids.s256("v" * 43),
            "origin": BLOG,
            "mode": "popup",
            "url": PAGE_URL,
        }
        browser = self.world.app.test_client()
        address = f"/commentkit/blog/sign-in/apple?{urlencode(query)}"
        started = browser.get(address, base_url=SECURE)
        asked = dict(parse_qsl(urlsplit(started.headers["Location"]).query))
        self.play.peer.notes[CODE] = asked["nonce"]
        form = {"state": asked["state"], "code": CODE}
        page = browser.post("/commentkit/callback/apple", base_url=SECURE, data=form)
        assert page.status_code == 200, page.text
        with self.world.kit.database.read() as db:
            named = Identity.subject == f"001473.{who}"
            return db.scalars(select(Identity).where(named)).one()

    def other_way(self, account_id: int) -> Identity:
        """Link another provider's identity, so that Apple's is not the last."""
        who = Vouched(provider="x", issuer="https://x.example", subject="x", name="Anna")
        with self.world.kit.database.begin() as db:
            return linking.link(
                db,
                site_id=self.world.site.id,
                account_id=account_id,
                who=who,
                now=self.world.clock(),
            ).identity

    def erase(self, identity: Identity) -> None:
        viewer = self.verbs.viewer(identity)
        with self.world.kit.database.begin() as db:
            account_id = db.get_one(Identity, (identity.site_id, identity.id)).account_id
            erasing.erase(db, viewer, account_id=account_id, now=self.world.clock())

    def unlink(self, identity: Identity) -> AccountChange:
        viewer = self.verbs.viewer(identity)
        with self.world.kit.database.begin() as db:
            return linking.unlink(
                db,
                viewer,
                account_id=identity.account_id,
                identity_id=identity.id,
                now=self.world.clock(),
            )

    def undo(self, change: AccountChange, identity: Identity) -> None:
        viewer = self.verbs.viewer(identity)
        with self.world.kit.database.begin() as db:
            changes.undo(db, viewer, change_id=change.id, now=self.world.clock())

    def deliver(self) -> Delivered:
        kit = self.world.kit
        return deliver_due(kit.database, kit.handlers, now=self.world.clock())

    def consents(self) -> list[Consent]:
        with self.world.kit.database.read() as db:
            return list(db.scalars(select(Consent)))

    def parcels(self) -> list[Outbox]:
        with self.world.kit.database.read() as db:
            return list(db.scalars(select(Outbox)))

    def asked(self) -> list[str]:
        """List the tokens that Apple was asked to end."""
        return [call.form["token"] for call in self.play.peer.at(REVOKE)]


@pytest.fixture
def orchard(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Orchard]:
    clock, key = Clock(NOW), ECKey.generate_key("P-256")
    with scripted_provider() as peer:
        apple = Apple(base_url=peer.url, team_id="TEAM123456", key_id="KEY1234567")
        apple = apple.with_credentials(CLIENT_ID, key.as_pem(private=True).decode())
        play = Rehearsal(apple, peer, {"sub": "001473.anna"}, lie="now")
        monkeypatch.setitem(LIES, "now", partial(_signed_at, clock))
        peer.say(REVOKE, DONE)
        world = make_world(
            tmp_path,
            clock=clock,
            PROVIDERS=[apple],
            COMMENTKIT_PUBLIC_URL=SECURE,
            COMMENTKIT_LOOPBACK_SERVICES=True,
        )
        yield Orchard(world, Verbs(world), play, key)


def _signed_at(clock: Clock, claims: dict[str, Any]) -> None:
    at = int(clock().timestamp())
    claims.update(iat=at, exp=at + 60)


def test_the_token_is_kept_sealed(orchard: Orchard) -> None:
    anna = orchard.sign_in()
    (consent,) = orchard.consents()
    assert (consent.identity_id, consent.provider) == (anna.id, "apple")
    assert consent.withdraw_at is None
    assert "canary-refresh" not in everything_in(orchard.world.kit.database.engine)
    assert "canary-refresh" not in repr(orchard.play.sign_in())


def test_who_is_erased_is_withdrawn_there_and_then_forgotten(orchard: Orchard) -> None:
    anna = orchard.sign_in()
    orchard.world.clock.move(minutes=9)
    orchard.erase(anna)
    assert orchard.asked() == [], "never in a visitor's request"
    (consent,), (parcel,) = orchard.consents(), orchard.parcels()
    assert consent.identity_id is None
    assert parcel.payload == {"consent": consent.id}
    assert orchard.deliver() == Delivered(done=1)
    (call,) = orchard.play.peer.at(REVOKE)
    secret = jwt.decode(call.form.pop("client_secret"), orchard.key, algorithms=["ES256"])
    assert secret.claims["iat"] == int(orchard.world.clock().timestamp())
    assert call.form == {
        "client_id": CLIENT_ID,
        "token": "canary-refresh-1",
        "token_type_hint": "refresh_token",
    }
    assert orchard.consents() == []
    assert orchard.deliver() == Delivered()


def test_the_last_token_is_the_one(orchard: Orchard) -> None:
    """Ending the first would end the consent that the second one came with."""
    orchard.sign_in()
    anna = orchard.sign_in(token="canary-refresh-2")
    assert len(orchard.consents()) == 1
    orchard.erase(anna)
    orchard.deliver()
    assert orchard.asked() == ["canary-refresh-2"]


def test_a_sign_in_without_a_token_leaves_the_one_before(
    orchard: Orchard, caplog: pytest.LogCaptureFixture
) -> None:
    orchard.sign_in()
    anna = orchard.sign_in(token=None)
    assert "gave no token to withdraw" in caplog.text
    orchard.erase(anna)
    orchard.deliver()
    assert orchard.asked() == ["canary-refresh-1"]


def test_who_gave_no_token_ever_is_erased_all_the_same(orchard: Orchard) -> None:
    orchard.erase(orchard.sign_in(token=None))
    assert (orchard.consents(), orchard.parcels()) == ([], [])


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(503, b""),
        json_reply({"error": "invalid_client"}, 400),
        Reply(302, b"", {"Location": "http://169.254.169.254/"}),
    ],
)
def test_a_refusal_is_tried_again(orchard: Orchard, trouble: Reply) -> None:
    orchard.erase(orchard.sign_in())
    orchard.play.peer.say(REVOKE, trouble)
    assert orchard.deliver() == Delivered(retried=1)
    assert len(orchard.consents()) == 1
    (parcel,) = orchard.parcels()
    assert parcel.last_error is not None
    assert "apple" in parcel.last_error
    assert "canary" not in parcel.last_error
    orchard.play.peer.say(REVOKE, DONE)
    orchard.world.clock.move(minutes=1)
    assert orchard.deliver() == Delivered(done=1)
    assert orchard.consents() == []


def test_after_the_last_try_it_is_forgotten(orchard: Orchard) -> None:
    orchard.erase(orchard.sign_in())
    orchard.play.peer.say(REVOKE, Reply(503, b""))
    with orchard.world.kit.database.begin() as db:
        db.scalars(select(Outbox)).one().tries = LAST_TRY - 1
    assert orchard.deliver() == Delivered(failed=1)
    assert orchard.consents() == []


def test_after_the_last_try_it_is_forgotten_whatever_went_wrong(orchard: Orchard) -> None:
    """Also what nobody foresaw, as in an adapter of somebody else's."""
    orchard.erase(orchard.sign_in())
    kit = orchard.world.kit
    withdrawal: Any = kit.handlers[WITHDRAW]
    broken = {WITHDRAW: replace(withdrawal, providers={"apple": object()})}
    with kit.database.begin() as db:
        db.scalars(select(Outbox)).one().tries = LAST_TRY - 2
    assert deliver_due(kit.database, broken, now=kit.clock()) == Delivered(retried=1)
    assert len(orchard.consents()) == 1
    orchard.world.clock.move(days=1)
    assert deliver_due(kit.database, broken, now=kit.clock()) == Delivered(failed=1)
    assert orchard.consents() == []


def test_what_another_secret_key_sealed_is_given_up(orchard: Orchard) -> None:
    orchard.erase(orchard.sign_in())
    (consent,) = orchard.consents()
    withdrawal: Any = orchard.world.kit.handlers[WITHDRAW]
    moved = replace(withdrawal, secret_key="another secret of the tests")
    parcel = Parcel(consent.site_id, 1, WITHDRAW, {"consent": consent.id}, 1)
    with pytest.raises(Undeliverable, match="another secret key"):
        moved(parcel)
    assert orchard.consents() == []
    assert orchard.asked() == []


def test_without_its_provider_it_waits_and_is_forgotten_in_the_end(orchard: Orchard) -> None:
    orchard.erase(orchard.sign_in())
    kit = orchard.world.kit
    withdrawal: Any = kit.handlers[WITHDRAW]
    gone = {WITHDRAW: replace(withdrawal, providers={})}
    assert deliver_due(kit.database, gone, now=kit.clock()) == Delivered(retried=1)
    orchard.world.clock.move(days=30)
    tidy(kit.database, CHORES, now=kit.clock())
    assert len(orchard.consents()) == 1
    orchard.world.clock.move(seconds=1)
    tidy(kit.database, CHORES, now=kit.clock())
    assert orchard.consents() == []
    assert deliver_due(kit.database, gone, now=kit.clock()) == Delivered(done=1)


def taken_out(orchard: Orchard) -> tuple[Identity, Identity, AccountChange]:
    anna = orchard.sign_in()
    other = orchard.other_way(anna.account_id)
    return anna, other, orchard.unlink(anna)


def test_what_is_taken_out_is_withdrawn_once_that_cannot_be_undone(orchard: Orchard) -> None:
    taken_out(orchard)
    orchard.world.clock.now += MONTH - timedelta(microseconds=1)
    assert orchard.deliver() == Delivered()
    orchard.world.clock.now += timedelta(microseconds=1)
    assert orchard.deliver() == Delivered(done=1)
    assert orchard.asked() == ["canary-refresh-1"]
    assert orchard.consents() == []


def undone(orchard: Orchard, other: Identity, change: AccountChange) -> None:
    orchard.undo(change, other)


def came_back(orchard: Orchard, _other: Identity, _change: AccountChange) -> None:
    orchard.sign_in(token="canary-refresh-2")


def came_back_without(orchard: Orchard, _other: Identity, _change: AccountChange) -> None:
    orchard.sign_in(token=None)


@pytest.mark.parametrize("back", [undone, came_back, came_back_without])
def test_who_is_back_by_then_keeps_their_consent(
    orchard: Orchard, back: Callable[[Orchard, Identity, AccountChange], None]
) -> None:
    _, other, change = taken_out(orchard)
    orchard.world.clock.move(days=3)
    back(orchard, other, change)
    orchard.world.clock.now += MONTH
    assert orchard.deliver() == Delivered(done=1)
    assert orchard.asked() == []
    assert [row.withdraw_at for row in orchard.consents()] == [None]


def test_who_goes_again_has_a_month_again(orchard: Orchard) -> None:
    anna, other, change = taken_out(orchard)
    orchard.world.clock.move(days=3)
    orchard.undo(change, other)
    orchard.unlink(anna)
    orchard.world.clock.move(days=27)
    assert orchard.deliver() == Delivered(done=1)
    assert orchard.asked() == []
    orchard.world.clock.move(days=3)
    orchard.deliver()
    assert orchard.asked() == ["canary-refresh-1"]


def test_a_link_that_is_undone_is_as_good_as_taken_out(orchard: Orchard) -> None:
    anna = orchard.sign_in()
    other = orchard.other_way(anna.account_id)
    with orchard.world.kit.database.begin() as db:
        anna = db.get_one(Identity, (anna.site_id, anna.id))
        change = changes.note(
            db,
            site_id=anna.site_id,
            kind=changes.LINK,
            account_id=anna.account_id,
            other=None,
            identities=[anna],
            now=orchard.world.clock(),
        )
    orchard.undo(change, other)
    orchard.world.clock.now += MONTH
    orchard.deliver()
    assert orchard.asked() == ["canary-refresh-1"]


def test_merged_accounts_keep_it_and_are_withdrawn_when_they_go(orchard: Orchard) -> None:
    luca = orchard.verbs.identity("Luca")
    orchard.world.clock.move(seconds=1)
    anna = orchard.sign_in()
    viewer = orchard.verbs.viewer(luca, anna)
    with orchard.world.kit.database.begin() as db:
        change = linking.merge(
            db, viewer, one=luca.account_id, other=anna.account_id, now=orchard.world.clock()
        )
    assert orchard.parcels() == []
    orchard.undo(change, luca)
    assert [row.withdraw_at for row in orchard.consents()] == [None]
    viewer = orchard.verbs.viewer(luca, anna)
    with orchard.world.kit.database.begin() as db:
        linking.merge(
            db, viewer, one=luca.account_id, other=anna.account_id, now=orchard.world.clock()
        )
    orchard.erase(luca)
    orchard.deliver()
    assert orchard.asked() == ["canary-refresh-1"]


def test_who_comes_back_while_apple_is_asked_keeps_the_new_one(orchard: Orchard) -> None:
    taken_out(orchard)
    orchard.world.clock.now += MONTH

    def meanwhile(_call: object) -> Reply:
        orchard.sign_in(token="canary-refresh-2")
        return DONE

    orchard.play.peer.answers[REVOKE] = meanwhile
    assert orchard.deliver() == Delivered(done=1)
    assert [row.withdraw_at for row in orchard.consents()] == [None]


def test_the_download_says_that_there_is_one_and_not_which(orchard: Orchard) -> None:
    anna = orchard.sign_in()
    kit = orchard.world.kit
    told = holdings.read(kit.database, site_id=anna.site_id, account_id=anna.account_id)
    (row,) = [row for name, row in told if name == "consents"]
    assert row["provider"] == "apple"
    assert "sealed_token" not in row


def test_where_no_provider_keeps_a_token_nothing_looks_for_one(
    tmp_path: Path, databases: Databases
) -> None:
    assert WITHDRAW not in make_world(tmp_path).kit.handlers


def test_who_signs_in_twice_at_once_has_one_consent(orchard: Orchard) -> None:
    kit, site_id = orchard.world.kit, orchard.world.site.id
    who = Vouched(provider="apple", issuer="https://id.example", subject="1", name="Anna")

    def sign_in(number: int) -> None:
        now = orchard.world.clock() + timedelta(seconds=number)

        def work(db: Session) -> None:
            identity = accounts.sign_in(db, site_id=site_id, who=who, now=now)
            consents.keep(db, identity, f"sealed {number}", now=now)

        kit.database.write(work, repeatable=True)

    sign_in(0)
    with kit.database.begin() as db:
        db.execute(delete(Consent).where(Consent.site_id == site_id))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sign_in, range(1, 5)))
    assert len(orchard.consents()) == 1
