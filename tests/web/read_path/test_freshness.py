"""How a change made elsewhere is noticed, on each kind of database."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from world import PAGE_URL, Clock, Verbs, World

from commentkit.model import Thread
from commentkit.web.read_path import reading
from commentkit.web.read_path.freshness import DataVersion

THREAD = f"/thread?url={PAGE_URL}"


def elsewhere(world: World, title: str) -> None:
    """Change a thread as another process would: our own count of commits stays."""
    with world.kit.database.engine.begin() as other:
        other.execute(
            update(Thread)
            .where(Thread.site_id == world.site.id)
            .values(title=title, version=Thread.version + 1)
        )


@pytest.fixture
def verbs(world: World) -> Verbs:
    verbs = Verbs(world)
    verbs.post(verbs.identity(), "Hello")
    return verbs


def test_a_change_elsewhere_is_seen_after_400_ms(world: World, verbs: Verbs) -> None:
    world.get(THREAD)
    elsewhere(world, "Renamed")
    assert "Renamed" not in world.get(THREAD).text
    world.clock.move(seconds=0.41)
    assert "Renamed" in world.get(THREAD).text


def test_a_page_left_alone_is_looked_at_before_it_is_served(world: World, verbs: Verbs) -> None:
    world.get(THREAD)
    world.clock.move(hours=5)
    elsewhere(world, "Renamed")
    assert "Renamed" in world.get(THREAD).text


def test_one_reader_renders_while_others_get_what_was(
    world: World, verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.get(THREAD)
    elsewhere(world, "Renamed")
    world.clock.move(seconds=0.5)
    rendering, go_on, made = threading.Event(), threading.Event(), []
    real = reading._rendered

    def slowly(*args: object) -> object:
        made.append(1)
        rendering.set()
        assert go_on.wait(30)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_rendered", slowly)
    texts: list[str] = []
    one = threading.Thread(target=lambda: texts.append(world.get(THREAD, who="one").text))
    one.start()
    assert rendering.wait(30)
    stale = world.get(THREAD, who="two").text
    world.clock.move(seconds=0.5)  # a second since it was checked: nobody gets that any more
    two = threading.Thread(target=lambda: texts.append(world.get(THREAD, who="three").text))
    two.start()
    two.join(0.05)
    assert two.is_alive()
    go_on.set()
    one.join()
    two.join()
    assert "Renamed" not in stale
    assert all("Renamed" in text for text in texts)
    assert len(made) == 1


def test_who_fails_to_render_leaves_nothing_behind(
    world: World, verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> object:
        raise RuntimeError("no")

    real = reading._rendered
    monkeypatch.setattr(reading, "_rendered", fail)
    with pytest.raises(RuntimeError):
        world.get(THREAD)
    monkeypatch.setattr(reading, "_rendered", real)
    assert "Hello" in world.get(THREAD).text


def test_sqlite_counts_the_commits_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    other.commit()
    count = DataVersion(path)
    first = count()
    assert count() == first
    other.execute("INSERT INTO t VALUES (1)")
    assert count() == first
    other.commit()
    assert count() != first
    other.close()


def test_sqlite_that_cannot_be_asked_is_no_error(tmp_path: Path) -> None:
    missing = tmp_path / "a.sqlite3"
    assert DataVersion(missing)() is None
    assert not missing.exists()


def test_the_count_is_not_believed_for_ever(make_world: Callable[..., World], clock: Clock) -> None:
    """A file put in the place of another is not what the open connection sees."""
    world = make_world()
    changes = world.kit.changes
    then = changes.moment()
    world.clock.move(seconds=9)
    assert changes.none_since(then, changes.moment()) is (then.count is not None)
    world.clock.move(seconds=2)
    assert changes.none_since(then, changes.moment()) is False
