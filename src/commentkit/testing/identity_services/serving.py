"""Run the identity services in a thread, and walk through them without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from threading import Thread
from typing import cast
from urllib.parse import urlencode, urljoin

import requests
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from .faults import FaultBoard
from .people import Person
from .state import EXTENSION, IdentityServices

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class RunningServices:
    """Name a running app of identity services."""

    url: str
    """Scheme, host and port, without a slash at the end."""
    app: Flask

    @property
    def state(self) -> IdentityServices:
        """Return its clients, grants, calls and keys."""
        return cast(IdentityServices, self.app.extensions[EXTENSION])

    @property
    def faults(self) -> FaultBoard:
        """Return its switches."""
        return self.state.faults


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Keep still: request lines hold codes and tokens."""


@contextmanager
def serve_identity_services(
    app: Flask, *, host: str = "127.0.0.1", port: int = 0, name: str | None = None
) -> Iterator[RunningServices]:
    """Serve the app until the block ends.

    `host` is what it listens on, port 0 takes a free one; `name` is the host that the address is
    given with, such as `id.localhost` for a third site. Slow answers are let go at the end.
    """
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    running = RunningServices(f"http://{name or host}:{server.server_port}", app)
    try:
        yield running
    finally:
        running.faults.clear()
        server.shutdown()
        thread.join()
        server.server_close()


class _Form(HTMLParser):
    """Read the first form of a page: its address and its hidden fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {key: value or "" for key, value in attrs}
        if tag == "form" and self.action is None:
            self.action = named.get("action", "")
        ticked = named.get("type") == "checkbox" and "checked" in named
        if tag == "input" and (named.get("type") == "hidden" or ticked):
            self.fields.append((named.get("name", ""), named.get("value", "on")))


def scripted_sign_in(
    authorize_url: str,
    person: Person | str,
    *,
    refuse: bool = False,
    browser: requests.Session | None = None,
) -> str:
    """Walk the consent page as `person` and return the callback's address with its parameters.

    Give the same `browser` twice to be somebody who is signed in at the provider already. A
    `form_post` answer is returned as if it had come by query. Raises `requests.HTTPError` when the
    provider shows an error page.
    """
    with requests.Session() as own:
        chosen = browser or own
        answer = chosen.get(authorize_url, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        if answer.is_redirect:
            return answer.headers["Location"]
        decision = "refuse" if refuse else "continue"
        key = person if isinstance(person, str) else person.key
        return _decide(chosen, answer, [("person", key), ("decision", decision)])


def _decide(
    browser: requests.Session, page: requests.Response, decision: list[tuple[str, str]]
) -> str:
    form = _Form(page.text)
    target = urljoin(page.url, form.action or "")
    answer = browser.post(
        target, [*form.fields, *decision], allow_redirects=False, timeout=TIMEOUT_SECONDS
    )
    answer.raise_for_status()
    if answer.is_redirect:
        return answer.headers["Location"]
    posted = _Form(answer.text)
    return f"{posted.action}?{urlencode(posted.fields)}"
