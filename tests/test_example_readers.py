"""The site without Flask that signs who its readers are, as its pages are used."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socketserver import BaseServer
from urllib.parse import urlencode

import pytest
from examples.readers import Comments, Site
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from commentkit import CommentKit


@contextmanager
def running(server: BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The site, beside a comment server that knows its key."""
    comments = make_server("127.0.0.1", 0, Flask("later"), threaded=True)
    with closing(comments.socket), Site() as site:
        address = f"http://localhost:{comments.server_port}"
        comments.app = comment_server(tmp_path, address)
        site.comments = Comments(address, "readers", *set_up(comments.app, site.origin))
        with running(comments), running(site):
            yield site


def comment_server(folder: Path, address: str) -> Flask:
    app = Flask("comments")
    app.config.update(
        SECRET_KEY="a secret of the tests",
        TESTING=True,
        COMMENTKIT_DATABASE_URL=f"sqlite:///{folder / 'comments.sqlite3'}",
        COMMENTKIT_PUBLIC_URL=address,
        COMMENTKIT_DELIVERY_THREAD=False,
    )
    CommentKit(app)
    return app


def set_up(app: Flask, origin: str) -> tuple[str, str]:
    """Register the site as its first lines say; return the key's id and the secret."""
    door = f"login_url={origin}/log-in?next={{page}}"
    said = ""
    for words in (
        ["init", "--name=readers", "--title=The reading room", f"--origin={origin}"],
        ["site", "set", "readers", "--rule", door],
        ["site", "host-key", "readers"],
    ):
        done = app.test_cli_runner().invoke(args=["commentkit", *words])
        assert done.exit_code == 0, done.output
        said = done.output
    [kid] = re.findall(r"kid (\S+);", said)
    return kid, said.splitlines()[-1]


@pytest.mark.browser
def test_a_reader_logs_in_by_the_form_and_writes_as_themselves(site: Site, page: Page) -> None:
    page.goto(f"{site.origin}/?of=may")
    section = page.locator("comment-kit")
    section.locator("textarea").fill("A word that waits.")
    section.get_by_role("link", name="Log in with your The reading room account").click()
    page.get_by_role("button", name="Anna Bianchi").click()
    assert page.url == f"{site.origin}/?of=may"
    expect(section).to_have_attribute("data-state", "signed-in")
    expect(section.locator("textarea")).to_have_value("A word that waits.")
    assert section.get_by_role("link", name="Your account").count() == 0
    section.locator("[part~=submit]").click()
    expect(section.locator("[data-comment]")).to_contain_text("Anna Bianchi")
    page.get_by_role("button", name="Log out, Anna Bianchi").click()
    expect(section).to_have_attribute("data-state", "signed-out")


@pytest.mark.browser
@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "http://127.0.0.1:1@evil.example/"]
)
def test_its_door_leads_nowhere_else(site: Site, page: Page, back: str) -> None:
    page.goto(f"{site.origin}/log-in?next={back}")
    page.get_by_role("button", name="Luca Verdi").click()
    assert page.url == f"{site.origin}/"


@pytest.mark.parametrize("back", ["a\r\nSet-Cookie: reader=evil", "a\nX: y", "città ☃"])
def test_the_way_back_is_no_other_header(back: str) -> None:
    with (
        Site() as site,
        running(site),
        closing(HTTPConnection("127.0.0.1", site.server_port)) as at,
    ):
        said = {"Origin": site.origin, "Content-Type": "application/x-www-form-urlencoded"}
        form = urlencode({"next": f"{site.origin}/{back}", "reader": "1"})
        at.request("POST", "/log-in", form, said)
        answer = at.getresponse()
        assert (answer.status, answer.getheader("Location")) == (303, "/")
        assert [name for name, _ in answer.getheaders()].count("Set-Cookie") == 1
