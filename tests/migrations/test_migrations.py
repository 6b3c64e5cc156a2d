"""The schema's history, over real databases."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from database_support import SERVERS, fresh_engine
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    create_engine,
    inspect,
    text,
)

from commentkit import migrations
from commentkit.migrations import locks
from commentkit.migrations.locks import alone
from commentkit.migrations.problems import MigrationError
from commentkit.model import PREFIX, include_name, metadata


def _tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def _difference(engine: Engine, **options: object) -> list[object]:
    options = {"version_table": migrations.VERSION_TABLE, "compare_type": True, **options}
    target = options.pop("target", metadata)
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), target)


def test_upgrade_makes_exactly_what_the_models_say(engine: Engine) -> None:
    migrations.upgrade(engine)
    assert _difference(engine) == []
    assert _tables(engine) == {*metadata.tables, migrations.VERSION_TABLE}


def test_difference_is_seen_where_there_is_one(engine: Engine) -> None:
    migrations.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE commentkit_outbox"))
        connection.execute(text("ALTER TABLE commentkit_site ADD COLUMN colour INTEGER"))
    found = {difference[0] for difference in _difference(engine)}
    assert {"add_table", "remove_column"} <= found


def test_current_follows_the_upgrade(engine: Engine) -> None:
    assert migrations.current(engine) is None
    assert not migrations.is_current(engine)
    migrations.upgrade(engine)
    assert migrations.current(engine) == migrations.head()
    assert migrations.is_current(engine)


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    assert migrations.is_current(engine)


def test_interrupted_upgrade_can_be_run_again(engine: Engine) -> None:
    metadata.tables["commentkit_site"].create(engine)
    metadata.tables["commentkit_attempt"].create(engine)
    migrations.upgrade(engine)
    assert _difference(engine) == []


def test_failed_upgrade_leaves_no_revision(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("power loss")

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", fail)
        with pytest.raises(RuntimeError, match="power loss"):
            migrations.upgrade(engine)
    assert migrations.current(engine) is None
    migrations.upgrade(engine)
    assert migrations.is_current(engine)


@pytest.mark.parametrize("engine", list(SERVERS), indirect=True)
def test_databases_of_one_server_do_not_wait_for_each_other(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_WAIT_SECONDS", 0)
    other = tmp_path / "other"
    other.mkdir()
    with fresh_engine(engine.dialect.name, other) as neighbour, alone(engine):
        with alone(neighbour) as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        with pytest.raises(MigrationError, match="for two minutes"), alone(engine):
            pass


def test_downgrade_leaves_the_host_alone(engine: Engine) -> None:
    host = _host()
    host.create_all(engine)
    migrations.upgrade(engine)
    with alone(engine) as connection:
        command.downgrade(migrations.config(connection), "base")
    assert _tables(engine) == {*host.tables, migrations.VERSION_TABLE}


def test_host_rows_survive(engine: Engine) -> None:
    host = _host()
    host.create_all(engine)
    with engine.begin() as connection:
        connection.execute(host.tables["author"].insert(), [{"id": 1}])
        connection.execute(host.tables["post"].insert(), [{"id": 7, "author_id": 1}])
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT author_id FROM post WHERE id = 7")) == 1
        assert connection.scalar(text("SELECT count(*) FROM author")) == 1


def test_threads_that_start_at_once_all_succeed(engine: Engine) -> None:
    together = threading.Barrier(4)

    def start(_: int) -> None:
        together.wait(10)
        migrations.upgrade(engine)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))  # raises what a thread raised
    assert migrations.is_current(engine)


def test_second_to_come_waits_until_the_first_has_left(engine: Engine) -> None:
    inside = threading.Event()

    def second() -> None:
        with alone(engine):
            inside.set()

    with ThreadPoolExecutor(1) as pool:
        with alone(engine):
            waiting = pool.submit(second)
            assert not inside.wait(0.5)
        waiting.result(30)
    assert inside.is_set()


_PROCESS = """
import sys
from sqlalchemy import create_engine
from commentkit import migrations
from commentkit.model import own_engine
sys.stdin.readline()
migrations.upgrade((own_engine if sys.argv[2] == "own" else create_engine)(sys.argv[1]))
"""


@pytest.mark.parametrize("whose", ["own", "host"])
def test_processes_that_start_at_once_all_succeed(url: str, whose: str) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _PROCESS, url, whose],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate("go\n", timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    engine = create_engine(url)
    assert migrations.is_current(engine)
    engine.dispose()


def test_pragmas_of_a_host_are_put_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.sqlite'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql("PRAGMA busy_timeout=1234")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1234
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    engine.dispose()


def test_host_autogenerate_with_include_name_sees_none_of_ours(engine: Engine) -> None:
    host = _host()
    host.create_all(engine)
    migrations.upgrade(engine)
    seen = _difference(engine, target=host, include_name=include_name, version_table="alembic")
    assert seen == []


def test_host_autogenerate_without_include_name_would_drop_ours(engine: Engine) -> None:
    host = _host()
    host.create_all(engine)
    migrations.upgrade(engine)
    seen = _difference(engine, target=host, version_table="alembic")
    dropped = {step[1].name for step in seen if step[0] == "remove_table"}
    assert dropped == {*metadata.tables, migrations.VERSION_TABLE}


def test_our_autogenerate_sees_none_of_the_host(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.sqlite'}")
    _host().create_all(engine)
    migrations.upgrade(engine)
    with alone(engine) as connection:
        command.check(migrations.config(connection))  # raises when it would write a revision
    engine.dispose()


def test_names_fit_every_database() -> None:
    names = [
        *metadata.tables,
        *(index.name for table in metadata.tables.values() for index in table.indexes),
    ]
    assert all(name.startswith((PREFIX, f"ix_{PREFIX}")) for name in names)
    assert max(map(len, names)) <= 63


def _host() -> MetaData:
    host = MetaData()
    Table("author", host, Column("id", Integer, primary_key=True))
    Table(
        "post",
        host,
        Column("id", Integer, primary_key=True),
        Column("author_id", Integer, ForeignKey("author.id", ondelete="CASCADE")),
    )
    return host
