"""Tables that are in use: short waits, leftovers, plans, and versions that do not fit."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from commentkit import migrations
from commentkit.migrations import MigrationError, online, patience
from commentkit.migrations.locks import alone
from commentkit.migrations.patience import patiently
from commentkit.migrations.steps import AddColumn, Undone
from commentkit.model import revision

TREE = Path(__file__).parent / "tree"
FOLDERS = (migrations.VERSIONS, TREE)
LATER = "scored"


only_servers = pytest.mark.parametrize("engine", ["postgresql", "mariadb"], indirect=True)
"""In SQLite readers are in nobody's way, and its pragmas have a test of their own."""


@pytest.fixture
def migrated(engine: Engine) -> Engine:
    migrations.upgrade(engine)
    return engine


def columns(engine: Engine) -> set[str]:
    return {found["name"] for found in inspect(engine).get_columns("commentkit_comment")}


def indexes(engine: Engine) -> set[str | None]:
    return {found["name"] for found in inspect(engine).get_indexes("commentkit_comment")}


# Locks


def test_a_table_that_is_held_is_waited_for(migrated: Engine, monkeypatch: pytest.MonkeyPatch):
    pauses: list[float] = []
    with migrated.connect() as holder:
        holder.execute(text("SELECT count(*) FROM commentkit_comment"))

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 2:
                holder.rollback()

        monkeypatch.setattr(patience, "sleep", pause)
        migrations.upgrade(migrated, folders=FOLDERS)
    assert migrations.current(migrated) == LATER
    # A reader holds nothing that SQLite's writers need.
    assert len(pauses) == (0 if migrated.dialect.name == "sqlite" else 2)


@only_servers
def test_a_table_that_stays_held_is_said_and_left_alone(migrated: Engine):
    before = columns(migrated)
    with migrated.connect() as holder:
        holder.execute(text("SELECT count(*) FROM commentkit_comment"))
        ddl = text("ALTER TABLE commentkit_comment ADD COLUMN score INTEGER")
        with alone(migrated) as connection, pytest.raises(MigrationError, match="at each of 2"):
            patiently(connection, partial(connection.execute, ddl), subject="it", pauses=(0, 0))
    assert columns(migrated) == before


def test_other_errors_are_not_tried_again(migrated: Engine):
    tries: list[int] = []

    def wrong() -> None:
        tries.append(1)
        connection.execute(text("SELECT nothing FROM nowhere"))

    with alone(migrated) as connection, pytest.raises(Exception, match="nowhere"):
        patiently(connection, wrong, subject="nowhere", pauses=(0, 0))
    assert tries == [1]


# Columns and indexes


@pytest.fixture
def plain(engine: Engine) -> Iterator[Engine]:
    table = Table("commentkit_plain", MetaData(), Column("id", Integer, primary_key=True))
    table.append_column(Column("same", Integer))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"id": 1, "same": 1}, {"id": 2, "same": 1}])
    yield engine
    table.drop(engine)


def test_a_column_with_a_constant_holds_it_at_once(plain: Engine):
    with alone(plain) as connection:
        online.add_column(connection, "commentkit_plain", "colour", Integer(), default="7")
    with plain.connect() as connection:
        assert connection.scalars(text("SELECT colour FROM commentkit_plain")).all() == [7, 7]


def test_steps_may_be_run_again(plain: Engine):
    for _ in range(2):
        with alone(plain) as connection:
            online.add_column(connection, "commentkit_plain", "colour", Integer())
            online.add_index(connection, "ix_plain", "commentkit_plain", ("colour",))
    for _ in range(2):
        with alone(plain) as connection:
            online.drop_index(connection, "ix_plain", "commentkit_plain")
            online.drop_column(connection, "commentkit_plain", "colour")
    assert {c["name"] for c in inspect(plain).get_columns("commentkit_plain")} == {"id", "same"}
    assert inspect(plain).get_indexes("commentkit_plain") == []


def test_an_index_that_failed_is_no_hindrance_later(plain: Engine):
    """PostgreSQL keeps what it could not finish, under the name of the index."""
    add = "ix_plain", "commentkit_plain", ("same",)
    with pytest.raises((IntegrityError, OperationalError)), alone(plain) as connection:
        online.add_index(connection, *add, unique=True)
    if plain.dialect.name == "postgresql":
        assert validity(plain) == [False]
    with alone(plain) as connection:
        online.add_index(connection, *add)
    assert [i["name"] for i in inspect(plain).get_indexes("commentkit_plain")] == ["ix_plain"]
    if plain.dialect.name == "postgresql":
        assert validity(plain) == [True]


def validity(engine: Engine) -> list[bool]:
    with engine.connect() as connection:
        asked = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_plain'::regclass"
        return list(connection.scalars(text(asked)))


# Plans


def test_a_plan_says_what_each_step_costs_and_changes_nothing(migrated: Engine):
    before = columns(migrated)
    [planned] = migrations.plan(migrated, folders=FOLDERS)
    title, column, filling, index = planned.lines()
    assert title == "scored  Score every comment"
    assert "adds the column score of commentkit_comment: no row is touched" in column
    assert "fills score of commentkit_comment: writes about 0 rows" in filling
    assert "1,000 rows at a time" in filling
    nobody = "writers wait" if migrated.dialect.name == "sqlite" else "nobody waits"
    assert nobody in index
    assert columns(migrated) == before
    assert migrations.current(migrated) == revision.HEAD


def test_a_plan_from_nothing_names_every_revision(engine: Engine):
    assert [one.revision for one in migrations.plan(engine)] == list(revision.REVISIONS)
    assert inspect(engine).get_table_names() == []


def test_a_plan_of_the_way_back_says_what_is_lost(migrated: Engine):
    migrations.upgrade(migrated, folders=FOLDERS)
    [planned] = migrations.plan_back(migrated, revision.HEAD, folders=FOLDERS)
    assert "drops the column score of commentkit_comment, with what it holds" in planned.lines()[-1]
    assert "score" in columns(migrated)


def test_nothing_is_planned_where_nothing_is_to_do(migrated: Engine):
    assert migrations.plan(migrated) == []


# Versions


def test_tables_of_a_newer_version_are_left_alone(migrated: Engine):
    migrations.upgrade(migrated, folders=FOLDERS)
    for call in (migrations.upgrade, migrations.plan):
        with pytest.raises(
            MigrationError, match="revision scored, which this version does not know"
        ):
            call(migrated)
    assert migrations.current(migrated) == LATER
    assert "score" in columns(migrated)


@pytest.mark.parametrize("target", [LATER, revision.HEAD, "nonsense"])
def test_the_way_back_leads_to_earlier_revisions_only(migrated: Engine, target: str):
    with pytest.raises(MigrationError, match="Nothing was changed"):
        migrations.downgrade(migrated, target, folders=FOLDERS)
    assert migrations.current(migrated) == revision.HEAD


@only_servers
def test_the_session_is_left_as_it_was(migrated: Engine):
    """A pool must not hand out what was set for an upgrade."""
    asked = {"postgresql": "SHOW lock_timeout", "mariadb": "SELECT @@SESSION.lock_wait_timeout"}
    show = asked[migrated.dialect.name]
    with migrated.connect() as connection:
        before = connection.scalar(text(show))
    migrations.upgrade(migrated, folders=FOLDERS)
    with migrated.connect() as connection:
        assert connection.scalar(text(show)) == before


def test_every_revision_is_known_without_alembic():
    scripts = migrations._scripts((migrations.VERSIONS,))
    found = [script.revision for script in scripts.walk_revisions()][::-1]
    assert found == list(revision.REVISIONS)
    assert all(
        hasattr(script.module, "steps")
        for script in scripts.walk_revisions(head="heads")
        if script.down_revision
    )


def test_states_are_told_apart(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(revision, "REVISIONS", ("0001", "0002"))
    monkeypatch.setattr(revision, "HEAD", "0002")
    states = [revision.state_of(one) for one in ("0002", None, "0001", "0003")]
    assert states == ["current", "absent", "older", "newer"]


# Steps


def test_a_step_is_done_the_other_way_round(migrated: Engine):
    added = AddColumn("commentkit_comment", "score", Integer())
    dropped, said = Undone(added), list[str]()
    with alone(migrated) as connection:
        added.apply(connection, said.append)
        assert dropped.cost(connection) == added.cost_back(connection)
        assert dropped.cost_back(connection) == added.cost(connection)
        dropped.apply(connection, said.append)
    assert "score" not in columns(migrated)
    with alone(migrated) as connection:
        dropped.revert(connection, said.append)
    assert "score" in columns(migrated)
    assert [line.partition(": ")[2] for line in said] == [
        "has the column score",
        "no longer has the column score",
        "has the column score",
    ]
