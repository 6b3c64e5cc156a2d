"""The layer in front of the app, as a server calls it: bytes, headers, and what it leaves alone."""

import gzip
from typing import Any

import brotli
import pytest
from sqlalchemy import event
from werkzeug.test import EnvironBuilder, TestResponse
from world import PAGE_URL, SERVER, Verbs, World

from commentkit import sites
from commentkit.model import Site
from commentkit.model.written import note_written
from commentkit.web.read_path.layer import ReadPath

THREAD = f"/thread?url={PAGE_URL}"


@pytest.fixture
def verbs(world: World) -> Verbs:
    return Verbs(world)


class Routing:
    """Counts what reaches the app behind the layer."""

    def __init__(self, world: World) -> None:
        self.paths: list[str] = []
        layer = world.app.wsgi_app
        assert isinstance(layer, ReadPath)
        behind = layer._app

        def counted(environ: dict[str, Any], start_response: Any) -> Any:
            self.paths.append(environ["PATH_INFO"])
            return behind(environ, start_response)

        layer._app = counted


class Statements:
    """Counts statements of a kit's engine."""

    def __init__(self, world: World) -> None:
        self.said: list[str] = []
        event.listen(world.kit.database.engine, "before_cursor_execute", self._hear)

    def _hear(self, _c: Any, _k: Any, statement: str, *_rest: Any) -> None:
        self.said.append(statement)


def make_private(world: World) -> None:
    with world.kit.database.begin() as db:
        row = db.get_one(Site, world.site.id)
        row.private = True
        row.version += 1
        note_written(db, row.version, sites.written_name(row.name))


def decoded(response: TestResponse) -> bytes:
    coding = response.headers.get("Content-Encoding")
    undo = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    return undo[coding](response.data)


def test_public_pages_never_reach_the_app(world: World, verbs: Verbs) -> None:
    comment = verbs.post(verbs.identity(), "Hello")
    routing = Routing(world)
    assert "Hello" in world.get(THREAD).text
    assert world.get(f"/counts?url={PAGE_URL}").json["counts"][PAGE_URL]["count"] == 1
    assert world.get(f"/replies/{comment.id}").status_code == 200
    assert routing.paths == []


def test_what_goes_wrong_is_said_by_the_app(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "Hello")
    routing = Routing(world)
    for path, code in (
        ("/thread?url=nowhere", "thread_not_allowed"),
        (f"{THREAD}&sort=best", "unknown_sort"),
        (f"{THREAD}&after=x", "bad_cursor"),
        (f"{THREAD}&comment=1", "unknown_comment"),
        ("/replies/1", "unknown_comment"),
        ("/counts", "field_invalid"),
    ):
        assert world.error(world.get(path))[1] == code
    assert world.error(world.get(THREAD, site="nobody"))[1] == "unknown_site"
    assert len(routing.paths) == 7


def test_a_hot_page_asks_the_database_nothing(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "Hello")
    first = world.get(THREAD)
    said = Statements(world).said
    for _ in range(20):
        assert world.get(THREAD).data == first.data
    assert said == []


def test_a_comment_is_seen_by_the_next_reader(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    for number in range(5):
        verbs.post(author, f"Text {number}")
        assert f"Text {number}" in world.get(THREAD).text


def test_the_first_comment_of_a_thread_is_seen(world: World) -> None:
    assert "Hello there" not in world.get(THREAD).text
    world.post()
    assert "Hello there" in world.get(THREAD).text


@pytest.mark.parametrize("accepts", ["", "gzip", "br", "gzip, br", "gzip;q=0.5, br;q=0", "*"])
def test_each_coding_is_the_same_page(world: World, verbs: Verbs, accepts: str) -> None:
    verbs.post(verbs.identity(), "Hello")
    plain = world.get(THREAD)
    coded = world.get(THREAD, headers={"Accept-Encoding": accepts})
    assert decoded(coded) == plain.data
    assert coded.headers["Vary"] == "Accept-Encoding"
    same = coded.headers.get("Content-Encoding") is None
    assert (coded.headers["ETag"] == plain.headers["ETag"]) is same
    tag = {"If-None-Match": coded.headers["ETag"], "Accept-Encoding": accepts}
    again = world.get(THREAD, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == coded.headers["ETag"]


def test_a_refused_coding_is_not_used(world: World) -> None:
    answer = world.get(THREAD, headers={"Accept-Encoding": "br;q=0, gzip;q=0.2"})
    assert answer.headers["Content-Encoding"] == "gzip"
    answer = world.get(THREAD, headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
    assert "Content-Encoding" not in answer.headers


def test_codings_of_the_same_page_are_no_match_for_each_other(world: World) -> None:
    packed = world.get(THREAD, headers={"Accept-Encoding": "br"}).headers["ETag"]
    assert world.get(THREAD, headers={"If-None-Match": packed}).status_code == 200


@pytest.mark.parametrize("spelled", ["{}", "W/{}", '"other", {}', '"a","b" ,W/{} ', "*"])
def test_an_etag_matches_in_every_spelling(world: World, spelled: str) -> None:
    tag = world.get(THREAD).headers["ETag"]
    answer = world.get(THREAD, headers={"If-None-Match": spelled.format(tag)})
    assert answer.status_code == 304


def test_head_says_what_get_would(world: World) -> None:
    got = world.get(THREAD)
    head = world.client().head(f"{SERVER}/commentkit/blog{THREAD}")
    assert head.data == b""
    assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_answer_is_handed_over_in_one_piece(world: World, method: str) -> None:
    # granian takes any other iterable to a second thread, which waits for the interpreter's lock.
    etag = world.get(THREAD).headers["ETag"]
    address = f"{SERVER}/commentkit/blog{THREAD}"
    for headers in ({}, {"If-None-Match": etag}):
        environ = EnvironBuilder(address, method=method, headers=headers).get_environ()
        assert isinstance(world.app.wsgi_app(environ, lambda *_: None), list)


def test_other_methods_are_left_to_the_app(world: World) -> None:
    world.get(THREAD)
    routing = Routing(world)
    assert world.client().post(f"{SERVER}/commentkit/blog{THREAD}").status_code == 405
    assert len(routing.paths) == 1


def test_the_layer_and_the_blueprint_say_the_same(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "Hello")
    layer = world.app.wsgi_app
    assert isinstance(layer, ReadPath)
    for path in (THREAD, f"/counts?url={PAGE_URL}", f"{THREAD}&lang=it&sort=newest"):
        ours = world.get(path)
        world.app.wsgi_app = layer._app
        theirs = world.get(path)
        world.app.wsgi_app = layer
        assert ours.data == theirs.data
        assert sorted(ours.headers) == sorted(theirs.headers)


def test_a_private_site_never_answers_here(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "Hello")
    assert "Access-Control-Allow-Origin" in world.get(THREAD).headers
    make_private(world)
    routing = Routing(world)
    answer = world.get(THREAD)
    assert len(routing.paths) == 1
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_nothing_of_a_request_but_its_address_is_in_the_bytes(world: World) -> None:
    poison = {
        "Host": "evil.example",
        "Origin": "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/evil",
        "Accept-Language": "it," + "x" * 10_000,
        "Cookie": "a=evil",
    }
    poisoned = world.get(THREAD, headers=poison)
    clean = world.get(THREAD)
    assert poisoned.data == clean.data
    assert dict(poisoned.headers) == dict(clean.headers)
    assert b"evil" not in poisoned.data


def test_a_rule_changed_is_seen_at_once_here(world: World, verbs: Verbs) -> None:
    verbs.post(verbs.identity(), "Hello")
    before = world.get(THREAD).data
    world.rules(form_title="Say something")
    after = world.get(THREAD).data
    assert before != after
    assert b"Say something" in after
    assert world.get(THREAD).data == after


def test_time_closes_a_kept_thread(world: World, verbs: Verbs) -> None:
    world.rules(close_after_days=1)
    verbs.post(verbs.identity(), "Hello")
    assert 'data-form="comment"' in world.get(THREAD).text
    world.clock.move(days=2)
    assert 'data-form="comment"' not in world.get(THREAD).text
