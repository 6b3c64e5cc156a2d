"""The host's word for a page: for that page alone, with and without JavaScript."""

import logging
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string, request
from sqlalchemy.exc import OperationalError
from world import BLOG, SERVER, Verbs, World, make_world

from commentkit.discussion import threads
from commentkit.model import Thread, metadata

ARTICLE = "{{ commentkit.thread(key, title=title, url=url) }}"
FORM = {"as": "guest", "text": "Hello", "name": "Anna", "email": "a@example.org"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A host whose threads only it may open."""
    world = make_world(tmp_path, COMMENTKIT_SITE="blog")

    @world.app.get("/<path:path>")
    def article(path: str) -> str:
        said = {"key": path, "title": f"About {path}", "url": None} | dict(request.args.items())
        return "<h1>The host</h1>" + render_template_string(ARTICLE, **said)

    world.rules(threads="known")
    return world


def element(world: World, path: str) -> dict[str, str]:
    """Return the attributes of the section that the host inlined."""
    page = world.client().get(f"{SERVER}/{path}").text
    tag = re.search(r"<comment-kit ([^>]*)>", page)
    assert tag, page
    return {name: unescape(value) for name, value in re.findall(r'(\S+)="([^"]*)"', tag[1])}


def said(world: World, path: str, **changes: Any) -> dict[str, Any]:
    """Return what the widget sends of the page at `path`."""
    names = ("key", "url", "title", "proof")
    return {name: element(world, path)[name] for name in names} | changes


def by_api(world: World, thread: dict[str, Any], who: str = "anna") -> tuple[int, str]:
    answer = world.post(thread=thread, who=who, headers={"Origin": SERVER})
    data = answer.get_json()
    return answer.status_code, data["error"]["code"] if "error" in data else ""


def stored(world: World, key: str) -> Thread | None:
    with world.kit.database.read() as db:
        return threads.find(db, world.site, key)


def test_the_hosts_article_takes_comments_by_script(world: World) -> None:
    assert by_api(world, said(world, "post-1")) == (201, "")
    thread = stored(world, "post-1")
    assert thread is not None
    assert (thread.url, thread.title) == (f"{SERVER}/post-1", "About post-1")


def test_the_hosts_article_takes_comments_by_form(world: World) -> None:
    form = FORM | said(world, "post-1")
    answer = world.send("comments", form)
    assert answer.headers["Location"].startswith(f"{SERVER}/post-1#comment-")
    assert "Hello" in world.client().get(f"{SERVER}/post-1").text


@pytest.mark.parametrize(
    "changes",
    [
        {"proof": ""},
        {"proof": "x.y"},
        {"key": "post-2"},
        {"key": ""},
        {"key": "post-1 "},
    ],
)
def test_a_proof_is_good_for_its_own_key_alone(world: World, changes: dict[str, str]) -> None:
    sent = said(world, "post-1", **changes)
    assert by_api(world, sent) == (403, "thread_not_allowed")
    assert world.send("comments", FORM | sent).status_code == 403
    assert stored(world, sent["key"] or "post-1") is None


def test_a_proof_that_no_text_can_be(world: World) -> None:
    assert by_api(world, said(world, "post-1", proof="\ud800")) == (403, "thread_not_allowed")


def test_a_proof_of_another_site_counts_for_nothing(world: World) -> None:
    sent = said(world, "post-1")
    with world.app.test_request_context("/post-1"):
        page = render_template_string("{{ commentkit.thread('post-1', site='other') }}")
    other = unescape(page.split('proof="')[1].split('"')[0])
    assert by_api(world, sent | {"proof": other}) == (403, "thread_not_allowed")


def test_address_and_title_come_from_the_proof_alone(world: World) -> None:
    evil = {"url": "https://evil.example/phish", "title": "Call 0900"}
    assert by_api(world, said(world, "post-1", **evil)) == (201, "")
    form = FORM | said(world, "post-2", **evil)
    assert world.send("comments", form).headers["Location"].startswith(f"{SERVER}/post-2#")
    for key in ("post-1", "post-2"):
        thread = stored(world, key)
        assert thread is not None
        assert (thread.url, thread.title) == (f"{SERVER}/{key}", f"About {key}")
        assert "evil" not in world.get(f"/thread?key={key}").text


def test_the_viewer_answer_takes_the_proof_too(world: World) -> None:
    elsewhere = "https://elsewhere.example/x"
    sent = said(world, f"post-1?url={elsewhere}")
    known = world.call("GET", "/viewer", origin=SERVER, query_string=sent)
    assert known.status_code == 200
    without = world.call("GET", "/viewer", origin=SERVER, query_string=sent | {"proof": ""})
    assert world.error(without)[:2] == (403, "origin_not_registered")


def test_a_proof_is_the_same_for_every_reader_and_every_time(world: World) -> None:
    first = element(world, "post-1")["proof"]
    world.clock.move(days=1)
    assert element(world, "post-1")["proof"] == first
    assert element(world, "post-2")["proof"] != first


def test_the_host_wins_over_what_an_earlier_visitor_said(world: World) -> None:
    world.rules(threads="origins")
    early = {"key": "post-1", "url": f"{BLOG}/redirect?to=https://evil.example", "title": "PWNED"}
    world.post(thread=early, who="mallory")
    before = stored(world, "post-1")
    assert before is not None
    assert before.url is None
    assert by_api(world, said(world, "post-1")) == (201, "")
    after = stored(world, "post-1")
    assert after is not None
    assert (after.url, after.title) == (f"{SERVER}/post-1", "About post-1")
    assert after.version > before.version + 1


def test_the_inlined_section_says_what_the_host_says_now(world: World) -> None:
    by_api(world, said(world, "post-1"))
    now = element(world, "post-1?title=Renamed")
    assert now["title"] == "Renamed"


def test_the_default_address_keeps_its_query(world: World) -> None:
    page = element(world, "caffè/è qui?p=12&utm_source=x")
    assert page["url"] == f"{SERVER}/caff%C3%A8/%C3%A8%20qui?p=12"
    long = element(world, f"post-1?q={'x' * 3_000}")
    assert long["url"] == f"{SERVER}/post-1"


# The host's page is never taken down


def the_host_stands(world: World, caplog: pytest.LogCaptureFixture, path: str = "post-1") -> str:
    with caplog.at_level(logging.ERROR, "commentkit.web"):
        answer = world.client().get(f"{SERVER}/{path}")
    assert answer.status_code == 200
    assert "<h1>The host</h1>" in answer.text
    assert len([record for record in caplog.records if record.exc_info]) == 1
    assert f"{SERVER}/commentkit/" in answer.text.split("<comment-kit ")[1].split("href=")[1]
    return answer.text


def test_without_tables_a_link_stands_in(world: World, caplog: pytest.LogCaptureFixture) -> None:
    metadata.drop_all(world.kit.database.engine)
    page = the_host_stands(world, caplog)
    assert 'key="post-1"' in page
    assert "key=post-1" in page
    assert "shadowrootmode" not in page


def test_a_database_that_does_not_answer(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr("commentkit.sites.find", down)
    the_host_stands(world, caplog)
    with world.app.test_request_context("/"):
        assert "Comments" in render_template_string("{{ commentkit.count('post-1') }}")


def test_a_site_that_is_not_registered(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with world.app.test_request_context("/"):
        said = render_template_string("{{ commentkit.thread('post-1', site='nobody') }}")
    assert 'site="nobody"' in said
    assert "nobody" in caplog.text or "unknown_site" in caplog.text


@pytest.mark.parametrize("key", ["x" * 2_001, "a\nb", "\ud800"])
def test_a_key_that_cannot_be(world: World, caplog: pytest.LogCaptureFixture, key: str) -> None:
    with world.app.test_request_context("/"):
        said = render_template_string("{{ commentkit.thread(key) }}", key=key)
    assert "<comment-kit " in said
    said.encode()
    assert [record for record in caplog.records if record.exc_info]


def test_an_address_outside_the_origins_is_fine_when_the_host_says_so(
    world: World, verbs: Verbs
) -> None:
    page = element(world, "post-1?url=https://www.example.org/post-1")
    assert page["url"] == "https://www.example.org/post-1"
    form = FORM | {name: page[name] for name in ("key", "url", "title", "proof")}
    back = world.send("comments", form).headers["Location"]
    assert back.startswith("https://www.example.org/post-1#comment-")
