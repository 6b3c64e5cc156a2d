"""One person: linked, merged, unlinked, undone; and what none of it may give or take."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.orm import Session
from world import PAGE_URL, Verbs, World

from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.errors import CommentKitError
from commentkit.model import Account, AccountChange, Comment, Identity
from commentkit.people import accounts, changes, linking, tokens
from commentkit.people.accounts import Vouched
from commentkit.people.linking import Linked
from commentkit.people.viewer import Viewer


class People:
    """What a person does on their account page, without the page."""

    def __init__(self, world: World, verbs: Verbs) -> None:
        self.world, self.verbs = world, verbs

    def two(self) -> tuple[Identity, Identity]:
        """Anna's account is the older one."""
        anna = self.verbs.identity("Anna")
        self.world.clock.move(seconds=1)
        return anna, self.verbs.identity("Luca")

    def link(self, account_id: int, subject: str) -> Linked:
        who = Vouched(provider="x", issuer="https://x.example", subject=subject, name=subject)
        with self.world.kit.database.begin() as db:
            return linking.link(
                db,
                site_id=self.world.site.id,
                account_id=account_id,
                who=who,
                now=self.world.clock(),
            )

    def merge(self, viewer: Viewer, one: Identity, other: Identity) -> AccountChange:
        with self.world.kit.database.begin() as db:
            return linking.merge(
                db, viewer, one=one.account_id, other=other.account_id, now=self.world.clock()
            )

    def unlink(self, viewer: Viewer, account_id: int, identity: Identity) -> AccountChange:
        with self.world.kit.database.begin() as db:
            return linking.unlink(
                db,
                viewer,
                account_id=account_id,
                identity_id=identity.id,
                now=self.world.clock(),
            )

    def undo(self, viewer: Viewer, change: AccountChange) -> AccountChange:
        with self.world.kit.database.begin() as db:
            return changes.undo(db, viewer, change_id=change.id, now=self.world.clock())

    def set(self, identity: Identity, **values: object) -> None:
        with self.world.kit.database.begin() as db:
            account = self.account(identity.account_id, db)
            for name, value in values.items():
                setattr(account, name, value)

    def account(self, account_id: int, db) -> Account:  # type: ignore[no-untyped-def]
        return db.get_one(Account, (self.world.site.id, account_id))

    def again(self, identity: Identity) -> Identity:
        with self.world.kit.database.read() as db:
            return db.get_one(Identity, (identity.site_id, identity.id))

    def role_of(self, identity: Identity) -> str:
        with self.world.kit.database.read() as db:
            return self.account(self.again(identity).account_id, db).role

    def refused(self, code: str, act: Callable[..., object], *args: object) -> None:
        with pytest.raises(CommentKitError) as refusal:
            act(*args)
        assert refusal.value.code == code


@pytest.fixture
def people(world: World, verbs: Verbs) -> People:
    return People(world, verbs)


def test_a_new_identity_joins_the_account(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    linked = people.link(anna.account_id, "annab")
    assert linked.change is not None
    assert linked.identity.account_id == anna.account_id
    again = people.link(anna.account_id, "annab")
    assert (again.identity.id, again.change, again.taken) == (linked.identity.id, None, False)


def test_somebody_elses_identity_stays_theirs(people: People, verbs: Verbs) -> None:
    anna, luca = people.two()
    theirs = people.link(luca.account_id, "lucab").identity
    taken = people.link(anna.account_id, "lucab")
    assert taken.taken
    assert taken.change is None
    assert people.again(theirs).account_id == luca.account_id


def test_nobody_links_to_an_account_that_is_blocked(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    people.set(anna, blocked_at=people.world.clock())
    people.refused("blocked", people.link, anna.account_id, "annab")


def test_a_merge_takes_proof_of_both_a_moment_ago(people: People, verbs: Verbs) -> None:
    anna, luca = people.two()
    people.refused("account_signed_out", people.merge, verbs.viewer(anna), anna, luca)
    viewer = verbs.viewer(anna)
    people.world.clock.move(minutes=10, seconds=1)
    with people.world.kit.database.begin() as db:
        viewer = tokens.issue(
            db,
            identity=luca,
            previous=viewer,
            transport="page",
            origin="http://127.0.0.1:8000",
            persistent=True,
            settings=people.world.kit.settings,
            now=people.world.clock(),
        ).viewer
    assert viewer.is_fresh(luca.account_id, people.world.clock())
    people.refused("proof_needed", people.merge, viewer, anna, luca)
    assert people.again(luca).account_id == luca.account_id


def test_comments_follow_and_come_back(people: People, verbs: Verbs) -> None:
    anna, luca = people.two()
    own, other = verbs.post(anna, "Mine"), verbs.post(luca, "Mine too")
    elsewhere = verbs.post(luca, "There", url=f"{PAGE_URL}?b")
    before = verbs.thread_now().version, verbs.thread_now(f"{PAGE_URL}?b").version
    viewer = verbs.viewer(anna, luca)
    change = people.merge(viewer, anna, luca)
    assert {c.account_id for c in map(verbs.again, (own, other, elsewhere))} == {anna.account_id}
    after = verbs.thread_now().version, verbs.thread_now(f"{PAGE_URL}?b").version
    assert after == (before[0] + 1, before[1] + 1)
    written = people.world.kit.database.written
    assert written.of((people.world.site.id, other.thread_id)) == after[0]
    people.undo(viewer, change)
    assert people.again(luca).account_id == luca.account_id
    assert verbs.again(own).account_id == anna.account_id
    assert {verbs.again(c).account_id for c in (other, elsewhere)} == {luca.account_id}
    people.refused("undo_over", people.undo, viewer, change)


@pytest.mark.parametrize(("older", "newer"), [("member", "moderator"), ("owner", "moderator")])
def test_the_account_with_more_rights_stays_and_no_undo_restores_lost_ones(
    people: People, verbs: Verbs, older: str, newer: str
) -> None:
    anna, luca = people.two()
    people.set(anna, role=older)
    people.set(luca, role=newer)
    viewer = verbs.viewer(anna, luca)
    change = people.merge(viewer, anna, luca)
    stays, goes = (luca, anna) if older == "member" else (anna, luca)
    assert change.account_id == stays.account_id
    assert people.role_of(goes) == people.role_of(stays)
    people.set(stays, role="member")  # what was lost meanwhile stays lost
    people.undo(verbs.viewer(*map(people.again, (anna, luca))), change)
    assert {people.role_of(anna), people.role_of(luca)} == {"member"}


@pytest.mark.parametrize("which", [0, 1])
def test_no_block_is_washed_away(people: People, verbs: Verbs, which: int) -> None:
    both = people.two()
    viewer = verbs.viewer(*both)
    change = people.merge(viewer, *both)
    people.undo(viewer, change)
    people.set(both[which], blocked_at=people.world.clock())
    people.refused("blocked", people.merge, viewer, *both)
    linked = people.link(both[1 - which].account_id, "more").identity
    free = people.again(both[1 - which])
    people.unlink(verbs.viewer(free), free.account_id, linked)
    people.set(free, blocked_at=people.world.clock())
    people.refused("blocked", people.unlink, viewer, free.account_id, free)


def test_who_is_blocked_undoes_nothing(people: People, verbs: Verbs) -> None:
    anna, luca = people.two()
    viewer = verbs.viewer(anna, luca)
    change = people.merge(viewer, anna, luca)
    people.set(anna, blocked_at=people.world.clock())
    people.refused("blocked", people.undo, viewer, change)
    assert people.again(luca).account_id == anna.account_id


def test_an_identity_leaves_and_is_signed_out_everywhere(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    x = people.link(anna.account_id, "annab").identity
    comment = verbs.post(x, "As X")
    both, alone = verbs.viewer(anna, x), verbs.viewer(x)
    change = people.unlink(both, anna.account_id, x)
    left = people.again(x)
    assert left.account_id not in (anna.account_id, 0)
    assert verbs.again(comment).account_id == left.account_id
    with people.world.kit.database.read() as db:
        standing = {
            account: tokens.standing(
                db,
                site_id=left.site_id,
                account_id=account,
                settings=people.world.kit.settings,
                now=people.world.clock(),
            )
            for account in (anna.account_id, left.account_id)
        }
    assert both.token is not None
    assert alone.token is not None
    [kept] = standing[anna.account_id]
    assert (kept.id, kept.active_identity_id) == (both.token.id, anna.id)
    assert standing[left.account_id] == []
    people.undo(both, change)
    assert people.again(x).account_id == anna.account_id
    assert verbs.again(comment).account_id == anna.account_id


def test_who_signed_in_since_is_not_taken_back(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    x = people.link(anna.account_id, "annab").identity
    viewer = verbs.viewer(anna)
    change = people.unlink(viewer, anna.account_id, x)
    people.world.clock.move(seconds=1)
    with people.world.kit.database.begin() as db:
        who = Vouched(provider="x", issuer="https://x.example", subject="annab", name="Somebody")
        accounts.sign_in(db, site_id=x.site_id, who=who, now=people.world.clock())
    people.refused("undo_over", people.undo, viewer, change)


def test_the_last_way_in_stays(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    viewer = verbs.viewer(anna)
    people.refused("identity_last", people.unlink, viewer, anna.account_id, anna)
    x = people.link(anna.account_id, "annab")
    people.unlink(verbs.viewer(anna), anna.account_id, anna)
    assert x.change is not None
    people.refused("account_signed_out", people.undo, verbs.viewer(people.again(anna)), x.change)
    people.refused("undo_over", people.undo, verbs.viewer(x.identity), x.change)


def test_a_strangers_change_is_nobodys_to_undo(people: People, verbs: Verbs) -> None:
    anna, luca = people.two()
    linked = people.link(anna.account_id, "annab")
    assert linked.change is not None
    people.refused("account_signed_out", people.undo, verbs.viewer(luca), linked.change)


def test_what_is_old_cannot_be_undone_and_is_forgotten(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    linked = people.link(anna.account_id, "annab")
    assert linked.change is not None
    people.world.clock.move(days=30)
    people.refused("undo_over", people.undo, verbs.viewer(anna), linked.change)
    people.world.clock.move(seconds=1)
    database, now = people.world.kit.database, people.world.clock()
    tidy(database, CHORES, now=now)
    with database.begin() as db:
        assert (
            changes.of_account(db, site_id=anna.site_id, account_id=anna.account_id, now=now) == []
        )
        assert db.query(AccountChange).all() == []


def test_another_sites_account_cannot_be_reached(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    who = Vouched(provider="x", issuer="https://x.example", subject="a", name="A")
    there = {"site_id": people.world.other_site.id, "account_id": anna.account_id}
    with (
        pytest.raises(CommentKitError, match="account_signed_out"),
        people.world.kit.database.begin() as db,
    ):
        linking.link(db, **there, who=who, now=people.world.clock())


def test_a_comment_by_another_identity_stays(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    x = people.link(anna.account_id, "annab").identity
    mine: Comment = verbs.post(anna, "As Anna")
    people.unlink(verbs.viewer(anna), anna.account_id, x)
    assert verbs.again(mine).account_id == anna.account_id


def test_two_at_once_do_not_take_out_both_ways(people: People, verbs: Verbs) -> None:
    anna = verbs.identity()
    x = people.link(anna.account_id, "annab").identity
    viewer, ready = verbs.viewer(anna, x), Barrier(2)

    def take_out(identity: Identity) -> str:
        def work(db: Session) -> str:
            linking.unlink(
                db,
                viewer,
                account_id=anna.account_id,
                identity_id=identity.id,
                now=people.world.clock(),
            )
            return "gone"

        ready.wait(10)
        try:
            return people.world.kit.database.write(work)
        except CommentKitError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(take_out, (anna, x)))
    assert said == ["gone", "identity_last"]
    left = [i for i in map(people.again, (anna, x)) if i.account_id == anna.account_id]
    assert len(left) == 1
