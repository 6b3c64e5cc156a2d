"""The widget's files: small on the wire, and the first one says where the others are."""

import gzip
from urllib.parse import urlsplit

import pytest
from world import World

SERVER = "http://127.0.0.1:8000/commentkit"
EMBED = f"{SERVER}/embed.js"


def test_the_first_file_names_the_folder_of_the_others(world: World) -> None:
    text = world.client().get(EMBED).text
    digest = urlsplit(world.kit.assets.style).path.split("/")[-2]
    assert f'"{digest}"' in text
    assert "%digest%" not in text


@pytest.mark.parametrize("coding", ["br", "gzip", ""])
def test_each_coding_has_its_own_strong_etag(world: World, coding: str) -> None:
    accept = {"Accept-Encoding": coding or "identity"}
    for address in (EMBED, world.kit.assets.style, world.kit.assets.script):
        answer = world.client().get(address, headers=accept)
        assert answer.headers.get("Content-Encoding", "") == coding
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["ETag"].endswith(f'-{coding}"') is bool(coding)
        again = accept | {"If-None-Match": answer.headers["ETag"]}
        seen = world.client().get(address, headers=again)
        assert (seen.status_code, seen.data) == (304, b"")
        assert seen.headers["Cache-Control"] == answer.headers["Cache-Control"]


def test_a_packed_file_is_the_file(world: World) -> None:
    plain = world.client().get(EMBED, headers={"Accept-Encoding": "identity"}).data
    packed = world.client().get(EMBED, headers={"Accept-Encoding": "gzip"}).data
    assert gzip.decompress(packed) == plain
    assert len(packed) < 6_100


def test_files_are_for_every_origin(world: World) -> None:
    for address in (EMBED, world.kit.assets.style):
        headers = world.client().get(address).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_our_files_are_kept(world: World) -> None:
    for number in range(50):
        world.client().get(f"{SERVER}/static/x/nothing{number}.js")
    world.client().get(world.kit.assets.style)
    assert set(world.kit.files.pages) == {"commentkit.css"}
