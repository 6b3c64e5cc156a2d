"""A comment whose COMMIT nobody heard the answer to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from severed import Moment, Wire, wired
from sqlalchemy import func, select
from world import SERVER, World

from commentkit import CommentKit, signals
from commentkit.model import Comment, Outbox, Token, own_engine

KEY = "k" * 22

pytestmark = pytest.mark.only_on("postgresql", "mariadb")  # a file has no wire to cut


@contextmanager
def severable(world: World) -> Iterator[tuple[World, Wire]]:
    """Serve the same sites by a second app, whose database is reached by a wire."""
    with wired(world.kit.database.engine.url) as wire:
        engine = own_engine(wire.url)
        app = Flask("severable")
        app.testing = True
        app.config.update(
            SECRET_KEY="a secret of the tests",
            COMMENTKIT_PUBLIC_URL=SERVER,
            COMMENTKIT_DELIVERY_THREAD=False,
            COMMENTKIT_SMTP_URL="smtp://127.0.0.1:1",
            COMMENTKIT_MAIL_FROM="comments@example.org",
        )
        CommentKit(engine=engine, clock=world.clock).init_app(app)
        yield World(app, world.clock, world.site, world.other_site), wire
        engine.dispose()


def count(world: World, table: Any) -> int:
    with world.kit.database.read() as db:
        rows = select(func.count()).select_from(table).where(table.site_id == world.site.id)
        return db.scalar(rows) or 0


def cut_at_the_commit_of(world: World, wire: Wire, moment: Moment) -> None:
    """Arm the wire once the comment was written down, before its commit."""
    database = world.kit.database
    write = database.write

    def armed(work: Any, *, repeatable: bool = False) -> Any:
        def then_arm(db: Any) -> Any:
            done = work(db)
            if done is not None and not wire.cuts:
                wire.arm(moment)
            return done

        return write(then_arm, repeatable=repeatable)

    database.write = armed  # type: ignore[method-assign]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_press_with_a_key_ends_in_one_comment(world: World, moment: Moment) -> None:
    posted: list[int] = []

    def hear(_sender: object, comment: Comment, **_said: object) -> None:
        posted.append(comment.id)

    with severable(world) as (cut, wire), signals.comment_posted.connected_to(hear):
        cut_at_the_commit_of(cut, wire, moment)
        answer = cut.post("Only once", idempotency_key=KEY, notify_comments=True)
        assert answer.status_code == 201, answer.get_json()
        assert wire.cuts == 1
        again = cut.post("Only once", idempotency_key=KEY, notify_comments=True)
    number = answer.get_json()["comment"]["id"]
    assert again.get_json()["comment"]["id"] == number
    assert posted == [int(number)]
    assert count(world, Comment) == 1
    assert count(world, Outbox) == 2  # who is told of it, and who is asked for the address
    assert count(world, Token) >= 1


@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 1)])
def test_a_press_without_a_key_is_not_repeated(world: World, moment: Moment, stored: int) -> None:
    with severable(world) as (cut, wire):
        cut_at_the_commit_of(cut, wire, moment)
        answer = cut.post("Perhaps")
    assert cut.error(answer) == (503, "unavailable", None)
    assert count(world, Comment) == stored
