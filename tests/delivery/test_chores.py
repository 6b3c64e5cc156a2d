"""What is tidied up, whether or not there is mail."""

from datetime import timedelta

import pytest
from database_support import Databases
from delivery_support import Town
from sqlalchemy import func, select
from world import World, make_world

from commentkit.delivery.chores import CHORES
from commentkit.delivery.outbox import tidy
from commentkit.discussion import drafts
from commentkit.discussion.drafts import Kept
from commentkit.model import Attempt, Draft, Spent, Token
from commentkit.signin.spent import spend


@pytest.fixture
def world(tmp_path, databases: Databases) -> World:  # type: ignore[no-untyped-def]
    return make_world(tmp_path)


def number_of(world: World, model: type) -> int:
    with world.kit.database.read() as db:
        return db.scalar(select(func.count()).select_from(model)) or 0


def leave_things_behind(world: World) -> None:
    assert world.post().status_code == 201  # a guest's token
    with world.kit.database.begin() as db:
        drafts.keep(db, site_id=world.site.id, key="a", kept=Kept(), now=world.clock())
        spend(db, site_id=world.site.id, key="jti:1", expires_at=world.clock() + timedelta(1))
        db.add(
            Attempt(
                site_id=world.site.id,
                id=1,
                state_hash=b"s" * 32,
                cookie_hash=b"c" * 32,
                provider="x",
                mode="popup",
                origin="https://a.example",
                aid="a",
                switch=False,
                language="en",
                created_at=world.clock(),
                expires_at=world.clock() + timedelta(minutes=10),
            )
        )


def test_what_is_over_is_forgotten_and_what_is_not_is_kept(world: World) -> None:
    leave_things_behind(world)
    tidy(world.kit.database, CHORES, now=world.clock())
    assert [number_of(world, model) for model in (Attempt, Draft, Spent, Token)] == [1] * 4
    tidy(world.kit.database, CHORES, now=world.clock() + timedelta(days=2))
    assert [number_of(world, model) for model in (Attempt, Draft, Spent, Token)] == [0, 0, 0, 1]
    tidy(world.kit.database, CHORES, now=world.clock() + timedelta(days=400))
    assert number_of(world, Token) == 0


def test_deliver_tidies_up_where_there_is_no_mail(world: World) -> None:
    leave_things_behind(world)
    world.clock.move(days=2)
    said = world.app.test_cli_runner().invoke(args=["commentkit", "deliver"])
    assert said.exit_code == 0
    assert "COMMENTKIT_SMTP_URL" in said.output
    assert number_of(world, Draft) == 0


def test_every_chore_works_on_every_database(any_town: Town) -> None:
    tidy(any_town.database, CHORES, now=any_town.now)
