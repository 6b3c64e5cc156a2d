"""The wheel, built from this tree and used without it."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests
from e2e_support import three_in_a_row

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content; building it needs nothing from the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-qq"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize(
    "pattern",
    [
        "py.typed",
        "migrations/env.py",
        "migrations/versions/0001_*.py",
        "templates/commentkit/thread.html",
        "templates/commentkit/icons/wordpress.svg",
        "static/embed.js",
        "static/commentkit.css",
        "translations/it/LC_MESSAGES/commentkit.po",
        "testing/identity_services/templates/consent.html",
        "testing/scaffold/adapter_oidc.txt",
        "_examples/flask_site/templates/article.html",
        "_examples/static_blog/index.html",
    ],
)
def test_it_holds(unpacked: Path, pattern: str):
    assert list((unpacked / "commentkit").glob(pattern)) != []


def test_it_holds_nothing_of_the_checkout(unpacked: Path):
    assert {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"} == {
        "commentkit"
    }
    assert [path for path in unpacked.rglob("*") if path.suffix in (".pyc", ".sqlite", ".ts")] == []


def test_its_demo_runs_without_the_checkout(unpacked: Path, tmp_path: Path):
    listeners = three_in_a_row()
    port = listeners[0].getsockname()[1]
    for listener in listeners:
        listener.close()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("COMMENTKIT_", "DEMO_"))}
    environ = {**inherited, "PYTHONPATH": str(unpacked), "PORT": str(port)}
    main = "import commentkit; print(commentkit.__file__); from commentkit.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", main, "demo"],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith(str(unpacked))
            said = "".join(iter(process.stdout.readline, "  Ctrl-C stops it.\n"))
            address = re.findall(r"http://\S+", said)[0]
            page = requests.get(f"{address}2013/04/social-media-manager", timeout=10)
            assert "12 commenti" in page.text
        finally:
            process.terminate()
