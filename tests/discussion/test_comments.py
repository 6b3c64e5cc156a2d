"""Posting, answering, editing, deleting: what must hold of a thread's shape and counts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cpu import cpu_seconds
from sqlalchemy import func, select
from world import Verbs, World, make_world

from commentkit.discussion import comments, pages, threads
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.model import Comment
from commentkit.rules import SiteRules


def shown_ids(world: World) -> list[int]:
    """Return the ids that the public page has, replies after their root."""
    with world.kit.database.read() as db:
        thread = threads.find(db, world.site, Page(url="http://localhost:8001/a.html").thread_key)
        assert thread is not None
        page = pages.read_page(db, thread, world.site.rules, sort="oldest")
    return [c.id for root in page.roots for c in (root, *page.replies[root.id].comments)]


def code_of(error: pytest.ExceptionInfo[CommentKitError]) -> str:
    return error.value.code


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


def test_a_deleted_root_with_replies_leaves_a_tombstone(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    reply = verbs.post(verbs.identity("Luca"), "two", parent=root)
    with world.kit.database.begin() as db:
        comments.delete(db, world.site, verbs.viewer(author), comment_id=root.id, now=world.clock())
    gone = verbs.again(root)
    assert (gone.shown, gone.source, gone.html, gone.author_name) == (True, "", "", "")
    assert shown_ids(world) == [root.id, reply.id]
    assert verbs.thread_now().comment_count == 1


def test_a_tombstone_goes_with_its_last_reply(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    middle = verbs.post(author, "two", parent=root)
    leaf = verbs.post(author, "three", parent=middle)
    verbs.move(root, "rejected")
    verbs.move(middle, "spam")
    assert shown_ids(world) == [root.id, middle.id, leaf.id]
    verbs.move(leaf, "deleted")
    assert shown_ids(world) == []
    assert verbs.again(root).reply_count == 0
    assert verbs.thread_now().comment_count == 0


def test_an_approved_reply_brings_its_tombstones_back(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    reply = verbs.post(author, "two", parent=root)
    verbs.move(reply, "pending")
    verbs.move(root, "deleted")
    assert shown_ids(world) == []
    verbs.move(reply, "approved")
    assert shown_ids(world) == [root.id, reply.id]
    assert verbs.again(root).reply_count == 1


def test_moving_to_the_same_status_changes_no_count(world: World, verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    verbs.move(root, "approved")
    assert verbs.thread_now().comment_count == 1


@pytest.mark.parametrize("status", ["pending", "rejected", "spam", "deleted"])
def test_nothing_can_answer_what_is_not_there_to_read(verbs: Verbs, status: str) -> None:
    root = verbs.post(verbs.identity(), "one")
    verbs.move(root, status)
    with pytest.raises(CommentKitError) as error:
        verbs.post(verbs.identity("Luca"), "two", parent=root)
    assert code_of(error) == "parent_gone"


def test_a_reply_cannot_cross_threads(verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    with pytest.raises(CommentKitError) as error:
        verbs.post(verbs.identity(), "two", parent=root, url="http://localhost:8001/b.html")
    assert code_of(error) == "parent_gone"


def test_the_same_words_twice_are_refused_kindly(verbs: Verbs) -> None:
    author = verbs.identity()
    verbs.post(author, "one")
    with pytest.raises(CommentKitError) as error:
        verbs.post(author, "one")
    assert code_of(error) == "duplicate_comment"


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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "comment_empty"),
        (" \n\t\u200b", "comment_empty"),
        ("x" * 10_001, "comment_too_long"),
        ("a\x00b", "comment_unusable"),
        ("\ud800", "comment_unusable"),
    ],
)
def test_texts_that_cannot_be_comments(text: str, code: str) -> None:
    with pytest.raises(CommentKitError) as error:
        comments.write(text, rules=SiteRules())
    assert code_of(error) == code


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


def test_an_author_edits_within_the_time(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    comment = verbs.post(author, "one")
    version = verbs.thread_now().version
    world.clock.move(seconds=899)
    written = comments.write("**two**", rules=world.site.rules)
    with world.kit.database.begin() as db:
        comments.edit(
            db,
            world.site,
            verbs.viewer(author),
            comment_id=comment.id,
            written=written,
            now=world.clock(),
        )
    again = verbs.again(comment)
    assert (again.source, again.html) == ("**two**", "<p><strong>two</strong></p>\n")
    assert again.edited_at == world.clock()
    assert verbs.thread_now().version > version


def test_after_the_time_nothing_can_be_changed(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    comment = verbs.post(author, "one")
    world.clock.move(seconds=900)
    with world.kit.database.begin() as db, pytest.raises(CommentKitError) as error:
        comments.delete(
            db, world.site, verbs.viewer(author), comment_id=comment.id, now=world.clock()
        )
    assert code_of(error) == "edit_window_over"


def test_nobody_edits_or_reads_the_source_of_another(world: World, verbs: Verbs) -> None:
    comment = verbs.post(verbs.identity(), "one")
    stranger = verbs.viewer(verbs.identity("Luca"))
    with world.kit.database.begin() as db:
        for verb in (comments.read_source, comments.delete):
            with pytest.raises(CommentKitError) as error:
                verb(db, world.site, stranger, comment_id=comment.id, now=world.clock())
            assert code_of(error) == "not_yours"


def test_a_rejected_comment_is_gone_for_its_author_too(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    comment = verbs.post(author, "one")
    verbs.move(comment, "rejected")
    with world.kit.database.begin() as db, pytest.raises(CommentKitError) as error:
        comments.read_source(
            db, world.site, verbs.viewer(author), comment_id=comment.id, now=world.clock()
        )
    assert code_of(error) == "unknown_comment"


def test_a_reply_is_never_older_than_what_it_answers(world: World, verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    world.clock.move(hours=-1)
    reply = verbs.post(verbs.identity("Luca"), "two", parent=root)
    assert reply.created_at > root.created_at


@pytest.mark.usefixtures("databases")
@pytest.mark.parametrize(("hold", "after"), [("everyone", "pending"), ("first_time", "approved")])
def test_an_edited_comment_waits_again_only_where_everyone_is_held(
    tmp_path: Path, hold: str, after: str
) -> None:
    world = make_world(tmp_path, rules=SiteRules(hold=hold))
    verbs = Verbs(world)
    author = verbs.identity()
    comment = verbs.post(author, "one")
    verbs.move(comment, "approved")
    written = comments.write("two", rules=world.site.rules)
    with world.kit.database.begin() as db:
        comments.edit(
            db,
            world.site,
            verbs.viewer(author),
            comment_id=comment.id,
            written=written,
            now=world.clock(),
        )
    assert verbs.again(comment).status == after
    assert verbs.thread_now().comment_count == int(after == "approved")


def test_long_addresses_are_refused_before_they_cost_anything() -> None:
    """Each start of `http://` used to encode all the rest: 0.7 s for 10,000 characters."""
    assert cpu_seconds(comments.write, "http://a.b/" * 900, rules=SiteRules()) < 0.5
