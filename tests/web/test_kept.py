"""Without JavaScript nothing that was typed is lost, whatever goes wrong."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import render_template_string
from werkzeug.test import TestResponse
from world import PAGE_URL, SERVER, Verbs, World, make_world

from commentkit.discussion import comments, threads
from commentkit.web import submission

PAGE = f"/page?{urlencode({'url': PAGE_URL})}"
LONG = 'A long & thoughtful answer, with "quotes" and <b>. ' * 20
DETAILS = {"name": "Anna", "email": "a@example.org", "website": "https://anna.example/"}
GUEST = {"url": PAGE_URL, "as": "guest", "text": LONG} | DETAILS


def areas(page: TestResponse) -> list[str]:
    """Return what stands in each textarea."""
    return [unescape(t) for t in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.S)]


def said(page: TestResponse, field: str) -> list[str]:
    """Return what is said at a field, in each form that has it."""
    slot = rf'data-error-for="{field}"[^>]*>([^<]*)<'
    return [unescape(s) for s in re.findall(slot, page.text) if s]


def sections(page: TestResponse) -> int:
    return page.text.count("<section")


def erased(world: World, number: str) -> None:
    with world.kit.database.begin() as db:
        row = comments.find_any(db, world.site.id, int(number))
        comments.erase(db, row, now=world.clock())


def kept_page(answer: TestResponse, status: int) -> TestResponse:
    assert answer.status_code == status, answer.text
    assert sections(answer) == 1
    assert areas(answer)[0] == LONG
    for value in DETAILS.values():
        assert f'value="{value}"' in answer.text
    return answer


def test_an_answer_to_a_comment_that_is_gone_may_stand_alone(world: World) -> None:
    parent = world.post("parent", who="bob").get_json()["comment"]["id"]
    erased(world, parent)
    answer = kept_page(world.send("comments", GUEST | {"parent": parent, "lang": "it"}), 409)
    assert "Il commento a cui rispondi" in said(answer, "text")[0]
    assert 'name="parent" value=""' in answer.text
    assert world.send("comments", GUEST | {"parent": ""}).status_code == 303


@pytest.mark.parametrize("parent", ["abc", "-1", "9" * 19, "9" * 40, "0", "12345"])
def test_an_answer_to_no_comment_keeps_its_text(world: World, parent: str) -> None:
    world.post("root", who="bob")
    answer = kept_page(world.send("comments", GUEST | {"parent": parent}), 409)
    assert "no longer here" in said(answer, "text")[0]


def test_an_answer_to_a_comment_of_another_page_keeps_its_text(world: World) -> None:
    other = world.post("root", who="bob", thread={"url": f"{PAGE_URL}2"})
    number = other.get_json()["comment"]["id"]
    world.post("root", who="bob")
    kept_page(world.send("comments", GUEST | {"parent": number}), 409)
    asked = world.get(f"{PAGE}&reply={number}")
    assert "no longer here" in said(asked, "text")[0]


@pytest.mark.parametrize("parent", ["abc", "12345", "9" * 30])
@pytest.mark.parametrize("form", ["draft", "link"])
def test_no_parent_breaks_a_page(world: World, parent: str, form: str) -> None:
    world.post("root", who="bob")
    query = f"&reply={parent}" if form == "link" else ""
    typed = GUEST | {"state": ""} | ({"parent": parent} if form == "draft" else {})
    assert world.send("change", typed).status_code == 303
    page = world.get(PAGE + query)
    assert page.status_code == 200
    assert areas(page)[0] == LONG
    assert "no longer here" in said(page, "text")[0]


def test_a_draft_whose_parent_is_deleted_is_shown_without_it(world: World) -> None:
    parent = world.post("parent", who="bob").get_json()["comment"]["id"]
    world.send("change", GUEST | {"state": "", "parent": parent})
    assert "Reply to Bob" in world.get(PAGE).text
    erased(world, parent)
    page = world.get(PAGE)
    assert page.status_code == 200
    assert areas(page)[0] == LONG
    assert "Reply to Bob" not in page.text


def test_a_thread_closed_meanwhile_shows_the_text_to_copy(world: World) -> None:
    world.rules(close_after_days=1)
    world.post("first", who="bob")
    world.clock.move(days=2)
    answer = world.send("comments", GUEST)
    assert answer.status_code == 403
    assert areas(answer) == [LONG]
    assert "readonly" in answer.text
    assert answer.text.count("Comments are closed on this page.") == 1
    assert "<form" not in answer.text
    assert "readonly" not in world.get(PAGE).text


def test_a_draft_outlives_the_closing_of_its_thread(world: World) -> None:
    world.rules(close_after_days=1)
    world.post("first", who="bob")
    world.clock.move(hours=23, minutes=30)
    world.send("change", GUEST | {"state": ""})
    world.clock.move(minutes=45)
    assert areas(world.get(PAGE)) == [LONG]
    assert areas(world.get(PAGE, who="luca")) == []


@pytest.mark.parametrize(
    ("changes", "status", "field", "sentence"),
    [
        ({"name": "n" * 2_000}, 400, "name", "name is too long"),
        ({"email": "e" * 2_000 + "@example.org"}, 400, "email", "not complete"),
        ({"website": "https://w.example/" + "w" * 2_001}, 400, "website", "not a web page"),
        ({"text": "t" * 41_000}, 400, "text", "10000 characters"),
        ({"text": "t" * 100_000}, 400, "text", "10000 characters"),
        ({"text": "\x00" + LONG}, 400, "text", "cannot be stored"),
        ({"remember": "perhaps"}, 400, "form", "remember"),
        ({"trap": "caught"}, 400, "form", "trap"),
        ({"name": ""}, 400, "name", "Enter your name"),
        ({"sort": "sideways", "name": ""}, 400, "name", "Enter your name"),
    ],
)
def test_every_error_stands_at_its_field(
    world: World, changes: dict[str, str], status: int, field: str, sentence: str
) -> None:
    answer = world.send("comments", GUEST | changes)
    assert answer.status_code == status
    assert sections(answer) == 1
    assert any(sentence in each for each in said(answer, field))
    assert areas(answer)[0] == (GUEST | changes)["text"].replace("\x00", areas(answer)[0][:1])
    for name in DETAILS:
        assert f'value="{(GUEST | changes)[name]}"' in answer.text


def test_too_many_comments_keep_their_text_and_say_when(tmp_path: Path) -> None:
    world = make_world(tmp_path, COMMENTKIT_LIMITS={"post": "1/minute"})
    world.send("comments", GUEST | {"text": "first"})
    answer = kept_page(world.send("comments", GUEST), 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert "a lot in a short time" in said(answer, "form")[0]
    assert answer.headers["Cache-Control"] == "private, no-store"


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Hold the database as another writer does."""
    path = world.kit.database.engine.url.database
    with closing(sqlite3.connect(str(path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def unreachable(*_: Any, **__: Any) -> Any:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("select 1", {}, Exception("gone"))


def test_a_database_that_takes_no_writes_loses_no_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post("root", who="bob")
    monkeypatch.setattr(submission, "submit", unreachable)
    answer = kept_page(world.send("comments", GUEST), 503)
    assert "Your text is kept" in said(answer, "form")[0]


@pytest.mark.only_on("sqlite")
def test_a_locked_database_file_loses_no_text(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.post("root", who="bob")
    with world.kit.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")
    with locked(world):
        kept_page(world.send("comments", GUEST), 503)


def test_a_database_that_is_gone_loses_no_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(world.kit.database), "read", unreachable)
    answer = world.send("comments", GUEST | {"lang": "it"})
    assert answer.status_code == 503
    assert areas(answer) == [LONG]
    assert 'lang="it"' in answer.text
    assert "readonly" in answer.text


def test_a_fault_of_ours_loses_no_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    world.app.testing = False
    monkeypatch.setattr(submission, "submit", broken)
    kept_page(world.send("comments", GUEST), 500)
    monkeypatch.setattr(submission, "read", broken)
    monkeypatch.setattr("commentkit.web.pages.compose", broken)
    answer = world.send("comments", GUEST)
    assert answer.status_code == 500
    assert areas(answer) == [LONG]


def test_a_page_that_may_have_no_comments_gives_the_text_back(world: World) -> None:
    answer = world.send("comments", GUEST | {"url": "https://elsewhere.example/"})
    assert answer.status_code == 403
    assert areas(answer) == [LONG]


def test_a_form_from_elsewhere_is_given_nothing_back(world: World) -> None:
    answer = world.client().post(
        f"{SERVER}/commentkit/blog/page/comments",
        data=GUEST,
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert "thoughtful" not in answer.text


@pytest.mark.parametrize(
    ("verb", "fields", "status"),
    [
        ("change", {"state": "elsewhere"}, 400),
        ("identity", {"identity": "12345"}, 404),
        ("identity", {"identity": "abc"}, 400),
        ("sign-in", {"provider": "nobody"}, 404),
        ("sign-in", {"provider": "x" * 65}, 400),
        ("delete", {"comment": "12345"}, 404),
    ],
)
def test_no_button_of_the_form_loses_it(
    world: World, verb: str, fields: dict[str, str], status: int
) -> None:
    world.post("root", who="bob")
    answer = kept_page(world.send(verb, GUEST | fields), status)
    assert said(answer, "form") or said(answer, "text")


def test_an_ended_sign_in_keeps_what_was_typed(world: World) -> None:
    world.send("comments", GUEST | {"text": "first"})
    world.clock.move(days=400)
    for verb, fields in (("comments", {}), ("identity", {"identity": "1"})):
        form = {name: value for name, value in (GUEST | fields).items() if name != "as"}
        answer = kept_page(world.send(verb, form), 401)
        assert "your text is still here" in said(answer, "form")[0]


def own_comment(world: World, text: str = "first") -> str:
    return world.send("comments", GUEST | {"text": text}).headers["Location"].split("#comment-")[1]


@pytest.mark.parametrize(
    ("span", "status", "sentence"),
    [
        ({"seconds": 901}, 403, "time for changing this comment is over"),
        ({"days": 400}, 401, "your text is still here"),
    ],
)
def test_an_edit_that_comes_too_late_is_given_back(
    world: World, span: dict[str, float], status: int, sentence: str
) -> None:
    number = own_comment(world)
    world.clock.move(**span)
    answer = world.send("edit", {"url": PAGE_URL, "comment": number, "text": LONG})
    assert answer.status_code == status
    assert sections(answer) == 1
    assert LONG in areas(answer)
    assert sum(sentence in each for each in said(answer, "text") + said(answer, "form")) == 1


def test_an_edit_is_given_back_where_its_comment_is_on_a_later_page(world: World) -> None:
    world.rules(sort="newest")
    number = own_comment(world)
    verbs = Verbs(world)
    author = verbs.identity("Bob")
    for turn in range(60):
        verbs.post(author, f"later {turn}")
    world.clock.move(days=400)
    answer = world.send("edit", {"url": PAGE_URL, "comment": number, "text": LONG})
    assert answer.status_code == 401
    assert f'data-comment="{number}"' in answer.text
    assert LONG in areas(answer)


@pytest.mark.parametrize("gone", ["deleted", "never", "not a number"])
def test_an_edit_of_nothing_is_given_back_in_the_form(world: World, gone: str) -> None:
    number = own_comment(world)
    if gone == "deleted":
        erased(world, number)
    asked = {"deleted": number, "never": "12345", "not a number": "abc"}[gone]
    answer = world.send("edit", {"url": PAGE_URL, "comment": asked, "text": LONG})
    assert answer.status_code in (400, 404)
    assert areas(answer) == [LONG]
    assert said(answer, "form")


def test_an_edit_refused_for_its_text_says_so_once(world: World) -> None:
    number = own_comment(world)
    answer = world.send("edit", {"url": PAGE_URL, "comment": number, "text": "x" * 10_001})
    assert answer.status_code == 400
    assert len(said(answer, "text")) == 1
    assert "x" * 10_001 in areas(answer)


def test_an_edit_by_another_shows_nothing_of_the_authors(world: World) -> None:
    world.rules(hold="everyone")
    number = own_comment(world, "a secret that waits")
    answer = world.send("edit", {"url": PAGE_URL, "comment": number, "text": LONG}, who="luca")
    assert answer.status_code in (401, 403)
    assert "a secret that waits" not in answer.text
    assert areas(answer) == [LONG]


@pytest.mark.parametrize("query", ["comment=12345", "edit=12345", "root=12345", "sort=up"])
def test_a_link_to_nothing_leads_to_the_thread(world: World, query: str) -> None:
    world.post("root", who="bob")
    world.send("change", GUEST | {"state": ""})
    page = world.get(f"{PAGE}&{query}")
    assert page.status_code in (400, 403, 404)
    assert "root" in page.text
    assert areas(page)[0] == LONG
    assert said(page, "form")


@pytest.mark.parametrize(("closed", "parent"), [(False, "abc"), (False, "12345"), (True, "")])
def test_a_hosts_page_shows_every_draft(world: World, closed: bool, parent: str) -> None:
    @world.app.get("/article")
    def article() -> str:
        return render_template_string(
            "{{ commentkit.thread('a-key', title='T', site='blog', personal=True) }}"
        )

    url = f"{SERVER}/article"
    assert world.post("root", who="bob", thread={"key": "a-key", "url": url}).status_code == 201
    world.send("change", GUEST | {"key": "a-key", "url": url, "state": "", "parent": parent})
    with world.kit.database.begin() as db:
        thread = threads.find(db, world.site, "a-key")
        assert thread is not None
        if closed:
            threads.close(db, thread, now=world.clock())
    page = world.client().get(url)
    assert page.status_code == 200
    assert areas(page)[0] == LONG
    assert ("readonly" in page.text) is closed
