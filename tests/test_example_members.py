"""The site with members of its own, as its pages are used."""

from pathlib import Path

import pytest
from examples.members import create_app
from flask.testing import FlaskClient

SITE = "http://127.0.0.1:5000"


@pytest.fixture
def browser(tmp_path: Path) -> FlaskClient:
    url = f"sqlite:///{tmp_path / 'members.sqlite3'}"
    app = create_app(COMMENTKIT_DATABASE_URL=url, COMMENTKIT_DELIVERY_THREAD=False, TESTING=True)
    words = ["commentkit", "init", "--name=main", "--title=The club", f"--origin={SITE}"]
    done = app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    return app.test_client()


def test_members_comment_as_themselves_until_they_log_out(browser: FlaskClient) -> None:
    browser.post(f"{SITE}/log-in", data={"member": "1"})
    assert "Log out, Anna Bianchi" in browser.get(f"{SITE}/").text
    viewer, headers = f"{SITE}/commentkit/main/viewer?key=the-club", {"X-CommentKit": "1"}
    assert "Anna Bianchi" in browser.get(viewer, headers=headers).get_json()["identity"]
    browser.post(f"{SITE}/log-out")
    assert browser.get(viewer, headers=headers).get_json()["state"] == "signed-out"
