"""The doors: what is parsed, what HEAD may do, and what stands where no door is."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, Request
from signin_world import signin_world
from sqlalchemy import select
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app
from world import BLOG, PAGE_URL, SERVER, World, make_world

from commentkit.delivery import outbox, wishes
from commentkit.discussion import drafts
from commentkit.model import Site, Subscription
from commentkit.people import tokens
from commentkit.settings import Settings
from commentkit.web import bodies, cookies

FORM = "application/x-www-form-urlencoded"
BELOW = f"{SERVER}/commentkit"
OURS = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}


class Untouchable:
    """A body that nobody may read."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send_unread(world: World, path: str, content_type: str, size: int, method: str) -> TestResponse:
    environ = {
        "wsgi.input": Untouchable(),
        "CONTENT_LENGTH": str(size),
        "CONTENT_TYPE": content_type,
    }
    return world.client().open(
        f"{BELOW}{path}",
        method=method,
        headers=OURS | {"X-CommentKit": "1"},
        environ_overrides=environ,
    )


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("content_type", "size"),
    [("multipart/form-data; boundary=x", 1_000), (FORM, 400_000_000), ("application/json", 70_000)],
)
@pytest.mark.parametrize(
    "path", ["/blog/thread", "/blog/page/comments", "/blog/comments", "/nobody/comments", "/x/y/z"]
)
def test_a_body_is_not_read_before_it_is_known_to_be_small(
    world: World, path: str, content_type: str, size: int, method: str
) -> None:
    assert send_unread(world, path, content_type, size, method).status_code in range(400, 420)


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", FORM])
def test_a_providers_answer_is_no_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content_type: str
) -> None:
    with signin_world(tmp_path) as signin:
        world = signin.world
        refused = send_unread(world, "/callback/google", content_type, 400_000_000, "POST")
        assert refused.status_code == 400
        google = replace(world.kit.providers["google"], form_post=True)
        monkeypatch.setitem(world.kit.providers, "google", google)  # type: ignore[call-overload]
        monkeypatch.setattr(Settings, "secure", True)
        refused = send_unread(world, "/callback/google", content_type, 400_000_000, "POST")
        assert refused.status_code == (413 if content_type == FORM else 415)


def test_a_body_of_get_changes_no_public_answer(world: World) -> None:
    url = f"{BELOW}/blog/thread?url={PAGE_URL}"
    assert world.client().get(url, data={"lang": "it"}).data == world.client().get(url).data


def test_a_form_must_be_urlencoded_and_is_told_so(world: World) -> None:
    upload = {"text": "x", "file": (BytesIO(b"y"), "y.txt")}
    answer = world.client().post(f"{BELOW}/blog/page/comments", data=upload, headers=OURS)
    assert answer.status_code == 415
    assert FORM in answer.text


def test_the_longest_comment_fits_in_any_script(world: World) -> None:
    text = "\U0001f642" * 10_000
    form = {"url": PAGE_URL, "as": "guest", "text": text, "name": "A", "email": "a@example.org"}
    assert world.send("comments", form).status_code == 303
    body = {"thread": {"url": PAGE_URL}, "transport": "partitioned"} | form | {"name": "B"}
    sent = json.dumps(body, ensure_ascii=False)  # as browsers spell it
    answer = world.call("POST", "/comments", who="luca", data=sent, content_type="application/json")
    assert answer.status_code == 201


@pytest.mark.parametrize("limit", [10, 1_000, 100_000_000])
def test_the_limit_is_ours_and_not_the_hosts(tmp_path: Path, limit: int) -> None:
    world = make_world(tmp_path, MAX_CONTENT_LENGTH=limit, MAX_FORM_MEMORY_SIZE=limit)
    assert world.post("x" * 2_000).status_code == 201
    assert world.error(world.post("x" * 70_000))[:2] == (413, "too_large")
    form = {"url": PAGE_URL, "as": "guest", "name": "A", "email": "a@example.org"}
    assert world.send("comments", form | {"text": "y" * 2_000}).status_code == 303
    large = world.send("comments", form | {"text": "y" * (bodies.MAX_FORM_BYTES + 1)})
    assert large.status_code == 413
    assert "too large" in large.text


class Narrow(Request):
    """A host's own request class that admits next to nothing."""

    max_content_length = property(lambda _: 10, lambda _, __: None)  # type: ignore[assignment]


def test_what_the_hosts_request_class_refuses_is_said_in_our_words(world: World) -> None:
    world.app.request_class = Narrow
    assert world.error(world.post("hello there")) == (413, "too_large", "text")
    answer = world.send("comments", {"url": PAGE_URL, "text": "hello there", "lang": "it"})
    assert answer.status_code == 413
    assert "data-code" in answer.text


class Dripping(BytesIO):
    """A body that comes in small pieces."""

    def readinto(self, space: bytearray) -> int:
        return super().readinto(memoryview(space)[:7])


@pytest.mark.parametrize(("length", "code"), [(3_000, "email_required"), (70_000, "too_large")])
def test_a_body_of_unknown_length_is_read_to_its_end(world: World, length: int, code: str) -> None:
    headers = {"Origin": BLOG, "X-CommentKit": "1"}
    body = json.dumps({"thread": {}, "text": "x" * length, "transport": "bearer"})
    builder = EnvironBuilder(
        "/commentkit/blog/comments", base_url=SERVER, method="POST", headers=headers, json={}
    )
    pieces = {"wsgi.input": Dripping(body.encode()), "wsgi.input_terminated": True}
    environ = builder.get_environ() | pieces
    del environ["CONTENT_LENGTH"]  # as in a chunked body
    answer, _, _ = run_wsgi_app(world.app, environ)
    assert json.loads(b"".join(answer))["error"]["code"] == code


def test_a_refused_form_answers_in_its_own_language(world: World) -> None:
    form = {"url": PAGE_URL, "text": "x", "as": "guest", "lang": "it"}
    assert "Scrivi il tuo nome" in world.send("comments", form).text


def mailing(folder: Path) -> tuple[World, Subscription]:
    world = make_world(
        folder,
        COMMENTKIT_SMTP_URL="smtp://127.0.0.1:2",
        COMMENTKIT_MAIL_FROM="c@example.org",
        COMMENTKIT_DELIVERY_THREAD=False,
    )
    world.post(notify_comments=True)
    noting = {wishes.KIND: world.kit.handlers[wishes.KIND]}
    outbox.deliver_due(world.kit.database, noting, now=world.clock())
    return world, subscription(world)


def subscription(world: World) -> Subscription:
    with world.kit.database.read() as db:
        found = db.scalar(select(Subscription))
        assert found is not None
        return found


def test_head_confirms_and_ends_no_subscription(tmp_path: Path) -> None:
    world, wish = mailing(tmp_path)
    about = {"site": "blog", "site_id": wish.site_id, "subscription_id": wish.id}
    confirm = world.kit.mail_links.confirm(**about, now=world.clock())
    unsubscribe = world.kit.mail_links.unsubscribe(**about)
    for url in (confirm, unsubscribe):
        assert world.client("scanner").head(url).status_code == 200
    assert subscription(world).confirmed_at is None
    assert world.client().post(confirm).status_code == 200
    assert subscription(world).confirmed_at is not None


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data; boundary=x"])
def test_one_click_ends_a_subscription_however_it_is_spelt(
    tmp_path: Path, content_type: str
) -> None:
    world, wish = mailing(tmp_path)
    url = world.kit.mail_links.unsubscribe(
        site="blog", site_id=wish.site_id, subscription_id=wish.id
    )
    body = "List-Unsubscribe=One-Click"
    if content_type != FORM:
        body = (
            '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            "One-Click\r\n--x--\r\n"
        )
    assert world.client().post(url, data=body, content_type=content_type).status_code == 200
    with world.kit.database.read() as db:
        assert db.scalar(select(Subscription)) is None


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/embed.js",
        f"/blog/thread?url={PAGE_URL}",
        f"/blog/counts?url={PAGE_URL}",
        f"/blog/page?url={PAGE_URL}",
        f"/blog/viewer?url={PAGE_URL}",
        "/blog/probe",
        "/blog/nowhere",
        "/blog/mail/confirm?t=x",
    ],
)
def test_head_answers_like_get_without_a_body(world: World, path: str) -> None:
    world.post()
    headers = {"Origin": BLOG, "X-CommentKit": "1"}
    get = world.client().get(f"{BELOW}{path}", headers=headers)
    head = world.client().head(f"{BELOW}{path}", headers=headers)
    assert head.data == b""
    assert head.status_code == get.status_code
    for answer in (head, get):
        answer.headers.remove("Date")  # a second may pass between them
    assert dict(head.headers) == dict(get.headers)


def test_head_does_not_keep_a_token_alive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post()
    world.clock.move(days=3)
    touched: list[int] = []
    monkeypatch.setattr(tokens, "touch", lambda _db, token, *, now: touched.append(token.id))
    for method in ("HEAD", "GET"):
        assert world.call(method, f"/viewer?url={PAGE_URL}").status_code == 200
        assert len(touched) == int(method == "GET")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "", 404, None),
        ("GET", "/", 404, None),
        ("GET", "/blog", 404, None),
        ("GET", "/blog/threads", 404, None),
        ("POST", "/blog/thread/", 404, None),
        ("OPTIONS", "/blog/nothing/here", 404, None),
        ("GET", "/blog/comments", 405, "OPTIONS, POST"),
        ("PUT", "/blog/comments/1", 405, "DELETE, OPTIONS, PATCH"),
        ("DELETE", "/health", 405, "GET, HEAD"),
        ("OPTIONS", "/blog/thread", 405, "GET, HEAD"),
    ],
)
def test_below_our_prefix_every_refusal_is_ours(
    world: World, method: str, path: str, status: int, allowed: str | None
) -> None:
    answer = world.client().open(f"{BELOW}{path}", method=method, follow_redirects=True)
    code = {404: "not_found", 405: "method_not_allowed"}[status]
    assert world.error(answer) == (status, code, None)
    assert answer.headers.get("Allow") == allowed
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/blog/page/comments", 405),
        ("GET", "/blog/page/nothing", 404),
        ("GET", "/blog/mail/nothing", 404),
        ("GET", "/callback/a/b", 404),
        ("POST", "/blog/page", 405),
        ("PUT", "/callback/google", 405),
    ],
)
def test_where_people_go_they_are_told_by_a_page(
    world: World, method: str, path: str, status: int
) -> None:
    headers = OURS | {"Accept-Language": "it"}
    answer = world.client().open(f"{BELOW}{path}", method=method, headers=headers)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert 'lang="it"' in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_hosts_own_addresses_stay_the_hosts(world: World) -> None:
    assert world.client().get(f"{SERVER}/nothing").mimetype == "text/html"
    assert "Access-Control-Allow-Origin" not in world.client().get(f"{SERVER}/nothing").headers

    app: Flask = world.app
    assert not [r for r in app.url_map.iter_rules() if "path:rest" in r.rule and r.rule[1] == "<"]


def test_a_preflight_is_answered_where_there_is_something_to_ask(world: World) -> None:
    assert world.call("OPTIONS", "/comments/1").status_code == 204


@pytest.mark.parametrize("number", ["9" * 19, "9" * 20, "9" * 4_301, "-1", "\u0661", "x"])
def test_numbers_that_are_no_ids_hold_no_draft_and_no_attempt(world: World, number: str) -> None:
    with world.kit.database.read() as db:
        found = drafts.find(db, site_id=1, key="k", cookie=f"{number}.secret", now=world.clock())
    assert found == drafts.Kept()
    name = f"commentkit-attempt-{number}-1"
    with world.app.test_request_context(headers={"Cookie": f"{name}=v"}) as context:
        assert cookies.held_attempts(context.request, world.kit.settings) == []


def test_a_callback_with_a_huge_number_in_a_cookie_is_no_fault(tmp_path: Path) -> None:
    with signin_world(tmp_path) as signin:
        answer = signin.world.app.test_client(use_cookies=False).get(
            f"{BELOW}/callback/google?state=x&code=y",
            headers={"Cookie": f"commentkit-attempt-{'9' * 4_301}-1=v"},
        )
    assert answer.status_code in (400, 403)


def test_an_error_page_offers_the_way_back_that_the_site_registered(world: World) -> None:
    with world.kit.database.begin() as db:
        db.get_one(Site, world.site.id).return_url = f"{BLOG}/welcome"
    assert f'href="{BLOG}/welcome"' in world.get("/mail/confirm?t=x").text
    assert "Go back" not in world.get("/mail/confirm?t=x", site="other").text


def test_without_a_prefix_what_is_not_ours_is_the_hosts(tmp_path: Path) -> None:
    world = make_world(tmp_path, COMMENTKIT_URL_PREFIX="")
    assert world.client().get(f"{SERVER}/health").status_code == 200
    assert world.client().get(f"{SERVER}/nothing/at/all").mimetype == "text/html"
