"""The form: drafts, sending, errors, replies; all of it by keyboard too."""

import json
import threading

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer
from widget_world import World
from widget_writing import COMMENTS, body, posted, refusal, send

pytestmark = pytest.mark.browser


def test_a_guest_comments(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    world.textarea.fill("Hello")
    for name, value in (
        ("email", "anna@example.org"),
        ("name", "Anna"),
        ("website", "https://anna.example"),
    ):
        world.kit.locator(f"[name={name}]").fill(value)
    world.kit.locator("[name=notify_comments]").check()
    send(world)
    expect(world.kit.locator("[part~=comment-list] > li").last).to_contain_text("Words 3")
    expect(world.kit.locator("[data-count-text]")).to_have_text("3 comments")
    world.notice("Your comment is published.")
    expect(world.textarea).to_have_value("")
    assert world.focused() == "comment-3"
    assert world.events("posted") == [{"id": "3", "parent": None, "status": "approved"}]
    sent = body(world)
    assert sent["thread"] == {"key": "", "url": world.site.origin + "/post", "title": "Post"}
    assert (sent["text"], sent["name"], sent["email"], sent["website"]) == (
        "Hello",
        "Anna",
        "anna@example.org",
        "https://anna.example",
    )
    assert (sent["remember"], sent["notify_comments"], sent["parent"]) == (False, True, None)
    assert (sent["transport"], sent["as"]) == ("partitioned", "guest")
    assert len(sent["idempotency_key"]) >= 22
    assert world.server.calls(COMMENTS, "POST")[0].headers["x-commentkit"] == "1"
    assert world.server.calls(COMMENTS, "POST")[0].query["lang"] == "en"


def test_a_heading_is_not_the_links_text(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(3, status="pending", heading="Comments")
    world.start()
    world.textarea.fill("Hello")
    send(world)
    expect(world.kit.locator("[data-count-text]")).to_have_text("Comments")


def test_what_a_comment_set_going_is_said_with_it(world: World) -> None:
    answer = posted(3)
    assert isinstance(answer.body, dict)
    world.server.table[f"POST {COMMENTS}"] = Answer(answer.body | {"notice": "confirm_sent"}, 201)
    world.start()
    world.textarea.fill("Hello")
    send(world)
    world.notice("Your comment is published. We have written to you.")


def test_details_are_remembered_only_with_consent(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    for consent in (True, False):
        world.textarea.fill("Hello")
        world.kit.locator("[name=name]").fill("Anna")
        world.kit.locator("[name=remember]").set_checked(consent)
        send(world)
        world.kit.locator("[data-comment='3']").wait_for()
        world.page.evaluate("sessionStorage.clear()")
        world.page.reload()
        world.textarea.click()
        world.kit.locator("form:not([data-rest])").first.wait_for()
        expect(world.kit.locator("[name=name]")).to_have_value("Anna" if consent else "")
        expect(world.kit.locator("[name=remember]")).to_be_checked(checked=consent)


def test_a_guests_token_lasts_as_they_wish(world: World) -> None:
    world.server.table[f"GET {SITE}/probe"] = Answer({"cookie": False})
    world.server.table[f"POST {COMMENTS}"] = posted(3, token="GUEST")
    world.start()
    world.textarea.fill("Hello")
    send(world)
    world.kit.locator("[data-comment='3']").wait_for()
    key = f"commentkit:{world.server.origin}/commentkit:blog"
    assert world.page.evaluate("k => [localStorage[k], sessionStorage[k]]", key) == [None, "GUEST"]


def test_a_draft_survives_reload_and_ends_with_the_post(world: World) -> None:
    world.start()
    world.textarea.fill("Half a thought")
    world.kit.locator("[name=email]").fill("anna@example.org")
    world.page.reload()
    expect(world.textarea).to_have_value("Half a thought")
    expect(world.kit.locator("[name=email]")).to_have_value("anna@example.org")
    expect(world.kit.locator("form[data-rest]")).to_have_count(0)
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    send(world)
    world.kit.locator("[data-comment='3']").wait_for()
    world.page.reload()
    world.textarea.click()
    world.kit.locator("form:not([data-rest])").first.wait_for()
    expect(world.textarea).to_have_value("")


def test_each_thread_has_its_own_draft(world: World) -> None:
    world.start()
    world.textarea.fill("For this thread")
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(key="other"))
    world.start()
    expect(world.textarea).to_have_value("")


def test_every_wrong_field_says_so_and_the_first_has_the_focus(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = refusal(
        ("email_invalid", "Check the address.", "email"),
        ("name_required", "Enter your name.", "name"),
    )
    world.start()
    world.textarea.fill("Hello")
    send(world)
    expect(world.kit.locator("[data-error-for=email]")).to_have_text("Check the address.")
    expect(world.kit.locator("[data-error-for=name]")).to_have_text("Enter your name.")
    assert world.focused() == "email"
    email = world.kit.locator("[name=email]")
    expect(email).to_have_attribute("aria-invalid", "true")
    email.fill("anna@example.org")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(world.kit.locator("[data-error-for=email]")).to_have_text("")
    expect(world.kit.locator("[data-error-for=name]")).to_have_text("Enter your name.")
    expect(world.textarea).to_have_value("Hello")
    assert world.events("error")[0]["code"] == "email_invalid"


def test_what_belongs_to_no_field_stands_above_the_button(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = refusal(
        ("too_many", "Wait a moment.", None), status=429
    )
    world.start()
    world.textarea.fill("Hello")
    send(world)
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Wait a moment.")


def test_an_unreachable_server_keeps_the_text_and_the_next_try_is_the_same_comment(
    world: World,
) -> None:
    world.start()
    world.page.route("**/comments?*", lambda route: route.abort())
    world.textarea.fill("Hello")
    send(world)
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Comments cannot be reached.")
    expect(world.textarea).to_have_value("Hello")
    world.page.unroute("**/comments?*")
    world.server.table[f"POST {COMMENTS}"] = refusal(
        ("internal", "Something went wrong.", None), status=500
    )
    send(world)
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Something went wrong.")
    world.page.reload()
    send(world)
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Something went wrong.")
    world.textarea.fill("Hello again")
    send(world)
    expect(world.kit.locator("[data-error-for=form]")).to_have_text("Something went wrong.")
    keys = [a.body["idempotency_key"] for a in world.server.calls(COMMENTS, "POST")]
    assert keys[0] == keys[1] != keys[2]


def test_two_presses_are_one(world: World) -> None:
    gate = world.server.hold(COMMENTS)
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    world.textarea.fill("Hello")
    send(world)
    button = world.kit.locator("[part~=submit]")
    expect(button).to_have_text("Sending…")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.dispatch_event("click")
    world.textarea.press("Control+Enter")
    gate.set()
    world.kit.locator("[data-comment='3']").wait_for()
    expect(button).to_have_text("Post comment")
    assert len(world.server.calls(COMMENTS, "POST")) == 1


def test_a_pending_comment_is_its_authors_alone(world: World) -> None:
    html = fragments.comment(7, status="pending")
    world.server.table[f"POST {COMMENTS}"] = posted(7, status="pending")
    world.start()
    world.textarea.fill("Hello")
    world.textarea.press("Control+Enter")
    world.notice("Awaiting moderation.")
    expect(world.kit.locator("[data-status=pending]")).to_have_count(1)
    waiting = {"id": "7", "parent": None, "status": "pending", "html": html}
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in", comments=[waiting]))
    world.page.reload()
    expect(world.kit.locator("[data-status=pending]")).to_have_count(1)
    world.textarea.click()
    world.action("sign-out").click()
    expect(world.kit.locator("[data-status=pending]")).to_have_count(0)


def test_a_reply_moves_the_form_and_back(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(9, parent=1)
    world.start()
    world.textarea.fill("An answer")
    world.action("reply").first.click()
    form = world.kit.locator("[data-comment='1'] form[data-form=comment]")
    expect(form.locator("[data-reply-to]")).to_have_text("Reply to Marta")
    expect(form.locator("[data-title]")).to_be_hidden()
    expect(world.textarea).to_have_value("An answer")
    assert world.focused() == "text"
    world.action("cancel-reply").click()
    expect(form).to_have_count(0)
    expect(world.kit.locator("[data-title]")).to_be_visible()
    assert world.focused() == "reply"
    world.action("reply").first.click()
    world.page.reload()
    expect(form.locator("textarea")).to_have_value("An answer")
    send(world)
    expect(world.kit.locator("[data-comment='1'] > ol > li[data-comment='9']")).to_be_visible()
    expect(form).to_have_count(0)
    assert body(world)["parent"] == "1"


def test_all_of_it_by_keyboard(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    keys = world.page.keyboard
    keys.type("Typed")
    order = []
    for _ in range(9):
        keys.press("Tab")
        order.append(world.focused())
    assert order == [
        "sign-in",
        "sign-in",
        "email",
        "name",
        "website",
        "remember",
        "notify_comments",
        "button",
        "sort",
    ]
    for _ in range(4):
        keys.press("Shift+Tab")
    assert world.focused() == "website"
    keys.press("Enter")
    expect(world.kit.locator("[data-comment='3']")).to_be_visible()
    assert world.focused() == "comment-3"
    keys.press("Tab")
    assert world.focused() == "a"
    keys.press("Tab")
    assert world.focused() == "reply"
    keys.press("Enter")
    assert world.focused() == "text"
    keys.press("Escape")
    assert world.focused() == "reply"


def test_a_picture_follows_the_e_mail_where_the_site_opted_in(world: World) -> None:
    place = (
        '<img data-guest-picture alt="" hidden><input type="hidden" name="picture_proof" value="">'
    )
    form = fragments.FORM.replace("<label>E-mail", place + "<label>E-mail")
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(form=form))
    world.server.table[f"POST {SITE}/guest-picture"] = lambda asked: Answer(
        {"picture": f"{SITE}/pictures/1", "proof": "PROOF"}
        if asked.body["email"] == "anna@example.org"
        else {"picture": None, "proof": None}
    )
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    image, email = world.kit.locator("[data-guest-picture]"), world.kit.locator("[name=email]")
    email.fill("anna@example.org")
    email.press("Tab")
    expect(image).to_have_attribute("src", world.server.origin + f"{SITE}/pictures/1")
    expect(image).not_to_have_attribute("hidden", "")
    world.textarea.fill("With a picture")
    send(world)
    world.kit.locator("[data-comment='3']").wait_for()
    assert body(world)["picture_proof"] == "PROOF"
    world.textarea.click()
    email.fill("nobody@example.org")
    email.press("Tab")
    expect(image).to_have_attribute("hidden", "")


def test_the_text_grows_without_css_for_it(world: World) -> None:
    world.context.add_init_script("CSS.supports = () => false")
    world.start()
    before = world.textarea.bounding_box()
    world.textarea.fill("line\n" * 20)
    after = world.textarea.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"] + 200


def test_what_is_stored_is_named_for_server_and_site(world: World) -> None:
    world.start()
    world.textarea.fill("Hello")
    names = json.loads(
        world.page.evaluate(
            "JSON.stringify([...Object.keys(localStorage), ...Object.keys(sessionStorage)])"
        )
    )
    assert names
    assert all(
        name.startswith(f"commentkit:{world.server.origin}/commentkit:blog") for name in names
    )


def sending(world: World, text: str = "First part", number: int = 3) -> threading.Event:
    """Send a text and return what lets the answer through."""
    world.server.table[f"POST {COMMENTS}"] = posted(number)
    gate = world.server.hold(COMMENTS)
    world.textarea.fill(text)
    send(world)
    expect(world.kit.locator("form[data-form=comment]")).to_have_attribute("aria-busy", "true")
    return gate


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("First part, and a second thought", ", and a second thought"),
        ("Another one", "Another one"),
    ],
)
def test_what_is_typed_while_sending_stays_as_the_draft(
    world: World, typed: str, left: str
) -> None:
    world.start()
    gate = sending(world)
    world.textarea.fill(typed)
    gate.set()
    world.kit.locator("[data-comment='3']").wait_for()
    expect(world.textarea).to_have_value(left)
    assert world.focused() == "text"
    expect(world.kit.locator("form[data-rest]")).to_have_count(0)
    assert body(world)["text"] == "First part"
    world.page.reload()
    expect(world.textarea).to_have_value(left)
    send(world)
    world.page.wait_for_function("seen.some(([name]) => name === 'posted')")
    assert body(world)["text"] == left
    assert body(world, 0)["idempotency_key"] != body(world)["idempotency_key"]


def test_a_reply_begun_while_sending_stays_where_it_was_begun(world: World) -> None:
    world.start()
    gate = sending(world)
    world.kit.locator("[data-comment='2'] [data-action=reply]").click()
    gate.set()
    world.kit.locator("[data-comment='3']").wait_for()
    expect(world.textarea).to_have_value("")
    expect(world.kit.locator("[data-comment='2'] form[data-form=comment]")).to_be_visible()
    assert world.focused() == "text"


def test_a_reply_stays_one_where_its_comment_is_on_another_page(world: World) -> None:
    world.start()
    world.kit.locator("[data-comment='1'] [data-action=reply]").click()
    world.textarea.fill("To the first")
    world.server.table[f"{SITE}/thread"] = Answer(
        fragments.section(fragments.comment(9), count=9, sort="newest")
    )
    world.action("sort").last.click()
    world.kit.locator("[data-comment='9']").wait_for()
    expect(world.kit.locator("[data-comment='1'] textarea")).to_have_value("To the first")
    world.server.table[f"POST {COMMENTS}"] = posted(10, parent=1)
    send(world)
    world.kit.locator("[data-comment='10']").wait_for()
    assert body(world)["parent"] == "1"


def test_a_notice_goes_with_the_next_action(world: World) -> None:
    world.server.table[f"POST {COMMENTS}"] = posted(3)
    world.start()
    world.textarea.fill("Hello")
    send(world)
    world.notice("Your comment is published.")
    world.action("reply").first.click()
    expect(world.kit.locator("[part~=notice]")).to_have_text("")
