"""Posting and answering: once for a press, under what it answers, and held where it must wait."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select
from world import Verbs, World, make_world

from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.rules import SiteRules


def test_a_posted_comment_is_counted_and_moves_the_version(world: World, verbs: Verbs) -> None:
    before = verbs.thread().version
    comment = verbs.post(verbs.identity(), "Hello")
    thread = verbs.thread_now()
    assert (comment.status, comment.shown, thread.comment_count) == ("approved", True, 1)
    assert thread.version > before
    assert comment.html == "<p>Hello</p>\n"


def test_replies_know_their_root_at_any_depth(verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    reply = verbs.post(author, "two", parent=root)
    deep = verbs.post(author, "three", parent=reply)
    assert (reply.root_id, deep.root_id, deep.parent_id) == (root.id, root.id, reply.id)
    assert verbs.again(root).reply_count == 2


@pytest.mark.parametrize("status", ["pending", "rejected", "spam", "deleted"])
def test_nothing_can_answer_what_is_not_there_to_read(verbs: Verbs, status: str) -> None:
    root = verbs.post(verbs.identity(), "one")
    verbs.move(root, status)
    with pytest.raises(CommentKitError) as error:
        verbs.post(verbs.identity("Luca"), "two", parent=root)
    assert error.value.code == "parent_gone"


def test_a_reply_cannot_cross_threads(verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    with pytest.raises(CommentKitError) as error:
        verbs.post(verbs.identity(), "two", parent=root, url="http://localhost:8001/b.html")
    assert error.value.code == "parent_gone"


def test_a_reply_is_never_older_than_what_it_answers(world: World, verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    world.clock.move(hours=-1)
    reply = verbs.post(verbs.identity("Luca"), "two", parent=root)
    assert reply.created_at > root.created_at


def test_the_same_words_twice_are_refused_kindly(verbs: Verbs) -> None:
    author = verbs.identity()
    verbs.post(author, "one")
    with pytest.raises(CommentKitError) as error:
        verbs.post(author, "one")
    assert error.value.code == "duplicate_comment"


def test_somebody_else_may_say_the_same(verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "+1")
    assert verbs.post(verbs.identity("Luca"), "+1").status == "approved"


def test_the_same_key_is_one_comment(verbs: Verbs) -> None:
    author, key = verbs.identity(), "k" * 22
    first = verbs.post(author, "one", key=key)
    with pytest.raises(CommentKitError):
        verbs.post(author, "one")
    assert first.idempotency_hash is not None


def test_a_hundred_presses_at_once_are_one_comment(world: World) -> None:
    body = {
        "thread": {"url": "http://localhost:8001/a.html"},
        "text": "only once",
        "name": "Anna",
        "email": "anna@example.org",
        "transport": "bearer",
        "idempotency_key": "x" * 22,
    }

    def press(number: int) -> tuple[int, str]:
        answer = world.call("POST", "/comments", who=f"tab{number}", json=body)
        return answer.status_code, answer.get_json()["comment"]["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(press, range(100)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    with world.kit.database.read() as db:
        assert db.scalar(select(func.count()).select_from(Comment)) == 1


@pytest.mark.usefixtures("databases")
def test_first_time_authors_wait_until_one_is_approved(tmp_path: Path) -> None:
    world = make_world(tmp_path, rules=SiteRules(hold="first_time"))
    verbs = Verbs(world)
    author = verbs.identity()
    first = verbs.post(author, "one")
    assert verbs.post(author, "two").status == "pending"
    verbs.move(first, "approved")
    assert verbs.post(author, "three").status == "approved"


@pytest.mark.usefixtures("databases")
def test_where_everyone_is_held_an_approved_author_is_too(tmp_path: Path) -> None:
    world = make_world(tmp_path, rules=SiteRules(hold="everyone"))
    verbs = Verbs(world)
    author = verbs.identity()
    verbs.move(verbs.post(author, "one"), "approved")
    assert verbs.post(author, "two").status == "pending"
