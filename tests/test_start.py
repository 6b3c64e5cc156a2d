"""What a start costs: an app that only answers readers imports nothing for writers or providers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from commentkit.model import metadata, sqlite_engine

HEAVY = {
    "PIL",
    "alembic",
    "authlib",
    "bleach",
    "cryptography",
    "email_validator",
    "idna",
    "joserfc",
    "limits",
    "linkify_it",
    "mako",
    "markdown_it",
    "nh3",
    "redis",
    "requests",
    "smtplib",
    "urllib3",
}
"""Each takes from some milliseconds to a tenth of a second, and serves what few requests do."""

START = """
import json, sys
from flask import Flask
from commentkit import CommentKit

app = Flask("start", instance_path=sys.argv[1])
app.config.update(
    SECRET_KEY="a secret of the tests",
    COMMENTKIT_PUBLIC_URL="http://127.0.0.1:8000",
    COMMENTKIT_DELIVERY_THREAD=False,
    **json.loads(sys.argv[2]),
)
CommentKit(providers=sys.argv[3:]).init_app(app)
assert app.test_client().get("/commentkit/health").status_code == 200
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A folder that holds our own file with its tables."""
    engine = sqlite_engine(tmp_path / "commentkit.sqlite3")
    metadata.create_all(engine)
    engine.dispose()
    return tmp_path


def imported(folder: Path, *providers: str, **config: str) -> set[str]:
    """Return what a fresh process has imported once it gave its first answer."""
    told = [sys.executable, "-c", START, str(folder), json.dumps(config), *providers]
    return set(json.loads(subprocess.check_output(told, text=True)))


def test_a_start_imports_nothing_that_can_wait(instance: Path) -> None:
    assert imported(instance) & HEAVY == set()


def test_nor_does_one_with_every_way_to_sign_in(instance: Path) -> None:
    given = ["wordpress", "x", "facebook", "google"]
    keys = {
        f"COMMENTKIT_{name.upper()}_{part}": "something"
        for name in given
        for part in ("CLIENT_ID", "CLIENT_SECRET")
    }
    named = ["mastodon", "bluesky", "indieauth"]
    assert imported(instance, *given, *named, **keys) & HEAVY == set()


def test_a_rate_of_ones_own_is_held_to_what_it_accepts_at_the_start(instance: Path) -> None:
    """So the library that reads rates comes with it; the test can therefore see an import."""
    found = imported(instance, COMMENTKIT_LIMITS_STORAGE="redis://127.0.0.1:1/0")
    assert "limits" in found
