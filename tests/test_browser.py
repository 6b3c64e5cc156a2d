"""The browser that the other tests trust: it must block what they rely on being blocked."""

import subprocess
import threading
from collections.abc import Iterator

import pytest
from browser_support import find_chromium, without_suggestions
from flask import Flask, Response, jsonify, request
from playwright.sync_api import Page
from werkzeug.serving import make_server


def test_a_chromium_named_in_the_environment_wins(monkeypatch, tmp_path):
    named = tmp_path / "my-chromium"
    named.touch()
    monkeypatch.setenv("COMMENTKIT_CHROMIUM", str(named))
    assert find_chromium() == str(named)


def test_a_named_chromium_that_is_not_there_is_not_replaced(monkeypatch):
    monkeypatch.setenv("COMMENTKIT_CHROMIUM", "/nowhere/chromium")
    assert find_chromium() is None


def test_without_suggestions_keeps_every_other_word(tmp_path):
    said = tmp_path / "a chromium"
    said.write_text("#!/bin/sh\nprintf '%s|' \"$@\"\n")
    said.chmod(0o755)
    (tmp_path / "made").mkdir()
    program = without_suggestions(str(said), tmp_path / "made")
    words = ["--a=b c", "--disable-features=One,Two", "--disable-sync", "$HOME"]
    told = subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout
    assert told.startswith("--a=b c|--disable-features=One,Two,WebUIOmniboxPopup,")
    assert told.endswith("|--disable-sync|$HOME|")


@pytest.fixture
def cookie_server() -> Iterator[int]:
    """Sets a plain and a partitioned cookie on /set, and tells on /get which came back."""
    app = Flask(__name__)

    @app.after_request
    def allow(answer: Response) -> Response:
        answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        return answer

    @app.get("/")
    def page() -> str:
        return "<!doctype html><title>page</title>"

    @app.get("/set")
    def set_cookies() -> Response:
        answer = jsonify(set=True)
        for name, partitioned in (("plain", False), ("__Host-mine", True)):
            answer.set_cookie(name, "1", secure=True, samesite="None", partitioned=partitioned)
        return answer

    @app.get("/get")
    def get_cookies() -> Response:
        return jsonify(sorted(request.cookies))

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_third_party_cookies_are_blocked_unless_partitioned(page: Page, cookie_server: int):
    page.goto(f"http://localhost:{cookie_server}/")
    third_party = f"http://127.0.0.1:{cookie_server}"
    fetch = "url => fetch(url, {credentials: 'include'}).then(answer => answer.json())"
    page.evaluate(fetch, f"{third_party}/set")
    assert page.evaluate(fetch, f"{third_party}/get") == ["__Host-mine"]


@pytest.mark.browser
def test_without_scripts_none_run(plain_page: Page):
    plain_page.set_content("<p id=p>before</p><script>p.textContent = 'after'</script>")
    assert plain_page.inner_text("#p") == "before"
