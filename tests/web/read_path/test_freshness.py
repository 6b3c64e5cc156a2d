"""How a change made elsewhere is noticed, on each kind of database."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from world import PAGE_URL, SERVER, Clock, Verbs, World

from commentkit.model import Thread
from commentkit.web.read_path import reading
from commentkit.web.read_path.freshness import DataVersion

THREAD = f"/thread?url={PAGE_URL}"
ADDRESS = f"{SERVER}/commentkit/blog{THREAD}"


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


def test_who_waits_does_not_render_again(
    world: World, verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits go on while a page is made: without care each who waited would make it again."""
    rendering, go_on, made = threading.Event(), threading.Event(), []
    real = reading._rendered

    def slowly(*args: object) -> object:
        made.append(1)
        rendering.set()
        assert go_on.wait(30)
        world.kit.database.commits += 1
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "_rendered", slowly)
    readers = [
        threading.Thread(target=lambda who=str(n): world.client(who).get(ADDRESS))
        for n in range(12)
    ]
    for reader in readers:
        reader.start()
    assert rendering.wait(30)
    go_on.set()
    for reader in readers:
        reader.join()
    assert len(made) <= 2


def test_a_database_that_is_gone_is_waited_for_once(
    world: World, verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def gone(*_args: object) -> object:
        asked.append(1)
        raise OperationalError("SELECT", None, Exception("gone"))

    monkeypatch.setattr(reading, "_version", gone)
    assert world.error(world.get(THREAD))[:2] == (503, "unavailable")
    assert len(asked) == 1


def test_names_of_no_site_are_looked_up_once_in_a_while(world: World) -> None:
    asked: list[str] = []

    def hear(_c: object, _k: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(world.kit.database.engine, "before_cursor_execute", hear)
    for _ in range(20):
        assert world.error(world.get(THREAD, site="nobody"))[1] == "unknown_site"
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_a_child_holds_no_lock_of_its_parent(world: World, verbs: Verbs) -> None:
    kit = world.kit
    world.get(THREAD)
    for holder in (kit.pages, kit.sites, kit.database.written):
        before = holder._lock
        with before:
            forked = getattr(holder, "_empty", None) or holder._renew_lock
            forked()
        assert holder._lock is not before
    assert "Hello" in world.get(THREAD).text
