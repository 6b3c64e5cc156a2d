"""Whether a process can serve, by the tables it finds."""

from collections.abc import Iterator

import pytest
from site_scope import unwatched
from sqlalchemy import text
from world import SERVER, World

from commentkit import migrations
from commentkit.model import metadata, revision
from commentkit.model.revision import VERSION_TABLE


@pytest.fixture
def migrated(world: World) -> Iterator[World]:
    engine = world.kit.database.engine
    with unwatched(engine):
        migrations.upgrade(engine)
    yield world
    with engine.begin() as connection:  # the next test finds these tables as all others do
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))


def put(world: World, number: str) -> None:
    with world.kit.database.engine.begin() as connection:
        connection.execute(text(f"UPDATE commentkit_version SET version_num = '{number}'"))


def asked(world: World) -> tuple[int, dict[str, str]]:
    answer = world.client().get(f"{SERVER}/commentkit/health")
    return answer.status_code, answer.get_json()


def test_tables_of_this_version_are_well(migrated: World):
    assert asked(migrated) == (200, {"status": "ok"})


def test_older_tables_cannot_be_served(migrated: World, monkeypatch: pytest.MonkeyPatch):
    now = revision.HEAD
    monkeypatch.setattr(revision, "REVISIONS", (*revision.REVISIONS, "later"))
    monkeypatch.setattr(revision, "HEAD", "later")
    said = f"The tables are at revision {now}; this version needs later."
    assert asked(migrated) == (503, {"status": "older", "tables": said})


def test_newer_tables_are_served_and_named(migrated: World):
    put(migrated, "9999")
    status, said = asked(migrated)
    assert (status, said["status"]) == (200, "ok")
    assert "revision 9999, which this version does not know" in said["tables"]


def test_missing_tables_are_named(world: World):
    metadata.drop_all(world.kit.database.engine)
    try:
        assert asked(world) == (503, {"status": "absent", "tables": "There are no tables yet."})
    finally:
        metadata.create_all(world.kit.database.engine)
