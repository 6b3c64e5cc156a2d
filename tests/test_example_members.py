"""The site with members of its own, as its pages are used."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from examples.members import create_app
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

TAG = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tag</title>
<body><script async src="{}" data-site="main"></script>"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, Flask("later"), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    server.app = made(tmp_path, address)
    running = threading.Thread(target=server.serve_forever, args=(0.02,))
    running.start()
    yield address
    server.shutdown()
    running.join()
    server.server_close()


def made(folder: Path, address: str) -> Flask:
    app = create_app(
        COMMENTKIT_DATABASE_URL=f"sqlite:///{folder / 'members.sqlite3'}",
        COMMENTKIT_PUBLIC_URL=address,
        COMMENTKIT_DELIVERY_THREAD=False,
        TESTING=True,
    )
    words = ["commentkit", "init", "--name=main", "--title=The club", f"--origin={address}"]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    app.add_url_rule("/tag", "tag", lambda: TAG.format(f"{address}/commentkit/embed.js"))
    return app


def test_members_are_known_until_they_log_out(tmp_path: Path) -> None:
    address = "http://127.0.0.1:5000"
    browser = made(tmp_path, address).test_client()
    browser.post(f"{address}/log-in", data={"member": "1"})
    assert "Log out, Anna Bianchi" in browser.get(f"{address}/").text
    viewer, headers = f"{address}/commentkit/main/viewer?key=the-club", {"X-CommentKit": "1"}
    assert "Anna Bianchi" in browser.get(viewer, headers=headers).get_json()["identity"]
    browser.post(f"{address}/log-out")
    assert browser.get(viewer, headers=headers).get_json()["state"] == "signed-out"


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/tag"], ids=["inlined", "by the tag"])
def test_a_member_writes_without_a_press_in_chromium(site: str, page: Page, path: str) -> None:
    page.goto(site + path)
    section = page.locator("comment-kit")
    section.locator("textarea").click()
    section.get_by_role("link", name="Log in with your The club account").click()
    page.get_by_role("button", name="Anna Bianchi").click()
    page.goto(site + path)
    expect(section).to_have_attribute("data-state", "signed-in")
    section.locator("textarea").fill("A word of a member.")
    section.locator("[part~=submit]").click()
    expect(section.locator("[data-comment]")).to_contain_text("Anna Bianchi")
    section.locator("textarea").click()
    section.get_by_role("link", name="Log out").click()
    page.goto(site + path)
    expect(section).to_have_attribute("data-state", "signed-out")
