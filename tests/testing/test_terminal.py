"""A real sign-in from a terminal, at the identity services."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import click
import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask

from commentkit import CommentKit
from commentkit.cli.stand_alone import stand_alone
from commentkit.signin.provider import Profile
from commentkit.signin.providers.email import EmailLink
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.testing import terminal
from commentkit.testing.identity_services import (
    RunningServices,
    create_app,
    demo_client,
    scripted_sign_in,
    serve_identity_services,
)
from commentkit.testing.scripted_provider import json_reply, scripted_provider


@pytest.fixture(scope="module")
def services() -> Iterator[RunningServices]:
    with serve_identity_services(create_app()) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, services: RunningServices) -> Flask:
    app = Flask("host", instance_path=str(tmp_path))
    keys = {}
    for name in ("oidc", "x"):
        known = demo_client(name)
        keys[f"COMMENTKIT_{name.upper()}_CLIENT_ID"] = known.client_id
        keys[f"COMMENTKIT_{name.upper()}_CLIENT_SECRET"] = known.client_secret
    app.config.update(SECRET_KEY="k" * 20, COMMENTKIT_PUBLIC_URL="http://localhost:8000", **keys)
    app.config["COMMENTKIT_LOOPBACK_SERVICES"] = True
    CommentKit(
        providers=[
            OpenIDConnect(name="oidc", label="Works", issuer=f"{services.url}/oidc"),
            XOAuth1(authorize_base=f"{services.url}/x", api_base=f"{services.url}/x"),
            EmailLink(),
            "github",
            "mastodon",
        ]
    ).init_app(app)
    return app


Browse = Callable[[str], None]


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Browse]]:
    """Does in a thread what the command asks a person to do in a browser."""
    does: list[Browse] = []
    threads: list[threading.Thread] = []
    echo = click.echo

    def seen(message: str = "", **options: bool) -> None:
        echo(message, **options)
        found = re.search(r"^(http\S+)$", str(message), re.MULTILINE)
        if found and does:
            threads.append(threading.Thread(target=does[0], args=[found[1]]))
            threads[-1].start()

    monkeypatch.setattr("commentkit.cli.providers.click.echo", seen)
    yield does
    for thread in threads:
        thread.join()


def check(app: Flask, name: str, *words: str, **options: str) -> Result:
    arguments = ["commentkit", "provider", "check", name, "--sign-in", *words]
    return app.test_cli_runner().invoke(args=arguments, **options)


@pytest.mark.parametrize(("name", "spelled"), [("oidc", []), ("x", ["--localhost"])])
def test_a_person_signs_in_and_the_profile_is_shown(
    app: Flask, name: str, spelled: list[str], browser: list[Browse]
):
    answers: list[int] = []

    def sign_in(address: str) -> None:
        callback = scripted_sign_in(address, "anna")
        origin = callback.split("/callback/")[0]
        assert ("localhost" in origin) == bool(spelled)
        answers.append(requests.get(f"{origin}/favicon.ico", timeout=5).status_code)
        forged = f"{origin}/callback/{name}?state=other&oauth_token=other&code=x"
        answers.append(requests.get(forged, timeout=5).status_code)
        answers.append(requests.get(callback, timeout=5).status_code)

    browser.append(sign_in)
    said = check(app, name, "--port", "0", *spelled)
    assert said.exit_code == 0, said.output
    assert answers == [404, 400, 200]
    assert re.search(r"name +Anna Bianchi\n", said.output)
    assert re.search(r"email +anna.bianchi@example.org\n", said.output)
    assert re.search(r"email_verified +yes\n", said.output)
    assert demo_client(name).client_secret not in said.output


def test_a_server_of_many_answers_at_an_address_of_its_own(app: Flask, browser: list[Browse]):
    def sign_in(address: str) -> None:
        asked = dict(parse_qsl(urlsplit(address).query))
        query = urlencode({"state": asked["state"], "code": "canary-code"})
        requests.get(f"{asked['redirect_uri']}?{query}", timeout=5).close()

    browser.append(sign_in)
    with scripted_provider() as server:
        server.say("/api/v1/apps", json_reply({"client_id": "c", "client_secret": "s"}))
        server.say("/oauth/token", json_reply({"access_token": "t", "token_type": "Bearer"}))
        server.say("/api/v1/accounts/verify_credentials", json_reply({"id": "1", "username": "a"}))
        said = check(app, "mastodon", "--port", "0", "--server", server.url)
    assert said.exit_code == 0, said.output
    assert re.search(rf"issuer +{server.url}\n", said.output)


def test_a_refusal_is_named(app: Flask, browser: list[Browse]):
    browser.append(
        lambda address: requests.get(
            scripted_sign_in(address, "anna", refuse=True), timeout=5
        ).close()
    )
    said = check(app, "oidc", "--port", "0")
    assert said.exit_code == 1
    assert "The sign-in failed: cancelled: callback: access_denied" in said.output


def test_a_taken_port_is_named(app: Flask):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = check(app, "oidc", "--port", str(port))
    assert said.exit_code == 1
    assert f"Port {port} is taken" in said.output


def test_nobody_comes(app: Flask, monkeypatch: pytest.MonkeyPatch):
    waits = iter([0.0, 0.0, 400.0])
    monkeypatch.setattr("commentkit.testing.terminal.time.monotonic", lambda: next(waits, 400.0))
    listener = terminal.Listener(None, "/", dict.get, "s")  # type: ignore[arg-type]
    listener.server = type("Server", (), {"handle_request": lambda self: None})()  # type: ignore[assignment]
    with pytest.raises(terminal.NobodyCame):
        listener.wait(300)


def test_the_answer_may_be_pasted(app: Flask, monkeypatch: pytest.MonkeyPatch):
    """Where a provider only knows an address of one's own."""
    ended: list[str] = []
    monkeypatch.setattr("commentkit.cli.providers.click.prompt", lambda *_, **__: ended[0])
    echo = click.echo

    def seen(message: str = "", **options: bool) -> None:
        echo(message, **options)
        found = re.search(r"^(http\S+)$", str(message), re.MULTILINE)
        if found:
            ended.append(scripted_sign_in(found[1], "anna"))

    monkeypatch.setattr("commentkit.cli.providers.click.echo", seen)
    ours = "http://localhost:8000/commentkit/callback/oidc"
    said = check(app, "oidc", "--redirect-uri", ours)
    assert said.exit_code == 0, said.output
    assert ended[0].startswith(ours)
    assert re.search(r"name +Anna Bianchi\n", said.output)
    ended[:] = [f"{ours}?state=other&code=stolen"]
    monkeypatch.setattr("commentkit.cli.providers.click.echo", echo)
    assert "not the answer to this sign-in" in check(app, "oidc", "--redirect-uri", ours).output


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("github", "set COMMENTKIT_GITHUB_CLIENT_ID and COMMENTKIT_GITHUB_CLIENT_SECRET"),
        ("email", "its page is one of the comment server's own"),
        ("discord", "This app does not name 'discord'"),
    ],
)
def test_what_cannot_be_tried_says_why(app: Flask, name: str, why: str):
    said = check(app, name)
    assert said.exit_code == 1
    assert why in said.output


def test_without_an_app_the_environment_has_the_credentials():
    said = CliRunner(env={"COMMENTKIT_DISCORD_CLIENT_ID": ""}).invoke(
        stand_alone, ["provider", "check", "discord", "--sign-in"]
    )
    assert said.exit_code == 1
    assert "set COMMENTKIT_DISCORD_CLIENT_ID and COMMENTKIT_DISCORD_CLIENT_SECRET" in said.output


@pytest.mark.parametrize(("token", "told"), [("canary-refresh", "given, and secret"), (None, "-")])
def test_a_token_that_is_kept_is_not_printed(token: str | None, told: str):
    said = dict(terminal.described(Profile(subject="1", kept_token=token)))
    assert said["kept_token"] == told
    assert "canary" not in str(said)
