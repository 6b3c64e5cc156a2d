"""What the bench seeds is what its rows say they ask for."""

import re
from collections.abc import Iterator

import pytest
from bench import content, lab
from bench.cold_floor import same_words
from bench.lab import Lab, World
from bench.rows import cold
from flask.testing import FlaskClient

from commentkit.render import Renderer
from commentkit.serve import app_from


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same content with fewer and shorter threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "SIZES", (100, 300))
        patch.setattr(content, "HUNDREDS", 1)
        patch.setattr(content, "SMALL", 20)
        yield Lab(tmp_path_factory.mktemp("bench")).world


@pytest.fixture
def client(world: World) -> FlaskClient:
    app = app_from(world.environment(), instance=world.folder)
    return app.test_client()


@pytest.mark.parametrize("size", [100, 300])
def test_every_long_thread_begins_with_a_page_of_100(client: FlaskClient, size: int):
    page = client.get(lab.thread(content.sized(size))).text
    assert len(re.findall(r"<li data-comment=", page)) == 100
    assert f'data-count="{size}"' in page


def test_small_threads_have_their_counts(world: World, client: FlaskClient):
    said = client.get(lab.counts(list(world.content.small))).get_json()["counts"]
    assert [one["count"] for one in said.values()] == [content.SMALL_SIZE] * 20


def test_the_reader_is_signed_in(world: World, client: FlaskClient):
    headers = {"Authorization": f"Bearer {world.content.bearer}", "X-CommentKit": "1"}
    path = lab.thread(content.sized(100)).replace("/thread?", "/viewer?")
    said = client.get(path, headers=headers | {"Origin": content.BLOG}).get_json()
    assert said["state"] == "signed-in"


def test_the_floor_of_the_cold_page_says_the_same(world: World):
    view = cold.view_of(world)
    said = cold.flat_template(view)()
    assert same_words(said, str(Renderer().render("thread.html", language="en", view=view)))
    assert len(view.comments) == 50


def test_posts_are_not_limited(world: World, client: FlaskClient):
    headers = {"Origin": content.BLOG, "X-CommentKit": "1"}
    for number in range(8):  # two more than a guest may post in a minute
        body = {
            "thread": {"url": world.content.small[0]},
            "text": f"Comment {number}",
            "name": "Guest",
            "email": "guest@example.org",
            "transport": "bearer",
        }
        answer = client.post(f"{lab.ENDPOINT}/comments", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
