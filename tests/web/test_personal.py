"""Personal calls: who may ask, what is refused, what is never lost or shared."""

import re
from pathlib import Path

import pytest
from database_support import Databases
from world import BLOG, OTHER, PAGE_URL, SERVER, Verbs, World, make_world

from commentkit.discussion import threads
from commentkit.discussion.addresses import key_of

VIEWER = f"/viewer?url={PAGE_URL}"


def stored(world: World) -> int:
    with world.kit.database.read() as db:
        return int(
            db.connection().exec_driver_sql("SELECT count(*) FROM commentkit_comment").scalar() or 0
        )


def test_a_guest_posts_and_keeps_the_comment(world: World) -> None:
    answer = world.post("Ciao **mondo**")
    assert answer.status_code == 201
    comment = answer.get_json()["comment"]
    assert "<strong>mondo</strong>" in comment["html"]
    assert answer.get_json()["token"] is None
    cookie = answer.headers["Set-Cookie"]
    for attribute in (
        "__Host-commentkit-blog=",
        "Secure",
        "HttpOnly",
        "SameSite=None",
        "Partitioned",
    ):
        assert attribute in cookie
    assert "Max-Age" not in cookie
    mine = world.call("GET", VIEWER).get_json()
    assert list(mine["editable"]) == [comment["id"]]
    assert world.call("GET", VIEWER, who="luca").get_json()["editable"] == {}


def test_a_guest_who_wishes_to_be_remembered_gets_a_lasting_cookie(world: World) -> None:
    assert "Max-Age" in world.post(remember=True).headers["Set-Cookie"]


def test_a_bearer_is_answered_once_and_works_from_its_origin_only(world: World) -> None:
    answer = world.post(transport="bearer")
    assert "Set-Cookie" not in answer.headers
    header = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    mine = world.call("GET", VIEWER, who="same", headers=header).get_json()
    assert len(mine["editable"]) == 1
    elsewhere = world.call("GET", VIEWER, who="same", headers=header, origin=SERVER).get_json()
    assert elsewhere["editable"] == {}
    other = world.call("GET", f"/viewer?url={OTHER}/a", site="other", origin=OTHER, headers=header)
    assert other.get_json()["token"] is False


def test_the_cookie_of_one_site_says_nothing_to_another(world: World) -> None:
    world.post()
    refused = world.call("GET", VIEWER, origin=OTHER)
    assert world.error(refused)[:2] == (403, "origin_not_registered")
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_personal_answers_are_never_stored(world: World) -> None:
    answer = world.call("GET", VIEWER)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://localhost:8002",
        "https://localhost:8001",
        "http://localhost",
        "http://LOCALHOST:8001",
        "http://localhost:8001.",
        "http://localhost:8001/",
        "http://sub.localhost:8001",
        "http://localhost:8001.evil.example",
        "http://evil.example/http://localhost:8001",
        "http://xn--lcalhost-54a:8001",
        OTHER,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_other_origin_may_ask(world: World, origin: str, method: str) -> None:
    path = VIEWER if method != "POST" else "/comments"
    answer = world.call(method, path, origin=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    if method != "OPTIONS":
        assert world.error(answer)[:2] == (403, "origin_not_registered")


def test_a_preflight_of_the_site_is_answered_exactly(world: World) -> None:
    answer = world.call("OPTIONS", "/comments")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == BLOG
    assert "X-CommentKit" in answer.headers["Access-Control-Allow-Headers"]


def test_without_our_header_nothing_is_answered(world: World) -> None:
    url = f"{SERVER}/commentkit/blog{VIEWER}"
    answer = world.client().get(url, headers={"Origin": BLOG})
    assert world.error(answer)[:2] == (403, "header_missing")


def test_the_servers_own_pages_use_the_page_cookie(world: World) -> None:
    body = {"thread": {"url": PAGE_URL}, "text": "x y", "name": "A", "email": "a@example.org"}
    answer = world.call("POST", "/comments", origin=SERVER, json=body | {"transport": "bearer"})
    assert answer.get_json()["token"] is None
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("commentkit-page-blog=")
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"text": " "}, 400, "comment_empty", "text"),
        ({"text": "x" * 10_001}, 400, "comment_too_long", "text"),
        ({"text": "a\x00"}, 400, "comment_unusable", "text"),
        ({"email": ""}, 400, "email_required", "email"),
        ({"email": "anna@"}, 400, "email_invalid", "email"),
        ({"name": " "}, 400, "name_required", "name"),
        ({"website": "javascript:alert(1)"}, 400, "website_invalid", "website"),
        ({"thread": {"url": "http://evil.example/"}}, 403, "origin_not_registered", None),
        ({"thread": {"url": f"{BLOG}/\ud800"}}, 403, "thread_not_allowed", None),
        ({"thread": {"url": f"{BLOG}/?q=\ud800"}}, 403, "thread_not_allowed", None),
        ({"thread": {"key": "\ud800"}}, 400, "thread_missing", None),
        ({"thread": {}}, 400, "thread_missing", None),
        ({"thread": None}, 400, "field_invalid", None),
        ({"parent": "12345"}, 409, "parent_gone", "text"),
        ({"parent": "x"}, 400, "field_invalid", None),
        ({"parent": "9" * 19}, 400, "field_invalid", None),
        ({"text": 5}, 400, "field_invalid", "text"),
        ({"website": ["x"]}, 400, "field_invalid", "website"),
        ({"text": "x" * 41_000}, 400, "comment_too_long", "text"),
        ({"text": "x" * 70_000}, 413, "too_large", "text"),
        ({"name": "x" * 1_001}, 400, "name_too_long", "name"),
        ({"email": "x" * 1_001 + "@example.org"}, 400, "email_invalid", "email"),
        ({"website": "https://example.org/" + "x" * 2_001}, 400, "website_invalid", "website"),
        ({"remember": "perhaps"}, 400, "field_invalid", None),
        ({"transport": "page"}, 400, "field_invalid", None),
        ({"idempotency_key": "short"}, 400, "field_invalid", None),
        ({"trap": "caught"}, 400, "field_invalid", None),
    ],
)
def test_bad_input_has_its_own_answer_and_leaves_nothing(
    world: World, fields: dict[str, object], status: int, code: str, field: str | None
) -> None:
    assert world.error(world.post(**fields)) == (status, code, field)  # type: ignore[arg-type]
    assert stored(world) == 0
    with world.kit.database.read() as db:
        assert (
            db.connection().exec_driver_sql("SELECT count(*) FROM commentkit_account").scalar() == 0
        )


def test_every_wrong_field_is_said_at_once_in_italian(world: World) -> None:
    body = {
        "thread": {"url": PAGE_URL},
        "text": "",
        "email": "anna@",
        "name": "",
        "transport": "bearer",
    }
    answer = world.call("POST", "/comments?lang=it", json=body)
    errors = {e["field"]: e for e in answer.get_json()["errors"]}
    assert list(errors) == ["text", "email", "name"]
    assert not re.search(r"\b(your|this)\b", " ".join(e["message"] for e in errors.values()))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"data": "{", "content_type": "application/json"}, 400, "json_invalid"),
        ({"data": "[]", "content_type": "application/json"}, 400, "json_invalid"),
        ({"data": "[" * 60_000, "content_type": "application/json"}, 400, "json_invalid"),
        (
            {"data": '{"a":' * 20 + "1" + "}" * 20, "content_type": "application/json"},
            400,
            "json_invalid",
        ),
        ({"data": "x=1", "content_type": "text/plain"}, 415, "content_type"),
        ({"data": {"x": "1"}}, 415, "content_type"),
        ({"data": "x" * 70_000, "content_type": "application/json"}, 413, "too_large"),
        (
            {
                "data": "{}",
                "content_type": "application/json",
                "headers": {"Content-Encoding": "gzip"},
            },
            413,
            "too_large",
        ),
    ],
)
def test_bodies_that_are_none(
    world: World, sent: dict[str, object], status: int, code: str
) -> None:
    assert world.error(world.call("POST", "/comments", **sent))[:2] == (status, code)  # type: ignore[arg-type]


def test_an_ended_sign_in_keeps_the_text_and_says_so(world: World, verbs: Verbs) -> None:
    header = {"Authorization": "Bearer gone"}
    answer = world.call(
        "POST",
        "/comments",
        headers=header,
        json={"thread": {"url": PAGE_URL}, "text": "x y", "transport": "bearer"},
    )
    assert world.error(answer)[:2] == (401, "token_expired")
    assert world.call("GET", VIEWER, headers=header).get_json()["state"] == "signed-out"


def test_a_press_sent_again_is_answered_though_it_would_be_refused_now(
    databases: Databases, tmp_path: Path
) -> None:
    world = make_world(tmp_path, COMMENTKIT_LIMITS={"post": "1/minute"})
    sent = {"idempotency_key": "k" * 22, "transport": "bearer"}
    first = world.post("Only once", **sent).get_json()["comment"]["id"]
    assert world.post("Only once", **sent).get_json()["comment"]["id"] == first
    world.rules(guests=False)
    assert world.post("Only once", **sent).get_json()["comment"]["id"] == first
    world.rules(guests=True)
    assert world.error(world.post("Another"))[:2] == (429, "too_many")


def test_a_press_sent_again_from_another_page_opens_no_thread(world: World) -> None:
    first = world.post("Only once", idempotency_key="k" * 22).get_json()["comment"]["id"]
    elsewhere = {"url": f"{BLOG}/b.html", "title": "Another page"}
    again = world.post("Only once", idempotency_key="k" * 22, thread=elsewhere).get_json()
    assert again["comment"]["id"] == first
    with world.kit.database.read() as db:
        assert threads.find(db, world.site, key_of(key=None, url=elsewhere["url"])) is None


def test_a_second_press_gets_the_first_ones_comment(world: World) -> None:
    first = world.post("once", idempotency_key="k" * 22, transport="bearer")
    again = world.post("once", idempotency_key="k" * 22, transport="bearer", who="other-tab")
    assert again.get_json()["comment"]["id"] == first.get_json()["comment"]["id"]
    assert stored(world) == 1
    other_text = world.post("different", idempotency_key="k" * 22, transport="bearer")
    assert world.error(other_text)[1] == "field_invalid"


def test_an_author_edits_and_deletes(world: World) -> None:
    number = world.post("firts").get_json()["comment"]["id"]
    source = world.call("GET", f"/comments/{number}/source")
    assert source.get_json()["text"] == "firts"
    version = source.get_json()["version"]
    body = {"text": "first", "version": version}
    edited = world.call("PATCH", f"/comments/{number}", json=body)
    assert "first" in edited.get_json()["comment"]["html"]
    stale = world.call("PATCH", f"/comments/{number}", json=body | {"text": "second"})
    assert world.error(stale)[:2] == (412, "edit_conflict")
    gone = world.call("DELETE", f"/comments/{number}")
    assert gone.get_json()["count"] == 0
    assert world.error(world.call("DELETE", f"/comments/{number}"))[1] == "unknown_comment"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_nobody_changes_the_comment_of_another(world: World, method: str) -> None:
    number = world.post("mine").get_json()["comment"]["id"]
    world.post("luca's own", who="luca")
    for who in ("luca", "stranger"):
        answer = world.call(method, f"/comments/{number}", who=who, json={"text": "taken"})
        assert world.error(answer)[:2] == (403, "not_yours")
    assert b"mine" in world.get(f"/thread?url={PAGE_URL}").data


def test_a_comment_of_another_site_does_not_exist_here(world: World) -> None:
    number = world.post("mine").get_json()["comment"]["id"]
    answer = world.call("DELETE", f"/comments/{number}", site="other", origin=OTHER)
    assert world.error(answer)[:2] == (404, "unknown_comment")


def test_sign_out_ends_the_token_on_the_server(world: World) -> None:
    token = world.post(transport="bearer").get_json()["token"]
    header = {"Authorization": f"Bearer {token}"}
    out = world.call("POST", "/sign-out", headers=header, json={"thread": {"url": PAGE_URL}})
    assert out.get_json()["state"] == "signed-out"
    assert world.call("GET", VIEWER, headers=header).get_json()["editable"] == {}


def test_where_guests_are_not_wanted_they_are_told(world: World) -> None:
    world.rules(guests=False)
    assert world.error(world.post())[:2] == (401, "sign_in_required")
    assert 'name="email"' not in world.get(f"/thread?url={PAGE_URL}").text


def test_a_flood_is_slowed_and_says_for_how_long(tmp_path: Path) -> None:
    world = make_world(tmp_path, COMMENTKIT_LIMITS={"post": "5/minute"})
    answers = [world.post(f"text {n}", who="flood") for n in range(8)]
    assert [a.status_code for a in answers] == [201] * 5 + [429] * 3
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert stored(world) == 5
    forged = world.post("more", who="flood", headers={"X-Forwarded-For": "203.0.113.9"})
    assert forged.status_code == 429


def test_addresses_typed_by_guests_appear_nowhere(world: World) -> None:
    world.post("hello", email="canary-7f3a@example.org")
    for path in (f"/thread?url={PAGE_URL}", f"/page?url={PAGE_URL}"):
        assert "canary-7f3a" not in world.get(path, who="luca").text
    assert "canary-7f3a" not in world.call("GET", VIEWER, who="luca").text


def test_the_list_has_a_heading_of_its_own_while_nothing_counts(world: World) -> None:
    world.rules(hold="everyone")
    viewer = world.post().get_json()["viewer"]
    assert (viewer["count_text"], viewer["heading"]) == ("Leave a comment", "Comments")
    world.rules(hold="nobody")
    posted = world.post("Another").get_json()
    assert posted["viewer"]["heading"] == "1 comment"
    gone = world.call("DELETE", f"/comments/{posted['comment']['id']}").get_json()
    assert (gone["count"], gone["heading"]) == (0, "Comments")


def test_a_started_confirmation_is_told_whether_the_address_is_known_or_not(
    tmp_path: Path,
) -> None:
    world = make_world(
        tmp_path,
        COMMENTKIT_SMTP_URL="smtp://127.0.0.1:2",
        COMMENTKIT_MAIL_FROM="c@example.org",
    )
    wish = {"notify_comments": True, "idempotency_key": "k" * 22}
    assert world.post("One").get_json()["notice"] is None
    for text in ("Two", "Two"):
        said = world.post(text, **wish).get_json()["notice"]
        assert said == "confirm_sent"
    assert world.post("Three", notify_comments=True).get_json()["notice"] == "confirm_sent"
    nowhere = world.post("Four", notify_comments=True, email="", who="luca")
    assert nowhere.status_code == 400
    world.rules(notify_comments=False)
    assert world.post("Five", notify_comments=True).get_json()["notice"] is None
