"""One's own comments: edited and deleted, for a while."""

from typing import Any

import pytest
import widget_fragments as fragments
from playwright.sync_api import Locator, expect
from widget_server import SITE, Answer, Asked
from widget_world import World
from widget_writing import COMMENTS, as_author, own, refusal

pytestmark = pytest.mark.browser


def test_an_own_comment_is_edited_in_its_place(world: World) -> None:
    source = {"id": "1", "text": "Words *1*", "version": "7"}
    world.server.table[f"{COMMENTS}/1/source"] = Answer(source)
    changed = {
        "id": "1",
        "parent": None,
        "status": "approved",
        "html": fragments.comment(1, text="Better words"),
    }
    world.server.table[f"PATCH {COMMENTS}/1"] = Answer({"comment": changed})
    as_author(world)
    expect(world.action("edit")).to_have_count(1)
    world.action("edit").click()
    field = world.kit.locator("[data-form=edit] textarea")
    expect(field).to_have_value("Words *1*")
    assert world.focused() == "text"
    expect(world.action("delete")).to_be_hidden()
    world.action("cancel-edit").click()
    assert world.focused() == "edit"
    expect(world.action("delete")).to_be_visible()
    world.action("edit").press("Enter")
    field.fill("Better *words*")
    field.press("Control+Enter")
    expect(world.kit.locator("[data-comment='1'] [part~=body]")).to_have_text("Better words")
    sent = world.server.calls(f"{COMMENTS}/1", "PATCH")[0].body
    assert sent == {"text": "Better *words*", "version": "7"}
    assert world.focused() == "comment-1"
    world.notice("Your changes are saved.")
    expect(world.action("edit")).to_have_count(1)


def test_a_refused_edit_says_why_in_its_place(world: World) -> None:
    world.server.table[f"{COMMENTS}/1/source"] = Answer({"id": "1", "text": "Words"})
    world.server.table[f"PATCH {COMMENTS}/1"] = refusal(
        ("comment_empty", "Write something.", "text")
    )
    as_author(world)
    world.action("edit").click()
    world.kit.locator("[data-form=edit] textarea").fill("")
    world.action("save").click()
    expect(world.kit.locator("[data-form=edit] [data-error-for=text]")).to_have_text(
        "Write something."
    )


def test_an_own_comment_is_deleted_after_a_question(world: World) -> None:
    gone = {
        "id": "1",
        "html": '<li data-comment="1" data-tombstone>'
        '<article id="comment-1" tabindex="-1">Deleted</article></li>',
    }
    world.server.table[f"DELETE {COMMENTS}/1"] = Answer(
        {"comment": gone, "count": 1, "count_text": "1 comment"}
    )
    as_author(world)
    answers = iter((False, True))
    asked: list[str] = []

    def decide(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    world.page.on("dialog", decide)
    world.action("delete").click()
    assert not world.server.calls(f"{COMMENTS}/1", "DELETE")
    world.action("delete").click()
    expect(world.kit.locator("li[data-tombstone]")).to_contain_text("Deleted")
    expect(world.kit.locator("[data-count-text]")).to_have_text("1 comment")
    assert asked == ["Delete this comment?"] * 2
    world.server.table[f"DELETE {COMMENTS}/2"] = Answer(
        {"comment": {"id": "2", "html": None}, "count": 0, "count_text": "None"}
    )


def test_a_comment_without_trace_leaves_the_list(world: World) -> None:
    world.server.table[f"DELETE {COMMENTS}/1"] = Answer(
        {"comment": {"id": "1", "html": None}, "count": 1, "count_text": "1 comment"}
    )
    as_author(world)
    world.page.on("dialog", lambda dialog: dialog.accept())
    world.action("delete").click()
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)
    assert world.focused() == "comment-2"


def test_a_failed_deletion_is_said_beside_it(world: World) -> None:
    world.server.table[f"DELETE {COMMENTS}/1"] = refusal(
        ("edit_window_over", "The time is over.", None), status=403
    )
    as_author(world)
    world.page.on("dialog", lambda dialog: dialog.accept())
    world.action("delete").click()
    expect(world.kit.locator("[data-comment='1'] [role=alert]")).to_have_text("The time is over.")


def test_edit_and_delete_go_when_their_time_is_over(world: World) -> None:
    as_author(world, seconds=4)
    expect(world.action("edit")).to_have_count(0, timeout=8_000)
    expect(world.action("delete")).to_have_count(0)


def edit(world: World, *, mine: str = "approved") -> Locator:
    """Begin to edit one's own first comment, which every viewer answer brings along."""
    comment = fragments.comment(1, author="Me", status=mine)
    brought = {"id": "1", "parent": None, "status": mine, "html": comment}
    world.server.table[f"{COMMENTS}/1/source"] = Answer(
        {"id": "1", "text": "Words", "version": "1"}
    )
    as_author(world)
    world.server.table[f"{SITE}/viewer"] = Answer(own(1, comments=[brought]))
    follow_another_tab(world)
    world.action("edit").click()
    field = world.kit.locator("[data-form=edit] textarea")
    field.fill("An hour of work")
    return field


def follow_another_tab(world: World, value: str | None = "1") -> None:
    """Let another tab of the site sign in or out, and wait until this one has followed."""
    other = world.context.new_page()
    other.goto(world.site.page("/empty", ""))
    key = f"commentkit:{world.server.origin}/commentkit:blog"
    write = "([k, v]) => v === null ? localStorage.removeItem(k) : localStorage.setItem(k, v + '')"
    if value is None:
        other.evaluate(write, [key, None])
    else:
        with world.page.expect_response("**/viewer?*"):
            other.evaluate("k => localStorage.removeItem(k)", key)
            world.wait_state("signed-out")
            other.evaluate(write, [key, value])
    world.wait_state("signed-out" if value is None else "signed-in")
    other.close()


def thread(asked: Asked) -> Answer:
    """A first page with comments 1 and 2; what is newest, or further on, is elsewhere."""
    there = [3, 4] if asked.query.get("sort") == "newest" or asked.query.get("after") else [1, 2]
    items = "".join(fragments.comment(number) for number in there)
    sort = asked.query.get("sort") or "oldest"
    return Answer(fragments.section(items, count=4, sort=sort, more="" if 3 in there else "2"))


@pytest.mark.parametrize("mine", ["approved", "pending"])
def test_an_edit_survives_what_other_tabs_do(world: World, mine: str) -> None:
    field = edit(world, mine=mine)
    follow_another_tab(world)
    expect(field).to_have_value("An hour of work")
    follow_another_tab(world, None)
    expect(field).to_have_value("An hour of work")


@pytest.mark.parametrize("mine", ["approved", "pending"])
def test_an_edit_survives_more_comments_and_another_order(world: World, mine: str) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    field = edit(world, mine=mine)
    world.action("more").click()
    expect(world.kit.locator("[data-comment='3']")).to_be_visible()
    expect(field).to_have_value("An hour of work")
    for order in ("newest", "oldest"):
        world.kit.locator(f"[data-sort={order}]").click()
        expect(world.kit.locator(f"[data-sort={order}][aria-current]")).to_have_count(1)
        expect(world.kit.locator("[data-comment='1'] [data-form=edit] textarea")).to_have_count(1)
        expect(field).to_have_value("An hour of work")


def test_an_edit_survives_the_end_of_the_sign_in(world: World) -> None:
    world.server.table[f"PATCH {COMMENTS}/1"] = refusal(
        ("token_expired", "Your sign-in has ended.", None), status=401
    )
    field = edit(world, mine="pending")
    world.action("save").click()
    world.wait_state("signed-out")
    error = world.kit.locator("[data-form=edit] [data-error-for=text]")
    expect(error).to_have_text("Your sign-in has ended.")
    expect(field).to_have_value("An hour of work")
    world.action("cancel-edit").click()
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)


def test_nothing_can_be_typed_into_an_edit_that_is_being_saved(world: World) -> None:
    world.server.table[f"PATCH {COMMENTS}/1"] = refusal(("comment_long", "Too long.", "text"))
    field = edit(world)
    gate = world.server.hold(f"{COMMENTS}/1")
    world.action("save").click()
    expect(field).not_to_be_editable()
    gate.set()
    expect(world.kit.locator("[data-form=edit] [data-error-for=text]")).to_have_text("Too long.")
    expect(field).to_be_editable()


def test_what_was_edited_or_deleted_does_not_come_back_with_more_comments(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    changed = fragments.comment(1, author="Me", text="Better words")
    world.server.table[f"PATCH {COMMENTS}/1"] = Answer({"comment": {"id": "1", "html": changed}})
    edit(world)
    world.action("save").click()
    said = world.kit.locator("[data-comment='1'] [part~=body]")
    expect(said).to_have_text("Better words")
    world.action("more").click()
    expect(world.kit.locator("[data-comment='3']")).to_be_visible()
    expect(said).to_have_text("Better words")

    world.server.table[f"DELETE {COMMENTS}/1"] = Answer(
        {"comment": None, "count": 3, "count_text": "3 comments"}
    )
    world.page.on("dialog", lambda dialog: dialog.accept())
    world.action("delete").click()
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)
    world.kit.locator("[data-sort=newest]").click()
    expect(world.kit.locator("[data-sort=newest][aria-current]")).to_have_count(1)
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)


def test_an_answer_to_a_comment_that_is_deleted_goes_home_with_its_text(world: World) -> None:
    world.server.table[f"DELETE {COMMENTS}/1"] = Answer(
        {"comment": None, "count": 1, "count_text": "1 comment"}
    )
    as_author(world)
    world.kit.locator("[data-comment='1'] [data-action=reply]").click()
    world.textarea.fill("To myself")
    world.page.on("dialog", lambda dialog: dialog.accept())
    world.action("delete").click()
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)
    expect(world.textarea).to_have_value("To myself")
