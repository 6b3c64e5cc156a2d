"""A Firefox driven over Marionette, the protocol that it speaks itself: nothing to install."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
CANDIDATES = ("firefox-esr", "firefox")
PATIENCE_SECONDS = 30
PREFERENCES: dict[str, int | bool | str] = {
    "marionette.port": 0,
    "network.cookie.cookieBehavior": 5,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "intl.accept_languages": "it",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
"""`cookieBehavior` 5 is total cookie protection: a cookie jar for each top-level site."""

WENT_ON = ("Document was unloaded", "stale element reference", "no such element")
"""What Marionette says of a page that is no longer there."""

WAIT = """
const [expression, done] = arguments;
const found = new Function(`return ${expression}`);
const look = () => { const value = found(); if (value) { clearInterval(timer); done(value); } };
const timer = setInterval(look, 50);
look();
"""


def find_firefox() -> str | None:
    """Return the path of a Firefox: COMMENTKIT_FIREFOX, else the first candidate on the PATH."""
    named = os.environ.get("COMMENTKIT_FIREFOX")
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in CANDIDATES if (found := shutil.which(name))), None)


class Firefox:
    """One window at a time, as WebDriver has it."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._last = 0
        self._read()  # it says hello
        self.command("WebDriver:NewSession")
        self.command("WebDriver:SetTimeouts", script=PATIENCE_SECONDS * 1000)

    def command(self, name: str, **parameters: Any) -> Any:
        """Send a command and return its answer; RuntimeError says what Firefox did not like."""
        self._last += 1
        message = json.dumps([0, self._last, name, parameters]).encode()
        self._stream.write(b"%d:%s" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._read()
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}")
        return result

    def go(self, address: str) -> None:
        """Load a page."""
        self.command("WebDriver:Navigate", url=address)

    def wait(self, expression: str) -> Any:
        """Wait in the page, and in the one it goes on to, until the expression holds; its value."""
        while True:
            parameters = {"script": WAIT, "args": [expression]}
            answer = self._attempt("WebDriver:ExecuteAsyncScript", **parameters)
            if answer and answer["value"]:
                return answer["value"]

    def click(self, expression: str) -> None:
        """Click, as a person does, what the expression finds."""
        self._on(expression, "WebDriver:ElementClick")

    def type(self, expression: str, text: str) -> None:
        """Type into what the expression finds."""
        self._on(expression, "WebDriver:ElementSendKeys", text=text)

    def _on(self, expression: str, command: str, **parameters: Any) -> None:
        done = None
        while done is None:
            (element,) = self.wait(expression).values()
            done = self._attempt(command, id=element, **parameters)

    def _attempt(self, name: str, **parameters: Any) -> Any:
        """Send a command; None when the page it was meant for went on meanwhile."""
        try:
            return self.command(name, **parameters)
        except RuntimeError as error:
            if not any(sign in str(error) for sign in WENT_ON):
                raise
            return None

    def window(self) -> str:
        """Name the present window."""
        return str(self.command("WebDriver:GetWindowHandle")["value"])

    def windows(self) -> list[str]:
        """Name all windows."""
        return list(self.command("WebDriver:GetWindowHandles"))

    def switch(self, window: str) -> None:
        """Go to another window."""
        self.command("WebDriver:SwitchToWindow", handle=window)

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            if not byte:
                raise RuntimeError("Firefox closed the connection")
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))


@contextmanager
def running_firefox(path: str) -> Iterator[Firefox]:
    """Run a headless Firefox with a profile of its own until the block ends."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        Path(folder, "user.js").write_text("\n".join(lines))
        command = [path, "--headless", "--no-remote", "--marionette", "--profile", folder]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=os.environ | {"HOME": folder}, **quiet) as process:
            try:
                port = int(eventually(Path(folder, "MarionetteActivePort").read_text))
                with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                    yield Firefox(connection)
            finally:
                process.terminate()


def eventually(look: Callable[[], T]) -> T:
    """Return what `look` returns as soon as it returns something, for half a minute."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if found := look():
                return found
        except OSError:
            pass
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE_SECONDS} s for {look}")
        time.sleep(0.05)  # another program, over a protocol without events for this
