"""A revision over 50,000 comments: killed, resumed and taken back while people read and write."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from busy import NOW, ROWS, checksum, populate, traffic
from sqlalchemy import Engine, func, inspect, select, table, text

from commentkit import migrations
from commentkit.migrations.backfill import PROGRESS
from commentkit.migrations.locks import alone
from commentkit.model import Comment, metadata, own_engine
from commentkit.model.revision import HEAD

FOLDERS = (migrations.VERSIONS, Path(__file__).parent / "tree")
LATER = "scored"
INDEX = "ix_commentkit_comment_score"

_UPGRADE = """
import sys
from pathlib import Path
from commentkit import migrations
from commentkit.model import own_engine
migrations.upgrade(
    own_engine(sys.argv[1]),
    folders=(migrations.VERSIONS, Path(sys.argv[2])),
    tell=lambda line: print(line, flush=True),
)
"""


@contextmanager
def upgrading(url: str) -> Iterator[subprocess.Popen[str]]:
    """Upgrade in a process of its own."""
    words = [sys.executable, "-W", "error", "-c", _UPGRADE, url, str(FOLDERS[1])]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(600)
def test_a_killed_upgrade_goes_on_and_can_be_taken_back(url: str):
    engine = own_engine(url)
    migrations.upgrade(engine)
    populate(engine)
    before = checksum(engine)
    with traffic(engine) as seen:
        done, written = killed_in_the_middle(engine, url)
        assert seen.reads
        assert written
        again = seen.so_far
        said = resumed(engine, url)
        assert all(now > then for now, then in zip(seen.so_far, again, strict=True))
    assert f"going on after {done:,} rows" in said
    assert migrations.current(engine) == LATER
    filled, rightly = scored(engine)
    assert filled == rightly >= ROWS + written
    assert checksum(engine) == before
    with traffic(engine):
        migrations.downgrade(engine, HEAD, folders=FOLDERS)
    assert migrations.current(engine) == HEAD
    assert difference(engine) == []
    assert checksum(engine) == before
    engine.dispose()


def killed_in_the_middle(engine: Engine, url: str) -> tuple[int, int]:
    """Kill the upgrade once a fifth is done; return how far it was, and what others had written."""
    with upgrading(url) as process:
        last = time.monotonic() + 90
        while done_so_far(engine) < ROWS // 5:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < last
            time.sleep(0.01)
        process.kill()
        process.wait()
    done = settled(engine)
    assert ROWS // 5 <= done < ROWS
    assert migrations.current(engine) == HEAD
    assert scored(engine)[0] == done
    return done, written_meanwhile(engine)


def done_so_far(engine: Engine) -> int:
    """Ask how far the filling is; before it began there is no table to ask."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(PROGRESS.name):
            return 0
        return connection.scalar(select(func.sum(PROGRESS.c.done))) or 0


def settled(engine: Engine) -> int:
    """Wait until the server has ended what the killed process had begun."""
    with alone(engine):
        return done_so_far(engine)


def resumed(engine: Engine, url: str) -> str:
    with upgrading(url) as process:
        said, wrong = process.communicate(timeout=240)
    assert process.returncode == 0, wrong
    return said


def scored(engine: Engine) -> tuple[int, int]:
    """Count the rows that have a score, and those that have the right one."""
    where = "score IS NOT NULL", "score = reply_count * 10 + 1"
    with engine.connect() as connection:
        counts = [
            connection.scalar(
                select(func.count()).select_from(table("commentkit_comment")).where(text(one))
            )
            for one in where
        ]
    return counts[0] or 0, counts[1] or 0


def written_meanwhile(engine: Engine) -> int:
    with engine.connect() as connection:
        asked = select(func.count()).select_from(Comment).where(Comment.created_at >= NOW)
        return connection.scalar(asked) or 0


def difference(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        options = {"version_table": migrations.VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
