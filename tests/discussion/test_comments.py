"""Checking, editing, deleting: by whom, and for how long."""

from pathlib import Path

import pytest
from cpu import cpu_seconds
from world import Verbs, World, make_world

from commentkit.discussion import comments
from commentkit.errors import CommentKitError
from commentkit.rules import SiteRules


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
    assert error.value.code == code


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
    assert error.value.code == "edit_window_over"


def test_nobody_edits_or_reads_the_source_of_another(world: World, verbs: Verbs) -> None:
    comment = verbs.post(verbs.identity(), "one")
    stranger = verbs.viewer(verbs.identity("Luca"))
    with world.kit.database.begin() as db:
        for verb in (comments.read_source, comments.delete):
            with pytest.raises(CommentKitError) as error:
                verb(db, world.site, stranger, comment_id=comment.id, now=world.clock())
            assert error.value.code == "not_yours"


def test_a_rejected_comment_is_gone_for_its_author_too(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    comment = verbs.post(author, "one")
    verbs.move(comment, "rejected")
    with world.kit.database.begin() as db, pytest.raises(CommentKitError) as error:
        comments.read_source(
            db, world.site, verbs.viewer(author), comment_id=comment.id, now=world.clock()
        )
    assert error.value.code == "unknown_comment"


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
