"""The unit of work: what follows a commit."""

import logging

import pytest
from sqlalchemy import text

from commentkit.model import Database, after_commit, own_engine


@pytest.fixture
def database() -> Database:
    return Database(own_engine("sqlite://"))


def test_what_follows_a_commit_cannot_undo_it(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR), database.begin() as db:
        after_commit(db, fail)
        after_commit(db, lambda: heard.append("the next one"))
        db.execute(text("SELECT 1"))
    assert heard == ["the next one"]
    assert "ZeroDivisionError" in caplog.text


def test_nothing_follows_what_was_rolled_back(database: Database) -> None:
    heard: list[str] = []

    def change_and_fail() -> None:
        with database.begin() as db:
            after_commit(db, lambda: heard.append("never"))
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    assert heard == []


@pytest.mark.parametrize(("opened", "begun"), [("look", False), ("read", True)])
def test_only_a_look_begins_nothing(database: Database, opened: str, begun: bool) -> None:
    with getattr(database, opened)() as db:
        assert db.execute(text("SELECT 1")).scalar() == 1
        connection = db if opened == "look" else db.connection()
        assert connection.connection.driver_connection.in_transaction is begun
    with database.read() as db:  # the next one begins as ever
        db.execute(text("SELECT 1"))
        assert db.connection().connection.driver_connection.in_transaction
