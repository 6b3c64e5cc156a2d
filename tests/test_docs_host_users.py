"""The helpers that docs/host-users.md shows make what the real door takes."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browser_support import TOOL_MISSING, need
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


PHP = """
$said = array_map(fn($each) => json_decode($each, true), array_slice($argv, 1));
echo host_user(...$said);
"""
RUBY = """
puts host_user(*ARGV.map { |each| JSON.parse(each, symbolize_names: true) })
"""
GO = """
func main() {
	said := make([]string, 4)
	for number := range said {
		json.Unmarshal([]byte(os.Args[number+1]), &said[number])
	}
	var person map[string]any
	json.Unmarshal([]byte(os.Args[5]), &person)
	fmt.Println(hostUser(said[0], said[1], said[2], said[3], person))
}
"""


def installed(program: str, package: str) -> str:
    """Return the path of an interpreter that only these tests need: CI does without it too."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{TOOL_MISSING}{program} was not found: install {package}")
    return found


def made(command: Sequence[str], folder: Path) -> str:
    """Run a helper; what it is asked for is the same in each language, as JSON."""
    said = [json.dumps(each) for each in ("KID", SECRET, "blog", SERVER, PERSON)]
    homes = dict.fromkeys(("HOME", "GOCACHE", "GOPATH"), str(folder / "home"))
    done = subprocess.run(
        [*command, *said],
        cwd=folder,
        env={**os.environ, **homes, "GO111MODULE": "off", "GOFLAGS": "", "GOPROXY": "off"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def taken_then(world: World, user: str) -> None:
    """Hand over what was made, at the moment when it was made."""
    payload = user.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    world.clock.now = datetime.fromtimestamp(claims["iat"], UTC)
    assert claims["exp"] - claims["iat"] == 300
    taken(world, user)


def test_the_php_helper(world: World, tmp_path: Path) -> None:
    php = installed("php", "php-cli")
    (tmp_path / "helper.php").write_text(f"<?php\n{shown('php', 'function host_user')}{PHP}")
    taken_then(world, made([php, "helper.php"], tmp_path))


def test_the_ruby_helper(world: World, tmp_path: Path) -> None:
    ruby = installed("ruby", "ruby")
    (tmp_path / "helper.rb").write_text(shown("ruby", "def host_user") + RUBY)
    taken_then(world, made([ruby, "helper.rb"], tmp_path))


def test_the_go_helper(world: World, tmp_path: Path) -> None:
    go = installed("go", "golang-go")
    program = f'package main\n\nimport (\n"fmt"\n"os"\n)\n\n{shown("go", "func hostUser")}{GO}'
    (tmp_path / "helper.go").write_text(program)
    taken_then(world, made([go, "run", "helper.go"], tmp_path))
