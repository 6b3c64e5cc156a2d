"""How often a visitor's request asks the database: who adds a question must say so here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from world import PAGE_URL, World

VIEWER = f"/viewer?url={PAGE_URL}"


@contextmanager
def asked(world: World) -> Iterator[list[str]]:
    """Note every statement, those that begin and end a transaction too."""
    engine, said = world.kit.database.engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):  # SQLite's own way to begin
            said.append(statement)

    def commit(_connection: object) -> None:
        said.append("COMMIT")

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", commit)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", commit)


def verbs(said: list[str]) -> list[str]:
    return [statement.split()[0] for statement in said]


def test_a_viewer_takes_two_questions(world: World) -> None:
    world.post()
    world.call("GET", VIEWER)
    with asked(world) as said:
        answer = world.call("GET", VIEWER)
    assert len(answer.get_json()["comments"]) == 1
    assert verbs(said) == ["SELECT", "SELECT"]


def test_who_never_signed_in_takes_one(world: World) -> None:
    world.post()
    world.call("GET", VIEWER, who="luca")
    with asked(world) as said:
        world.call("GET", VIEWER, who="luca")
    assert verbs(said) == ["SELECT"]


def test_a_new_guest_takes_nothing_twice(world: World) -> None:
    world.post("The first opens the thread")
    with asked(world) as said:
        assert world.post(who="luca", idempotency_key="k" * 22).status_code == 201
    read = ["SELECT", "SELECT"]  # the thread; was it sent, or said, before?
    wrote = ["INSERT", "INSERT", "INSERT", "UPDATE", "INSERT", "INSERT"]
    assert verbs(said) == [*read, *wrote, "COMMIT"]


def test_a_known_guest_takes_no_more(world: World) -> None:
    world.post("The first opens the thread")
    with asked(world) as said:
        assert world.post("Another one", idempotency_key="k" * 22).status_code == 201
    assert len(said) <= 9
    assert verbs(said).count("COMMIT") == 1
    assert "SAVEPOINT" not in verbs(said)


def test_a_press_sent_again_is_found_before_anything_is_written(world: World) -> None:
    first = world.post("Only once", idempotency_key="k" * 22).get_json()["comment"]["id"]
    with asked(world) as said:
        again = world.post("Only once", idempotency_key="k" * 22).get_json()["comment"]["id"]
    assert again == first
    assert not {"INSERT", "UPDATE"} & set(verbs(said))
