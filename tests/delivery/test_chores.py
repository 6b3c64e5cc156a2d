"""What is tidied up, whether or not there is mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from database_support import Databases
from delivery_support import Town
from plan_support import Recorder, faults
from refusing import refusing
from sqlalchemy import Table, event, func, insert, select
from world import Verbs, World, make_world

from commentkit.delivery import forgetting
from commentkit.delivery.chores import CHORES
from commentkit.delivery.forgetting import tidy
from commentkit.discussion import drafts
from commentkit.discussion.drafts import Kept
from commentkit.ids import first_of, sha256
from commentkit.model import Attempt, Draft, Spent, Token
from commentkit.signin.spent import spend
from commentkit.sites import KnownSite


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


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> int:
    """Make batches small: what a big one does, these do faster."""
    monkeypatch.setattr(forgetting, "BATCH", 20)
    return 20


def many_drafts(world: World, number: int, *, of: KnownSite) -> None:
    expires_at = world.clock() + timedelta(days=1)
    rows = [
        {
            "site_id": of.id,
            "id": first_of(expires_at) + each,
            "secret_hash": b"s" * 32,
            "thread_key_hash": b"k" * 32,
            "typed": {},
            "expires_at": expires_at + timedelta(days=each % 2 * 9),
        }
        for each in range(number)
    ]
    with world.kit.database.begin() as db:
        db.execute(insert(Draft), rows)


@contextmanager
def deletions(world: World) -> Iterator[list[tuple[str, int]]]:
    """Note what is deleted, and how many rows at a time."""
    engine, seen = world.kit.database.engine, list[tuple[str, int]]()

    def note(_c: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE"):
            seen.append((statement, cursor.rowcount))

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "after_cursor_execute", note)


def test_a_backlog_goes_in_batches_with_rests(world: World, batch: int) -> None:
    many_drafts(world, 5 * batch, of=world.site)
    many_drafts(world, 7, of=world.other_site)
    rests: list[float] = []
    with deletions(world) as seen:
        gone = tidy(
            world.kit.database,
            CHORES,
            now=world.clock() + timedelta(days=2),
            rest=rests.append,
        )
    assert sorted(rows for _, rows in seen) == [4, batch // 2, batch, batch]
    assert gone == 5 * batch // 2 + 4
    assert len(rests) == 2
    assert all(0 < seconds <= 1 for seconds in rests)
    assert number_of(world, Draft) == 5 * batch // 2 + 3


def test_who_must_stop_leaves_the_rest_for_later(world: World, batch: int) -> None:
    many_drafts(world, 3 * batch, of=world.site)
    later = world.clock() + timedelta(days=2)
    assert tidy(world.kit.database, CHORES, now=later, rest=lambda _: True) == batch
    assert tidy(world.kit.database, CHORES, now=later, rest=lambda _: False) == batch // 2


def test_a_busy_database_is_asked_again(world: World) -> None:
    many_drafts(world, 2, of=world.site)
    with refusing(world.kit.database.engine, "DELETE") as refused:
        assert tidy(world.kit.database, CHORES, now=world.clock() + timedelta(days=2)) == 1
    assert len(refused) == 1
    assert number_of(world, Draft) == 1


def fill(world: World, table: Table, account_id: int, numbers: range, *, over: bool) -> None:
    """Put rows there that are all over, or none of them."""
    at = world.clock() + timedelta(days=-500 if over else 500)
    rows = [
        {
            column.name: _value(column, world.site.id, account_id, number, at)
            for column in table.columns
            if not column.nullable or column.name in ("done_at", "expires_at", "withdraw_at")
        }
        for number in numbers
    ]
    if table.name == "commentkit_subscription" and not over:
        rows = [row | {"confirmed_at": at} for row in rows]
    with world.kit.database.begin() as db:
        db.execute(insert(table), rows)


def _value(column: Any, site_id: int, account_id: int, number: int, at: datetime) -> object:
    known = {"site_id": site_id, "account_id": account_id, "id": first_of(at) + number}
    if column.name in known:
        return known[column.name]
    if column.name.endswith("_at"):
        return at
    if column.name.endswith("_hash"):
        return sha256(f"{number}")
    kinds: dict[type, object] = {dict: {}, bool: False, int: 0}
    return kinds.get(column.type.python_type, f"{number}")


def test_what_is_over_is_found_by_an_index(world: World) -> None:
    engine, account_id = world.kit.database.engine, Verbs(world).identity().account_id
    tables = [cast("Table", chore.table.__table__) for chore in CHORES]
    for table in tables:
        fill(world, table, account_id, range(5), over=True)
    with Recorder(engine).recording() as statements:
        assert tidy(world.kit.database, CHORES, now=world.clock()) == 5 * len(CHORES)
    for table in tables:
        fill(world, table, account_id, range(5), over=True)
        fill(world, table, account_id, range(5, 600), over=False)
    if engine.dialect.name != "sqlite":
        analyze = "ANALYZE" if engine.dialect.name == "postgresql" else "ANALYZE TABLE"
        with engine.connect() as connection:
            for table in tables:
                connection.exec_driver_sql(f"{analyze} {table.name}")
            connection.commit()
    asked = [each for each in statements if "FROM commentkit_site" not in each.text]
    assert len(asked) >= 3 * len(CHORES)
    assert faults(engine, asked, most_rows=40) == []


def test_nothing_is_asked_of_each_site_where_nothing_is_over(world: World) -> None:
    many_drafts(world, 3, of=world.site)
    with Recorder(world.kit.database.engine).recording() as statements:
        tidy(world.kit.database, CHORES, now=world.clock())
    asked = [each.text for each in statements if each.text.startswith("SELECT")]
    assert len(asked) == 1 + len(CHORES)


def test_deliver_tidies_up_where_there_is_no_mail(world: World) -> None:
    leave_things_behind(world)
    world.clock.move(days=2)
    said = world.app.test_cli_runner().invoke(args=["commentkit", "deliver"])
    assert said.exit_code == 0
    assert "COMMENTKIT_SMTP_URL" in said.output
    assert number_of(world, Draft) == 0


def test_every_chore_works_on_every_database(any_town: Town) -> None:
    tidy(any_town.database, CHORES, now=any_town.now)
