"""Without JavaScript: read, post, sign in, change, sign out, and lose nothing that was typed."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from signin_world import SignInWorld
from werkzeug.test import TestResponse
from world import BLOG, PAGE_URL, SERVER, World, make_world

from commentkit.testing.identity_services import scripted_sign_in

PAGE = f"/page?{urlencode({'url': PAGE_URL})}"
GUEST = {"url": PAGE_URL, "as": "guest", "text": "Hello", "name": "Anna", "email": "a@example.org"}

MAIL = {"COMMENTKIT_SMTP_URL": "smtp://127.0.0.1:2", "COMMENTKIT_MAIL_FROM": "c@example.org"}


def text_in_form(page: TestResponse) -> str:
    """Return what stands in the textarea."""
    return unescape(page.text.split("<textarea", 1)[1].split(">\n", 1)[1].split("</textarea>")[0])


def follow(world: World, answer: TestResponse) -> TestResponse:
    """Open where a form led to."""
    assert answer.status_code == 303, answer.text
    return world.client().get(answer.headers["Location"].partition("#")[0])


def test_a_page_is_private_and_inert(world: World) -> None:
    page = world.get(PAGE)
    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in page.headers


def test_a_guest_posts_and_comes_back_to_the_comment(world: World) -> None:
    answer = world.send("comments", GUEST)
    assert "#comment-" in answer.headers["Location"]
    page = follow(world, answer)
    assert "Hello" in page.text
    assert "edit=" in page.text
    assert "edit=" not in world.get(PAGE, who="luca").text


def test_a_pending_comment_is_seen_by_its_author_alone(world: World) -> None:
    world.rules(hold="everyone")
    page = follow(world, world.send("comments", GUEST))
    assert "awaiting moderation" in page.text
    assert "Hello" not in world.get(PAGE, who="luca").text


def test_a_refused_form_comes_back_as_it_was_typed(world: World) -> None:
    wrong = {"email": "anna@", "website": "javascript:x", "text": 'Quote " & <b>'}
    answer = world.send("comments", GUEST | wrong)
    assert answer.status_code == 400
    assert text_in_form(answer) == 'Quote " & <b>'
    assert 'value="anna@"' in answer.text
    assert "not complete" in answer.text
    assert "not a web page" in answer.text
    assert "aria-invalid" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": BLOG},
        {"Origin": "null"},
        {"Origin": SERVER, "Sec-Fetch-Site": "cross-site"},
        {"Origin": SERVER, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize(
    "path", ["comments", "sign-in", "sign-out", "change", "identity", "edit", "delete"]
)
def test_no_other_site_sends_our_forms(world: World, path: str, headers: dict[str, str]) -> None:
    url = f"{SERVER}/commentkit/blog/page/{path}"
    answer = world.client().post(url, data=GUEST, headers=headers)
    assert answer.status_code == 403
    assert b"Hello" not in world.get(PAGE).data


@pytest.mark.parametrize("provider", ["wordpress", "x", "facebook", "google"])
def test_sign_in_by_redirects_keeps_the_text(signin: SignInWorld, provider: str) -> None:
    world = signin.world
    page = signed_in(signin, provider)
    label = world.kit.providers[provider].label
    assert f"Stai commentando usando il tuo account {label}." in page.text
    assert text_in_form(page) == "My draft"
    posted = follow(
        world, world.send("comments", {"url": PAGE_URL, "text": "My draft", "lang": "it"})
    )
    assert "Anna" in posted.text
    assert text_in_form(posted) == ""


def signed_in(signin: SignInWorld, provider: str = "google", person: str = "anna") -> TestResponse:
    world = signin.world
    typed = {"url": PAGE_URL, "text": "My draft", "provider": provider, "lang": "it"}
    leaving = world.send("sign-in", typed)
    assert leaving.status_code == 200, leaving.text
    label = world.kit.providers[provider].label
    assert f"Connessione a {label}..." in leaving.text
    url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    return follow(world, signin.call_back(scripted_sign_in(url, person)))


def test_a_refusal_comes_back_with_the_text_and_a_sentence(signin: SignInWorld) -> None:
    world = signin.world
    leaving = world.send("sign-in", {"url": PAGE_URL, "text": "My draft", "provider": "x"})
    url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    page = follow(world, signin.call_back(scripted_sign_in(url, "anna", refuse=True)))
    assert text_in_form(page) == "My draft"
    assert "the sign-in was cancelled" in page.text


def test_change_another_account_and_back(signin: SignInWorld) -> None:
    world = signin.world
    signed_in(signin, "google")
    form = {"url": PAGE_URL, "text": "Second draft", "lang": "it"}
    changing = follow(world, world.send("change", form | {"state": "changing"}))
    assert 'data-state="changing"' in changing.text
    assert text_in_form(changing) == "Second draft"
    kept = follow(world, world.send("change", form | {"state": ""}))
    assert 'data-state="signed-in"' in kept.text
    both = signed_in(signin, "x")
    assert "account X." in both.text
    changing = follow(world, world.send("change", form | {"state": "changing"}))
    identity = changing.text.split('name="identity" ')[1].split('value="')[1].split('"')[0]
    used = follow(world, world.send("identity", form | {"identity": identity}))
    assert "account Google." in used.text
    assert text_in_form(used) == "Second draft"


def test_sign_out_stays_and_keeps_the_text(signin: SignInWorld) -> None:
    world = signin.world
    signed_in(signin)
    out = follow(world, world.send("sign-out", {"url": PAGE_URL, "text": "Third", "lang": "it"}))
    assert 'data-state="signed-out"' in out.text
    assert text_in_form(out) == "Third"
    assert 'data-state="signed-out"' in world.get(PAGE).text


def test_a_forged_way_back_leads_to_our_own_page(world: World) -> None:
    forged = GUEST | {"key": "k", "proof": "https://evil.example/.c2lnbmF0dXJl"}
    answer = world.send("comments", forged)
    assert answer.headers["Location"].startswith(f"{SERVER}/commentkit/blog/page?")


def test_a_forged_way_back_vouches_for_nothing(world: World) -> None:
    body = {"key": "made-up", "proof": "x.y"} | {k: v for k, v in GUEST.items() if k != "url"}
    assert world.send("comments", body).status_code == 403


def test_an_author_edits_and_deletes_by_form(world: World) -> None:
    where = world.send("comments", GUEST).headers["Location"]
    number = where.partition("#comment-")[2]
    editing = world.get(f"{PAGE}&edit={number}")
    assert "Hello" in editing.text
    form = {"url": PAGE_URL, "comment": number}
    refused = world.send("edit", form | {"text": " "})
    assert refused.status_code == 400
    assert "Write something" in refused.text
    assert "Better" in follow(world, world.send("edit", form | {"text": "Better"})).text
    assert world.send("delete", form, who="luca").status_code == 403
    assert "Better" not in follow(world, world.send("delete", form | {"sure": "1"})).text


def test_a_form_asks_before_it_deletes_and_says_it_after(world: World) -> None:
    number = world.send("comments", GUEST).headers["Location"].partition("#comment-")[2]
    asked = world.send("delete", {"url": PAGE_URL, "comment": number, "sort": "newest"})
    assert asked.status_code == 200
    assert "Delete this comment?" in asked.text
    assert "Hello" in asked.text
    assert f"#comment-{number}" in asked.text
    assert "Hello" in world.get(PAGE).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    done = world.send("delete", {name: unescape(value) for name, value in fields.items()})
    assert done.headers["Location"].endswith("#comments")
    page = follow(world, done)
    assert "Your comment is deleted." in page.text
    assert "Hello" not in page.text
    assert "Your comment is deleted." not in world.get(PAGE, who="luca").text


def test_a_guest_who_wants_mail_is_told_to_confirm(tmp_path: Path) -> None:
    world = make_world(tmp_path, **MAIL)
    told = "We have written to you"
    plain = world.send("comments", GUEST)
    assert told not in follow(world, plain).text
    for text in ("With mail", "Known by now"):
        wish = GUEST | {"text": text, "notify_comments": "1"}
        assert follow(world, world.send("comments", wish)).text.count(told) == 1
    later = world.send("comments", GUEST | {"text": "Without"})
    assert told not in follow(world, later).text


def test_a_field_given_twice_is_refused(world: World) -> None:
    body = "url=http%3A%2F%2Flocalhost%3A8001%2Fa.html&text=a&text=b"
    headers = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    answer = world.client().post(
        f"{SERVER}/commentkit/blog/page/comments",
        data=body,
        headers=headers,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400


def test_a_reply_form_names_whom_it_answers(world: World) -> None:
    number = world.post("root").get_json()["comment"]["id"]
    page = world.get(f"{PAGE}&reply={number}&lang=it")
    assert "Rispondi a Anna" in page.text
    reply = world.send("comments", GUEST | {"parent": number, "text": "An answer"}, who="luca")
    assert "An answer" in world.get(PAGE).text
    assert reply.status_code == 303


def test_a_page_of_an_origin_not_registered_names_the_command(world: World) -> None:
    page = world.get(f"/page?{urlencode({'url': 'http://localhost:9999/a.html'})}")
    assert page.status_code == 403
    assert "site set NAME --add-origin ORIGIN" in page.text


def test_a_first_comment_that_waits_stands_under_a_heading(world: World) -> None:
    world.rules(hold="everyone")
    page = follow(world, world.send("comments", GUEST))
    assert "data-count-text>Comments</h2>" in page.text


def test_a_comments_own_address_finds_its_thread(world: World) -> None:
    number = world.post("Find me").get_json()["comment"]["id"]
    for about in (f"comment={number}", f"reply={number}"):
        page = world.get(f"/page?{about}&lang=it")
        assert page.status_code == 200
        assert "Find me" in page.text
        assert 'lang="it"' in page.text
    assert world.get(f"/page?reply={number}").text.count("Reply to Anna")
    assert world.get("/page?comment=12").status_code == 404
    assert world.get("/page").status_code == 400
