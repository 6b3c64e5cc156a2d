"""The databases of tests: empty for each, honest about one that does not answer."""

from pathlib import Path

import database_support
import pytest
from database_support import Databases, Pool, databases_now, fresh_url
from sqlalchemy import func, select
from world import START

from commentkit import sites
from commentkit.model import Database, Site, metadata
from commentkit.rules import SiteRules

NOWHERE = "postgresql+psycopg://root@127.0.0.1:1/test"


def _add_site(database: Database) -> None:
    with database.begin() as db:
        sites.add(
            db,
            name="blog",
            title="Blog",
            language="en",
            origins=["https://blog.example"],
            rules=SiteRules(),
            now=START,
        )


def _sites(database: Database) -> int | None:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(Site))


def test_who_takes_a_database_finds_it_empty(
    databases: Databases, pools: dict[str, Pool], tmp_path: Path
) -> None:
    pool = pools[databases.kind]
    for folder in (tmp_path / "one", tmp_path / "two"):
        engine = pool.take(folder)
        assert _sites(Database(engine)) == 0
        _add_site(Database(engine))
        pool.give_back(engine)


def test_a_test_that_took_the_tables_away_harms_no_other(
    databases: Databases, pools: dict[str, Pool], tmp_path: Path
) -> None:
    pool = pools[databases.kind]
    engine = pool.take(tmp_path / "one")
    metadata.drop_all(engine)
    pool.give_back(engine)
    again = pool.take(tmp_path / "two")
    assert _sites(Database(again)) == 0
    pool.give_back(again)


def test_two_folders_have_two_databases(databases: Databases, tmp_path: Path) -> None:
    one, two = (Database(databases.engine(tmp_path / name)) for name in ("1", "2"))
    _add_site(one)
    assert (_sites(one), _sites(two)) == (1, 0)
    assert databases.engine(tmp_path / "1").url == one.engine.url


def test_a_test_that_asked_for_none_is_told_how() -> None:
    with pytest.raises(pytest.fail.Exception, match='usefixtures\\("databases"\\)'):
        databases_now()


@pytest.mark.parametrize(("ci", "kind"), [("true", pytest.fail), ("", pytest.skip)])
def test_a_database_that_does_not_answer_is_named(
    ci: str, kind: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setitem(database_support.SERVERS, "postgresql", NOWHERE)
    with (
        pytest.raises(kind.Exception, match=r"postgresql .* at 127\.0\.0\.1:1"),  # type: ignore[attr-defined]
        fresh_url("postgresql", tmp_path),
    ):
        pass
