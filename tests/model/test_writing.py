"""What was stored at once is what reading would give, and asks for no second statement."""

from pathlib import Path

import pytest
from database_support import Databases
from sqlalchemy import event, inspect
from world import Verbs, World, make_world

from commentkit.model import Comment
from commentkit.model.base import table_of


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


def columns(comment: Comment) -> dict[str, object]:
    return {column.key: getattr(comment, column.key) for column in table_of(Comment).columns}


def test_a_stored_row_is_as_if_read(world: World) -> None:
    verbs = Verbs(world)
    stored = verbs.post(verbs.identity(), "Hello *there*")
    assert columns(stored) == columns(verbs.again(stored))


def test_a_change_of_a_stored_row_is_noticed(world: World) -> None:
    verbs = Verbs(world)
    stored = verbs.post(verbs.identity(), "Hello")
    assert not inspect(stored).modified
    with world.kit.database.begin() as db:
        db.add(stored)
        stored.author_name = "Another"
    assert verbs.again(stored).author_name == "Another"


def test_a_stored_row_is_not_written_twice(world: World) -> None:
    verbs = Verbs(world)
    author, said = verbs.identity(), list[str]()
    engine = world.kit.database.engine
    note = lambda *given: said.append(given[2].split()[0])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    try:
        verbs.post(author, "Hello")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert said.count("INSERT") == 2  # the thread and the comment
