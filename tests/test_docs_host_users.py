"""The helpers that docs/host-users.md shows make what the real door takes."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from browser_support import need
from database_support import Databases
from docs_pages import blocks
from werkzeug.test import TestResponse
from world import PAGE_URL, SERVER, World, make_world

from commentkit.signin import host_keys
from commentkit.signin.host_keys import HS256, HostKey

PAGE = "docs/host-users.md"
SECRET = "a secret that is shown this once, and is no base64"
PERSON = {"sub": "7", "name": "Anna Bianchi 🌱"}


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    world = make_world(tmp_path)
    with world.kit.database.begin() as db:
        secret_key, now = world.kit.settings.secret_key, world.clock()
        key = HostKey("KID", HS256, SECRET)
        host_keys.keep(db, key, site_id=world.site.id, secret_key=secret_key, now=now)
    return world


def shown(language: str, name: str) -> str:
    [code] = [b.text for b in blocks(language, PAGE) if name in b.text]
    return code


def hand(world: World, user: str) -> TestResponse:
    body = {"user": user, "transport": "bearer", "thread": {"url": PAGE_URL}}
    return world.call("POST", "/host-user", json=body)


def taken(world: World, user: str) -> None:
    answer = hand(world, user)
    assert answer.status_code == 200, answer.text
    assert "Anna Bianchi 🌱" in answer.get_json()["viewer"]["identity"]


def test_the_python_helper(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    at = int(world.clock().timestamp())
    monkeypatch.setattr("time.time", lambda: at)
    helper: dict[str, object] = {}
    exec(shown("python", "def host_user"), helper)
    made = helper["host_user"]("KID", SECRET, site="blog", server=SERVER, **PERSON)  # type: ignore[operator]
    taken(world, made)


def test_the_node_helper(world: World) -> None:
    node = shutil.which("node")
    need(node, "node was not found: install Node.js")
    said = ", ".join(map(json.dumps, ("KID", SECRET, "blog", SERVER, PERSON)))
    at = int(world.clock().timestamp()) * 1000
    program = f"{shown('js', 'hostUser')}\nDate.now = () => {at};\nconsole.log(hostUser({said}));"
    command = [str(node), "-e", program]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    taken(world, made.stdout.strip())
