"""Inside a host's own page: inlined, cacheable by default, personal only where asked for."""

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from world import SERVER, World, make_world

from commentkit import CommentKit

TEMPLATE = """<main>{{ commentkit.thread("post-1", title="My post", personal=personal) }}
<a>{{ commentkit.count("post-1") }}</a></main>"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = make_world(tmp_path, COMMENTKIT_SITE="blog")
    add_pages(world.app)
    return world


def add_pages(app: Flask) -> None:
    @app.get("/public")
    def public() -> str:
        return render_template_string(TEMPLATE, personal=False)

    @app.get("/personal")
    def personal() -> str:
        return render_template_string(TEMPLATE, personal=True)


def guest_form(world: World, path: str) -> dict[str, str]:
    page = world.client().get(f"{SERVER}{path}").text
    proof = page.split('name="proof" value="')[1].split('"')[0]
    return {
        "key": "post-1",
        "proof": proof,
        "as": "guest",
        "text": "Hello",
        "name": "Anna",
        "email": "a@example.org",
    }


def test_a_host_page_inlines_the_section_in_a_declarative_shadow_root(world: World) -> None:
    page = world.client().get(f"{SERVER}/public").text
    assert '<template shadowrootmode="open">' in page
    assert page.count("<comment-kit ") == 1
    assert 'name="text"' in page
    assert "Leave a comment</a>" in page


def test_a_form_of_the_host_page_leads_back_to_it_and_makes_its_thread(world: World) -> None:
    answer = world.send("comments", guest_form(world, "/public"))
    assert answer.headers["Location"].startswith(f"{SERVER}/public#comment-")
    page = world.client().get(f"{SERVER}/public").text
    assert "Hello" in page
    assert "1 comment</a>" in page


def test_what_is_inlined_by_default_says_nothing_of_its_reader(world: World) -> None:
    world.send("comments", guest_form(world, "/public"))
    author = world.client("anna").get(f"{SERVER}/public")
    stranger = world.client("luca").get(f"{SERVER}/public")
    assert author.data == stranger.data
    assert "private" not in author.headers.get("Cache-Control", "")


def test_a_personal_page_is_never_stored(world: World) -> None:
    world.rules(hold="everyone")
    form = guest_form(world, "/personal")
    assert "private" not in world.client("luca").get(f"{SERVER}/personal").headers.get(
        "Cache-Control", ""
    )
    world.send("comments", form)
    mine = world.client().get(f"{SERVER}/personal")
    assert 'data-status="pending"' in mine.text
    assert mine.headers["Cache-Control"] == "private, no-store"
    assert "Hello" not in world.client("luca").get(f"{SERVER}/personal").text


def test_two_apps_in_one_process_never_meet(tmp_path: Path) -> None:
    one, two = make_world(tmp_path / "1"), make_world(tmp_path / "2")
    one.post("only in one")
    assert "only in one" not in two.get("/thread?url=http://localhost:8001/a.html").text
    assert one.kit is not two.kit


def test_registering_twice_is_refused(world: World) -> None:
    with pytest.raises(RuntimeError, match="already registered"):
        CommentKit().init_app(world.app)
