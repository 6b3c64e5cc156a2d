"""Two transactions at one moment: what one ends or moves, the other neither keeps nor loses."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import BLOG, Verbs, World

from commentkit.errors import CommentKitError
from commentkit.model import Comment, Identity
from commentkit.people import (
    accounts,
    changes,
    claims,
    ending,
    erasing,
    host_users,
    linking,
    tokens,
)
from commentkit.people.accounts import GuestDetails, Vouched
from commentkit.people.host_users import AT_HOST, HostUser
from commentkit.people.tokens import Issued
from commentkit.people.viewer import Viewer

T, S = TypeVar("T"), TypeVar("S")
ANNA_B = Vouched(provider="x", issuer="https://x.example", subject="annab", name="Anna B")
SECONDS = 0.3
"""For the second to come as far as it can; where it comes no further, nothing is proven wrong."""


class Moment:
    """One server, and two who act at the same time."""

    def __init__(self, world: World, verbs: Verbs) -> None:
        self.world, self.verbs, self.site_id = world, verbs, world.site.id

    def both(self, first: Callable[[Session], T], second: Callable[[Session], S]) -> tuple[T, S]:
        """Let the second begin once the first has done its work, and before that is committed."""
        database = self.world.kit.database
        with ThreadPoolExecutor(1) as pool:
            with database.begin() as db:
                done = first(db)
                running = pool.submit(database.write, second)
                wait([running], timeout=SECONDS)
            return done, running.result(60)

    def either(
        self, acts: tuple[Callable[[Session], object], Callable[[Session], object]], *, turned: bool
    ) -> None:
        self.both(*(reversed(acts) if turned else acts))

    def linked(self, identity: Identity, who: Vouched = ANNA_B) -> Identity:
        with self.world.kit.database.begin() as db:
            return linking.link(
                db,
                site_id=self.site_id,
                account_id=identity.account_id,
                who=who,
                now=self.world.clock(),
            ).identity

    def renewed(self, db: Session, previous: Viewer, identity: Identity) -> Issued:
        """Sign in with one more in the browser of `previous`."""
        return tokens.issue(
            db,
            identity=identity,
            previous=previous,
            transport="bearer",
            origin=BLOG,
            persistent=True,
            settings=self.world.kit.settings,
            now=self.world.clock(),
        )

    def held(self, account_id: int) -> int:
        """Count where an account is signed in."""
        with self.world.kit.database.read() as db:
            return len(
                tokens.standing(
                    db,
                    site_id=self.site_id,
                    account_id=account_id,
                    settings=self.world.kit.settings,
                    now=self.world.clock(),
                )
            )

    def everywhere(self, identity: Identity) -> Callable[[Session], object]:
        def work(db: Session) -> object:
            return ending.everywhere(
                db,
                site_id=self.site_id,
                account_id=identity.account_id,
                now=self.world.clock(),
            )

        return work

    def unlink(self, viewer: Viewer, account_id: int, identity: Identity) -> Callable[..., object]:
        def work(db: Session) -> object:
            return linking.unlink(
                db,
                viewer,
                account_id=account_id,
                identity_id=identity.id,
                now=self.world.clock(),
            )

        return work


@pytest.fixture
def moment(world: World, verbs: Verbs) -> Moment:
    return Moment(world, verbs)


@pytest.mark.parametrize("turned", [False, True])
def test_no_token_is_carried_on_past_signing_out_everywhere(
    moment: Moment, verbs: Verbs, turned: bool
) -> None:
    anna, luca = verbs.identity("Anna"), verbs.identity("Luca")
    thief = verbs.viewer(anna)
    acts = (moment.everywhere(anna), lambda db: moment.renewed(db, thief, luca))
    moment.either(acts, turned=turned)
    assert moment.held(anna.account_id) == 0
    assert moment.held(luca.account_id) <= 1


def test_a_browser_that_is_signed_out_carries_nothing_on(moment: Moment, verbs: Verbs) -> None:
    anna, luca = verbs.identity("Anna"), verbs.identity("Luca")
    thief = verbs.viewer(anna)
    assert thief.token is not None
    number = thief.token.id

    def end(db: Session) -> None:
        ending.one_browser(
            db,
            site_id=moment.site_id,
            account_id=anna.account_id,
            token_id=number,
            now=moment.world.clock(),
        )

    moment.both(end, lambda db: moment.renewed(db, thief, luca))
    assert moment.held(anna.account_id) == 0


def test_what_was_read_before_it_ended_is_not_taken_along(moment: Moment, verbs: Verbs) -> None:
    anna, gino = verbs.identity("Anna"), verbs.guest()
    before = verbs.viewer(anna)
    with moment.world.kit.database.begin() as db:
        moment.everywhere(anna)(db)
    with moment.world.kit.database.begin() as db:
        issued = moment.renewed(db, before, gino)
    assert [each.id for each in issued.viewer.identities] == [gino.id]


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_taken_out_is_carried_to_no_other_token(
    moment: Moment, verbs: Verbs, turned: bool
) -> None:
    anna, luca = verbs.identity("Anna"), verbs.identity("Luca")
    x = moment.linked(anna)
    owner, thief = verbs.viewer(anna), verbs.viewer(x)
    acts = (moment.unlink(owner, anna.account_id, x), lambda db: moment.renewed(db, thief, luca))
    moment.either(acts, turned=turned)
    with moment.world.kit.database.read() as db:
        left = db.get_one(Identity, (moment.site_id, x.id)).account_id
    assert left != anna.account_id
    assert moment.held(left) == 0


def test_who_is_taken_out_while_waiting_changes_nothing_any_more(
    moment: Moment, verbs: Verbs
) -> None:
    anna, luca = verbs.identity("Anna"), verbs.identity("Luca")
    x = moment.linked(anna)
    owner, thief = verbs.viewer(anna), verbs.viewer(x, luca)

    def merge(db: Session) -> str:
        try:
            linking.merge(
                db, thief, one=anna.account_id, other=luca.account_id, now=moment.world.clock()
            )
        except CommentKitError as error:
            return error.code
        return "merged"

    _, said = moment.both(moment.unlink(owner, anna.account_id, x), merge)
    assert said == "account_signed_out"
    with moment.world.kit.database.read() as db:
        mine = accounts.identities_of(db, site_id=moment.site_id, account_id=anna.account_id)
    assert [each.id for each in mine] == [anna.id]


def test_whom_the_host_names_changes_nothing_once_taken_out(moment: Moment, verbs: Verbs) -> None:
    """They have no token that could be read once more, and were taken at the word read before."""
    anna, now = verbs.identity("Anna"), moment.world.clock()
    who = Vouched(provider=AT_HOST.provider, issuer=AT_HOST.issuer, subject="7", name="Anna")
    at_host = moment.linked(anna, who)
    owner, user = verbs.viewer(anna), HostUser(id="7", name="Anna", signed_in_at=now)
    with moment.world.kit.database.read() as db:
        kept = host_users.find(db, site_id=moment.site_id, user=user, teller=AT_HOST)
    taken_out = host_users.viewer(
        kept, site_id=moment.site_id, user=user, origin=BLOG, loopback=False
    )

    def erase(db: Session) -> str:
        try:
            erasing.erase(db, taken_out, account_id=anna.account_id, now=now)
        except CommentKitError as error:
            return error.code
        return "erased"

    _, said = moment.both(moment.unlink(owner, anna.account_id, at_host), erase)
    assert said == "account_signed_out"
    with moment.world.kit.database.read() as db:
        mine = accounts.identities_of(db, site_id=moment.site_id, account_id=anna.account_id)
    assert [each.id for each in mine] == [anna.id]


@pytest.mark.parametrize("turned", [False, True])
def test_what_a_guest_writes_while_it_is_claimed_is_claimed_or_anothers(
    moment: Moment, verbs: Verbs, turned: bool
) -> None:
    gino, anna = verbs.guest(), verbs.identity("Anna")
    verbs.post(gino, "Before")
    thread = verbs.thread()
    writer, claimer = verbs.viewer(gino), verbs.viewer(anna)

    def write(db: Session) -> None:
        details = GuestDetails(name="Gino", email=None, website=None)
        held = accounts.guest(
            db,
            site_id=moment.site_id,
            held=writer.guest,
            details=details,
            now=moment.world.clock(),
        )
        values = {"account_id": held.account_id, "identity_id": held.id}
        mine = db.scalars(select(Comment).where(Comment.source == "Before")).one()
        columns = {c.key: getattr(mine, c.key) for c in Comment.__table__.columns}
        new = columns | values | {"id": mine.id + 1, "root_id": mine.id + 1, "source": "During"}
        db.add(Comment(**new))
        db.flush()

    def claim(db: Session) -> None:
        authors = claims.named(db, site_id=moment.site_id, identity_ids=[gino.id], retired=())
        claims.take(db, claimer, authors=authors, retired=(), now=moment.world.clock())

    moment.either((claim, write), turned=turned)
    assert thread
    with moment.world.kit.database.read() as db:
        owners = {row.source: row.account_id for row in db.scalars(select(Comment))}
        whose = {row.id: row.account_id for row in db.scalars(select(Identity))}
        by = {row.source: row.identity_id for row in db.scalars(select(Comment))}
    assert owners["Before"] == anna.account_id
    assert owners["During"] == whose[by["During"]]


@pytest.mark.parametrize("turned", [False, True])
def test_who_signs_in_while_they_are_erased_is_somebody_new_or_erased(
    moment: Moment, verbs: Verbs, turned: bool
) -> None:
    anna = verbs.identity("Anna")
    viewer = verbs.viewer(anna)
    who = Vouched(provider="test", issuer="https://id.example", subject="Anna", name="Anna")

    def come(db: Session) -> Identity:
        return accounts.sign_in(db, site_id=moment.site_id, who=who, now=moment.world.clock())

    def go(db: Session) -> None:
        erasing.erase(db, viewer, account_id=anna.account_id, now=moment.world.clock())

    moment.either((go, come), turned=turned)
    assert moment.held(anna.account_id) == 0
    with moment.world.kit.database.read() as db:
        left = [row.id for row in db.scalars(select(Identity))]
    assert anna.id not in left
    assert len(left) == (0 if turned else 1)


def test_a_sign_in_that_was_under_way_counts_against_taking_back(
    moment: Moment, verbs: Verbs
) -> None:
    anna = verbs.identity("Anna")
    x = moment.linked(anna)
    began = moment.world.clock()
    moment.world.clock.move(seconds=5)
    owner = verbs.viewer(anna)
    with moment.world.kit.database.begin() as db:
        change = linking.unlink(
            db, owner, account_id=anna.account_id, identity_id=x.id, now=moment.world.clock()
        )
    who = Vouched(provider="x", issuer="https://x.example", subject="annab", name="Anna B")
    with moment.world.kit.database.begin() as db:  # its provider took its time
        back = accounts.sign_in(db, site_id=moment.site_id, who=who, now=began)
    verbs.viewer(back)
    with (
        pytest.raises(CommentKitError, match="undo_over"),
        moment.world.kit.database.begin() as db,
    ):
        changes.undo(db, owner, change_id=change.id, now=moment.world.clock())
