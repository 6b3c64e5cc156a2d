"""Kept pages through the blueprint, past whatever the host adds to its answers."""

import cProfile
import pstats
from collections.abc import Callable

import pytest
from flask import Flask, Response, session
from werkzeug.test import EnvironBuilder, run_wsgi_app
from world import PAGE_URL, Verbs, World

THREAD = f"/thread?url={PAGE_URL}"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    world = make_world()
    Verbs(world).post(Verbs(world).identity(), "Hello")
    return world


def hooked(app: Flask, hook: Callable[[Response], Response]) -> None:
    app.after_request_funcs.setdefault(None, []).append(hook)


def test_what_a_host_writes_into_it_has_its_own_length(world: World) -> None:
    def stamp(response: Response) -> Response:
        response.set_data(response.get_data() + b"<!-- host -->")
        return response

    plain = world.get(THREAD)
    hooked(world.app, stamp)
    for _ in range(2):
        answer = world.get(THREAD, headers={"Accept-Encoding": ""})
        assert answer.data == plain.data + b"<!-- host -->"
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert "ETag" not in answer.headers


def test_a_hosts_headers_are_added(world: World) -> None:
    def add(response: Response) -> Response:
        response.headers["X-Host"] = "yes"
        return response

    hooked(world.app, add)
    assert world.get(THREAD).headers["X-Host"] == "yes"


def test_what_is_to_be_done_on_closing_is_done(world: World) -> None:
    closed = []

    def on_close(response: Response) -> Response:
        response.call_on_close(lambda: closed.append(1))
        return response

    hooked(world.app, on_close)
    world.get(THREAD).close()
    assert closed


def test_a_readers_session_is_in_no_shared_answer(world: World) -> None:
    @world.app.before_request
    def visit() -> None:
        session.permanent = True
        session["seen"] = session.get("seen", 0) + 1

    for _ in range(3):
        answer = world.get(THREAD)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_a_page_at_hand_takes_no_more_than_a_bare_route(world: World) -> None:
    bare = Flask("bare", static_folder=None)
    bare.secret_key = world.app.secret_key  # with it, a session is opened for each request
    bare.add_url_rule("/page", view_func=lambda: Response(b"x" * 1000, content_type="text/html"))
    address = f"/commentkit/blog{THREAD}"
    assert world.app.test_client().get(address).status_code == 200
    assert _calls(world.app, address) <= 1.1 * _calls(bare, "/page")


def _calls(app: Flask, address: str) -> int:
    """Count the function calls of one request: unlike a time, it is always the same."""
    environ = EnvironBuilder(address).get_environ()
    run_wsgi_app(app, environ.copy())
    with cProfile.Profile() as profile:
        run_wsgi_app(app, environ.copy())
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]
    return total
