"""`commentkit demo` as a person runs it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from e2e_support import three_in_a_row
from examples.addresses import Addresses
from examples.demo import providers

MAIN = "from commentkit.cli import main; main()"


def free_base() -> int:
    listeners = three_in_a_row()
    port = int(listeners[0].getsockname()[1])
    for listener in listeners:
        listener.close()
    return port


def environment(**more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("COMMENTKIT_", "DEMO_"))}
    return {**inherited, **more}


@contextmanager
def demo_command(folder: Path, **more: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "demo"],
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def announced(process: "subprocess.Popen[str]") -> list[str]:
    """Read what it prints up to the last line of the announcement."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return re.findall(r"http://\S+", "".join(lines))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_names_three_addresses_that_answer_and_stops(
    tmp_path: Path, host: str, how: signal.Signals
):
    port = free_base()
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[host]
    with demo_command(tmp_path, PORT=str(port), DEMO_HOST=host) as process:
        found = announced(process)
        assert found == [
            f"http://{host}:{port}/",
            f"http://{other}:{port + 1}/",
            f"http://id.localhost:{port + 2}/",
        ]
        for number, words in enumerate(("quaderno", "Quarto piano", "Google")):
            page = requests.get(f"http://127.0.0.1:{port + number}/", timeout=10)
            assert page.status_code == 200
            assert words in page.text
        if host == "localhost":
            page = requests.get(f"http://127.0.0.1:{port + 1}/", timeout=10)
            assert f'src="http://localhost:{port}/commentkit/embed.js"' in page.text
        process.send_signal(how)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_second_run_finds_what_the_first_one_left(tmp_path: Path):
    port = free_base()
    for _ in range(2):
        with demo_command(tmp_path, PORT=str(port)) as process:
            announced(process)
            article = f"http://127.0.0.1:{port}/2013/04/social-media-manager"
            assert "12 commenti" in requests.get(article, timeout=10).text
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_a_port_in_use_is_named_in_one_line(tmp_path: Path, taken: int):
    port = free_base()
    with (
        socket.create_server(("127.0.0.1", port + taken)),
        demo_command(tmp_path, PORT=str(port)) as process,
    ):
        assert process.wait(timeout=60) == 1
        assert process.stderr is not None
        said = process.stderr.read()
    assert said == (
        f"Port {port + taken} is in use by another program. Stop that program, or move the "
        "demo's three sites: PORT=9000 make demo\n"
    )


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("PORT", "65535"), ("DEMO_HOST", "example.org")]
)
def test_an_address_that_cannot_be_is_named(tmp_path: Path, name: str, value: str):
    with demo_command(tmp_path, **{name: value}) as process:
        assert process.wait(timeout=60) == 2
        assert process.stderr is not None
        said = process.stderr.read()
    assert said.startswith(f"{name} accepts ")
    assert len(said.splitlines()) == 1


def test_real_credentials_lead_to_the_real_provider():
    environ = {
        "COMMENTKIT_GOOGLE_CLIENT_ID": "mine",
        "COMMENTKIT_GOOGLE_CLIENT_SECRET": "hidden",
        "COMMENTKIT_X_CLIENT_ID": "without its secret",
    }
    offered = {provider.name: provider for provider in providers(Addresses(), environ)}
    assert offered["google"].issuer == "https://accounts.google.com"
    assert offered["google"].client_id == "mine"
    assert offered["x"].issuer == "http://id.localhost:8002/x"
