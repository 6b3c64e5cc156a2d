"""Many at once, on each database: nothing lost, nothing refused, nothing half-shown."""

import threading
from collections import Counter
from pathlib import Path

import pytest
from database_support import Databases
from world import PAGE_URL, Verbs, World, make_world

from commentkit.discussion import comments
from commentkit.errors import CommentKitError

WRITERS, EACH = 8, 8


@pytest.fixture
def world(databases: Databases, tmp_path: Path) -> World:
    limits = dict.fromkeys(("post", "post_try", "post_site"), "100000/minute")
    world = make_world(tmp_path, COMMENTKIT_LIMITS=limits)
    world.app.testing = False  # a failure becomes the answer that a visitor would get
    return world


def test_all_who_write_at_once_in_one_thread_are_stored(world: World) -> None:
    world.post("the thread exists")
    answers: list[int] = []
    together = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        together.wait()
        for turn in range(EACH):
            answer = world.post(f"words {number} {turn}", who=f"writer{number}", transport="bearer")
            answers.append(answer.status_code)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {201: WRITERS * EACH}
    counts = world.get("/counts", query_string={"url": PAGE_URL}).get_json()["counts"]
    assert counts[PAGE_URL]["count"] == WRITERS * EACH + 1


def test_no_reply_slips_under_a_comment_that_is_being_deleted(world: World) -> None:
    verbs = Verbs(world)
    parent = verbs.post(verbs.guest("Root"), "parent")
    deleted, replied = threading.Event(), threading.Event()
    outcome: list[str] = []

    def delete() -> None:
        with world.kit.database.begin() as db:
            comments.erase(db, comments.find(db, world.site.id, parent.id), now=world.clock())
            deleted.set()
            replied.wait(0.5)  # the reply must be waiting for us, not done

    def reply() -> None:
        deleted.wait()
        try:
            verbs.post(verbs.identity("Late"), "reply", parent=parent)
            outcome.append("posted")
        except CommentKitError as error:
            outcome.append(error.code)
        replied.set()

    threads = [threading.Thread(target=each) for each in (delete, reply)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcome == ["parent_gone"]
    assert not verbs.again(parent).shown
    assert verbs.thread_now().comment_count == 0
