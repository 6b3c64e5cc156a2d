"""Behind PgBouncer in transaction mode: every transaction may meet another server process."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from database_support import fresh_url
from pgbouncer_support import bouncing
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.orm import Session

from commentkit.migrations.locks import alone
from commentkit.migrations.problems import MigrationError
from commentkit.model import Database, Limits, own_engine
from commentkit.model.engines import is_pooled

TALLY = text("UPDATE tally SET n = n + 1 WHERE id = :id")
LIMITS = text("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")


@pytest.fixture
def direct(tmp_path: Path) -> Iterator[URL]:
    """The address of a database with two rows to count in."""
    with fresh_url("postgresql", tmp_path) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE tally (id INT PRIMARY KEY, n INT)"))
            connection.execute(text("INSERT INTO tally VALUES (1, 0), (2, 0)"))
        engine.dispose()
        yield make_url(url)


@pytest.fixture(params=["", "options"], ids=["refuses options", "ignores options"])
def pooled(request: pytest.FixtureRequest, direct: URL) -> Iterator[URL]:
    """The same, behind two server connections for everybody."""
    with bouncing(direct, ignored=request.param) as url:
        yield url


def test_nothing_rests_on_a_session_of_its_own(pooled: URL) -> None:
    """Eight clients share two servers: a statement prepared on one is not known to the other."""
    engine = own_engine(pooled)
    database = Database(engine)

    def work(number: int) -> None:
        def count(db: Session) -> None:
            db.execute(TALLY, {"id": 1})
            db.execute(TALLY, {"id": 2})

        database.write(count)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(120)))
    with database.read() as db:
        rows = db.execute(text("SELECT n FROM tally ORDER BY id")).scalars().all()
    engine.dispose()
    assert rows == [120, 120]


def test_the_limits_hold_in_each_transaction_and_are_left_to_nobody(pooled: URL) -> None:
    engine, host = own_engine(pooled, Limits(statement_seconds=7)), create_engine(pooled)
    database = Database(engine)
    with database.read() as db:
        assert is_pooled(db.connection())
        assert tuple(db.execute(LIMITS).one()) == ("7s", "2s")
    assert tuple(database.write(lambda db: db.execute(LIMITS).one())) == ("7s", "2s")
    for _ in range(4):
        with host.connect() as connection:
            assert tuple(connection.execute(LIMITS).one()) == ("0", "0")
    engine.dispose()
    host.dispose()


def test_without_a_pooler_each_connection_has_them_for_good(direct: URL) -> None:
    engine = own_engine(direct)
    with Database(engine).read() as db:
        assert not is_pooled(db.connection())
        assert tuple(db.execute(LIMITS).one()) == ("10s", "2s")
    engine.dispose()


def test_a_migration_has_to_go_directly(pooled: URL) -> None:
    """Its lock is a session's."""
    with pytest.raises(MigrationError, match="PgBouncer"), alone(own_engine(pooled)):
        pytest.fail("the lock could be anybody's")
