"""Tokens: several identities side by side, ends, and what the database never holds."""

import pytest
from database_support import everything_in
from sqlalchemy import select, text
from world import BLOG, Verbs, World

from commentkit.errors import CommentKitError
from commentkit.model import Token, TokenIdentity
from commentkit.people import tokens
from commentkit.people.tokens import Issued
from commentkit.people.viewer import Viewer


def issue(world: World, identity, previous: Viewer | None = None) -> Issued:  # type: ignore[no-untyped-def]
    with world.kit.database.begin() as db:
        return tokens.issue(
            db,
            identity=identity,
            previous=previous or Viewer(site_id=world.site.id),
            transport="bearer",
            origin=BLOG,
            persistent=True,
            settings=world.kit.settings,
            now=world.clock(),
        )


def find(world: World, secret: str, *, site_id: int | None = None) -> Viewer:
    with world.kit.database.read() as db:
        return tokens.find(
            db,
            site_id=site_id or world.site.id,
            secret=secret,
            settings=world.kit.settings,
            now=world.clock(),
        )


def test_the_secret_is_found_and_never_stored(world: World, verbs: Verbs) -> None:
    issued = issue(world, verbs.identity())
    assert find(world, issued.secret).active is not None
    stored = everything_in(world.kit.database.engine)
    assert "https://id.example" in stored
    assert issued.secret not in stored


def test_identities_stand_side_by_side_and_the_old_token_ends(world: World, verbs: Verbs) -> None:
    anna, x = verbs.identity("Anna"), verbs.identity("annab")
    first = issue(world, anna)
    second = issue(world, x, first.viewer)
    viewer = find(world, second.secret)
    assert {i.id for i in viewer.signed_in} == {anna.id, x.id}
    assert viewer.active is not None
    assert viewer.active.id == x.id
    with pytest.raises(CommentKitError, match="token_expired"):
        find(world, first.secret)


def test_a_guest_beside_an_account_does_not_become_active(world: World, verbs: Verbs) -> None:
    anna = verbs.identity()
    issued = issue(world, verbs.guest(), issue(world, anna).viewer)
    viewer = find(world, issued.secret)
    assert viewer.active is not None
    assert viewer.active.id == anna.id
    assert viewer.guest is not None


def test_a_guest_alone_is_signed_out(world: World, verbs: Verbs) -> None:
    viewer = find(world, issue(world, verbs.guest()).secret)
    assert viewer.active is None
    assert len(viewer.account_ids) == 1


def test_switching_stays_among_those_held(world: World, verbs: Verbs) -> None:
    anna, x, stranger = (verbs.identity(n) for n in ("Anna", "annab", "Luca"))
    viewer = issue(world, x, issue(world, anna).viewer).viewer
    with world.kit.database.begin() as db:
        chosen = tokens.switch(db, viewer, identity_id=anna.id)
        assert chosen.active is not None
        assert chosen.active.id == anna.id
        with pytest.raises(CommentKitError, match="unknown_identity"):
            tokens.switch(db, viewer, identity_id=stranger.id)


def test_a_token_ends_when_idle_and_in_any_case(world: World, verbs: Verbs) -> None:
    secret = issue(world, verbs.identity()).secret
    world.clock.move(seconds=world.kit.settings.token_idle_seconds - 1)
    seen = find(world, secret)
    assert seen.token is not None
    assert tokens.wants_touch(seen.token, world.clock())
    with world.kit.database.begin() as db:
        tokens.touch(db, seen.token, now=world.clock())
    world.clock.move(seconds=world.kit.settings.token_idle_seconds)
    with pytest.raises(CommentKitError, match="token_expired"):
        find(world, secret)


def test_a_token_in_use_ends_after_its_absolute_time(world: World, verbs: Verbs) -> None:
    secret = issue(world, verbs.identity()).secret
    world.clock.move(seconds=world.kit.settings.token_seconds)
    with world.kit.database.begin() as db:
        tokens.touch(db, db.scalars(select(Token)).one(), now=world.clock())
    with pytest.raises(CommentKitError, match="token_expired"):
        find(world, secret)


def test_another_sites_token_is_none_here(world: World, verbs: Verbs) -> None:
    secret = issue(world, verbs.identity()).secret
    with pytest.raises(CommentKitError, match="token_expired"):
        find(world, secret, site_id=world.other_site.id)


def test_an_ended_token_is_kept_as_ended(world: World, verbs: Verbs) -> None:
    issued = issue(world, verbs.identity())
    assert issued.viewer.token is not None
    with world.kit.database.begin() as db:
        for _ in range(2):
            tokens.end(
                db, site_id=world.site.id, token_id=issued.viewer.token.id, now=world.clock()
            )
    with pytest.raises(CommentKitError, match="token_expired"):
        find(world, issued.secret)
    with world.kit.database.read() as db:
        kept = db.execute(
            text("SELECT count(*) FROM commentkit_token WHERE revoked_at IS NOT NULL")
        )
        assert kept.scalar() == 1


def test_when_each_was_proven_is_taken_along(world: World, verbs: Verbs) -> None:
    anna, x = verbs.identity("Anna"), verbs.identity("annab")
    first = issue(world, anna)
    with world.kit.database.begin() as db:
        link = db.scalars(select(TokenIdentity)).one()
        link.session_hash = b"s" * 32
    began = world.clock()
    world.clock.move(minutes=11)
    held = find(world, issue(world, x, find(world, first.secret)).secret)
    assert held.holds[anna.id] == (began, b"s" * 32)
    assert held.holds[x.id] == (world.clock(), None)
    assert held.is_fresh(x.account_id, world.clock())
    assert not held.is_fresh(anna.account_id, world.clock())
    again = find(world, issue(world, anna, held).secret)
    assert again.is_fresh(anna.account_id, world.clock())


def test_a_guest_proves_nothing(world: World, verbs: Verbs) -> None:
    guest = verbs.guest()
    viewer = find(world, issue(world, guest).secret)
    assert not viewer.is_fresh(guest.account_id, world.clock())


def test_what_is_over_is_not_listed_among_the_sign_ins(world: World, verbs: Verbs) -> None:
    anna = verbs.identity()
    token = issue(world, anna).viewer.token
    assert token is not None

    def listed() -> int:
        with world.kit.database.begin() as db:
            tokens.touch(db, token, now=world.clock())
            of = {"site_id": anna.site_id, "account_id": anna.account_id}
            now = world.clock()
            return len(tokens.standing(db, **of, settings=world.kit.settings, now=now))

    assert listed() == 1
    world.clock.move(seconds=world.kit.settings.token_seconds - 1)
    assert listed() == 1
    world.clock.move(seconds=1)
    assert listed() == 0
