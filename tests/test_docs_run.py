"""What the documentation shows works: its Python, its templates, its commands that set up."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from docs_pages import NAMES, blocks, commands_of, read
from flask import Flask, render_template_string

from commentkit import CommentKit
from commentkit.cli import commands

URL = "http://127.0.0.1:5000"
ELSEWHERE = ("README.md", "docs/architecture.md")
"""Their Python is tried below, or is only the shape of a call."""


def runnable(name: str) -> str:
    return "\n".join(block.text for block in blocks("python", name) if not block.fragment)


def run(folder: Path, *words: str) -> str:
    """Run a program of this environment in a folder; warnings are errors."""
    environment = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", "LANG": "C.UTF-8"}
    environment["SECRET_KEY"] = "as long as what the README's command makes"
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# The README's ten lines


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's app, set up by the README's command."""
    folder = tmp_path_factory.mktemp("blog")
    (folder / "blog.py").write_text(runnable("README.md"))
    [init] = [c for b in blocks("sh", "README.md") for c in commands_of(b.text) if "init" in c]
    assert init[0] == "flask"
    run(folder, *init)
    return folder


def test_the_readmes_lines_are_a_site_with_comments(blog: Path):
    asked = """
        from blog import app
        client = app.test_client()
        address = app.config["COMMENTKIT_PUBLIC_URL"]
        page = client.get("/hello", base_url=address)
        assert page.status_code == 200, page.text
        assert '<template shadowrootmode="open">' in page.text
        assert "Leave a comment" in page.text
        headers = {"Origin": address, "X-CommentKit": "1"}
        sent = {"thread": {"key": "hello", "url": address + "/hello"}, "text": "First!",
                "name": "Anna", "email": "anna@example.org"}
        where = address + "/commentkit/main/comments"
        posted = client.post(where, headers=headers, json=sent)
        assert posted.status_code == 201, posted.text
        """
    (blog / "asked.py").write_text(textwrap.dedent(asked))
    run(blog, "asked")


def test_the_doctor_passes_the_readmes_app(blog: Path):
    run(blog, "flask", "--app", "blog", "commentkit", "doctor", "--offline")


def test_the_readme_says_it_in_ten_lines():
    [app] = blocks("python", "README.md")
    assert len([line for line in app.text.splitlines() if line]) <= 10


def test_the_first_screen_has_what_it_should():
    first = read("README.md").split("\n## ")[0]
    assert re.search(r'<img src="docs/images/.+\.png"', first)
    assert "make demo\nmake test\n" in first
    assert 'embed.js" data-site="' in first


# Python


@pytest.mark.parametrize("name", [n for n in NAMES if runnable(n) and n not in ELSEWHERE])
def test_the_python_of_a_page_runs(name: str, tmp_path: Path):
    (tmp_path / "snippets.py").write_text(runnable(name))
    run(tmp_path, "snippets")


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ELSEWHERE])
def test_fragments_are_python_too(name: str):
    for block in blocks("python", name):
        compile(block.text, name, "exec")


def test_the_providers_test_of_the_docs_passes(tmp_path: Path):
    [test] = [b.text for b in blocks("python", "docs/testing.md") if "ProviderContract" in b.text]
    (tmp_path / "test_example.py").write_text(test)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    provider_contract: it\n")
    assert " passed" in run(tmp_path, "pytest", "-q", "-k", "described or exact or mapped")


# Templates


@pytest.fixture(scope="module")
def host(blog: Path) -> Flask:
    """The README's tables under an app whose templates are the documentation's."""
    for block in blocks("jinja", "docs/mounting.md"):
        named = re.match(r"\{# (templates/\S+) #\}\n", block.text)
        if named:
            file = blog / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text)
    app = Flask("documented", root_path=str(blog), instance_path=str(blog / "instance"))
    app.config.update(SECRET_KEY="at least sixteen characters", COMMENTKIT_PUBLIC_URL=URL)
    app.config["COMMENTKIT_LAYOUT"] = "comments.html"
    CommentKit().init_app(app)
    return app


@pytest.mark.parametrize(
    "source", [b.text for b in blocks("jinja", "docs/mounting.md") if "{# templates/" not in b.text]
)
def test_a_snippet_of_a_template_renders(host: Flask, source: str):
    post = SimpleNamespace(key="first", title="First", url="/first")
    with host.test_request_context("/first", base_url=URL):
        said = render_template_string(source, post=post, posts=[post])
    assert "Leave a comment" in said


def test_the_layout_of_the_docs_wraps_our_page(host: Flask):
    page = host.test_client().get(f"{URL}/commentkit/main/page?key=first").text
    assert page.lstrip().startswith("<!doctype html>")
    assert page.count("<main") == 2
    assert "commentkit_body" not in page


def test_the_override_of_the_docs_is_used(host: Flask):
    kit = host.extensions["commentkit"]
    said = kit.renderer.render("closed.html", language="en", view={"unsent": None})
    assert "Comments are closed on this page." in said
    assert "Write to us instead." in said


# Commands that set up


def sites_to_add() -> list[list[str]]:
    """Return what follows `flask --app … commentkit` in every command that registers a site."""
    lines = [words for n in NAMES for b in blocks("sh", n) for words in commands_of(b.text)]
    return [words[4:] for words in lines if words[0] == "flask" and words[4:6] == ["site", "add"]]


@pytest.mark.parametrize("words", sites_to_add(), ids=" ".join)
def test_a_command_registers_its_site(words: list[str], tmp_path: Path):
    app = Flask("documented", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="at least sixteen characters", COMMENTKIT_PUBLIC_URL=URL)
    CommentKit().init_app(app)
    runner = app.test_cli_runner()
    for each in (["upgrade"], words):
        done = runner.invoke(commands, each)
        assert done.exit_code == 0, done.output
    assert words[2] in runner.invoke(commands, ["site", "list"]).output
