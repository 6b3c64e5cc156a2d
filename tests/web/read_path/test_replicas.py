"""Behind a replica that lags, what this process wrote or a reader saw is not taken back."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from world import PAGE_URL, Verbs, World

from commentkit.model import own_engine
from commentkit.model.replicas import Replicas
from commentkit.model.written import Written
from commentkit.web.read_path.layer import ReadPath

THREAD = f"/thread?url={PAGE_URL}"
COUNTS = f"/counts?url={PAGE_URL}"

pytestmark = pytest.mark.only_on("sqlite")  # a copied file is a replica that stands still


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(COMMENTKIT_READ_PATH=True)


def copied(world: World, path: Path) -> Engine:
    """Make a replica that has what the primary has now, and hears no more."""
    with closing(sqlite3.connect(str(world.kit.database.engine.url.database))) as connection:
        connection.execute("VACUUM INTO ?", (str(path),))
    return own_engine(f"sqlite:///{path}")


def behind(world: World, *replicas: Engine) -> None:
    """Let the world read from replicas, as if it had been made with them."""
    database, layer = world.kit.database, world.app.wsgi_app
    database.replicas, database._nearby = replicas, Replicas(replicas)
    assert isinstance(layer, ReadPath)
    layer._replicated = True


@pytest.fixture
def lagging(world: World, tmp_path: Path) -> Iterator[Engine]:
    engine = copied(world, tmp_path / "replica.sqlite3")
    behind(world, engine)
    yield engine
    engine.dispose()


def count(world: World) -> int:
    found: int = world.get(COUNTS).json["counts"][PAGE_URL]["count"]
    return found


def test_the_first_comment_stays_once_it_was_shown(world: World, lagging: Engine) -> None:
    assert "Hello there" not in world.get(THREAD).text
    world.post()
    for _ in range(4):
        assert "Hello there" in world.get(THREAD).text
        world.clock.move(seconds=2)


def test_counts_follow_what_was_written_here(world: World, lagging: Engine) -> None:
    assert count(world) == 0
    for number in (1, 2, 3):
        world.post(f"Text {number}")
        assert count(world) == number
        world.clock.move(seconds=2)
        assert count(world) == number


def test_a_page_never_kept_shows_what_was_written_here(world: World, lagging: Engine) -> None:
    world.post("One")
    world.post("Two")
    assert "Two" in world.get(THREAD).text
    assert "Two" in world.get(f"{THREAD}&sort=newest").text


def test_replicas_that_disagree_refuse_nobody(world: World, tmp_path: Path) -> None:
    old = copied(world, tmp_path / "old.sqlite3")
    Verbs(world).post(Verbs(world).identity(), "Hello")
    new = copied(world, tmp_path / "new.sqlite3")
    behind(world, old, new)
    for _ in range(40):
        assert world.get(THREAD).status_code == 200
        world.clock.move(seconds=1)
    assert "Hello" in world.get(THREAD).text
    old.dispose()
    new.dispose()


def test_a_reader_who_saw_the_first_comment_sees_it_again(world: World, tmp_path: Path) -> None:
    old = copied(world, tmp_path / "old.sqlite3")
    Verbs(world).post(Verbs(world).identity(), "Hello")
    tag = world.get(THREAD).headers["ETag"]
    behind(world, old)
    world.kit.database.written = Written()  # as in another process
    for kept in list(world.kit.pages._main.pages.values()):
        world.kit.pages.drop(kept)
    assert "Hello" not in world.get(THREAD).text
    assert world.get(THREAD, headers={"If-None-Match": tag}).status_code == 304
    old.dispose()
