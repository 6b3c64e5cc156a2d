"""npm's oidc-provider, which is not ours, as any OpenID Connect issuer."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from browser_support import need
from e2e_support import Demo, Section, running_demo
from playwright.sync_api import Page, expect
from tools.cluster.ports import free_port

from commentkit.signin.providers.oidc import OpenIDConnect

PEERS = Path(__file__).parent.parent / "peers"
SECRET = "a+b%41c, a secret that must be encoded"
DRAFT = "Una bozza per la porta di qualcun altro."


@dataclass(frozen=True)
class Peer:
    """A running issuer, and a demo that offers it."""

    issuer: str
    demo: Demo

    def seen(self) -> dict[str, int]:
        """Return how many requests came with a nonce and with a challenge."""
        answer: dict[str, int] = requests.get(f"{self.issuer}/seen", timeout=10).json()
        return answer


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    node = shutil.which("node")
    need(node, "node was not found: install Node.js and npm")
    installed = (PEERS / "node_modules").is_dir()
    need(installed, "tests/peers is not installed: run 'make test', or npm ci there")
    port = free_port()
    issuer = f"http://localhost:{port}"
    provider = OpenIDConnect(
        name="peer", label="Peer", issuer=issuer, client_id="commentkit", client_secret=SECRET
    )
    folder = tmp_path_factory.mktemp("peer")
    with running_demo(folder, also=lambda _: [provider]) as demo:
        callback = f"{demo.flask_site}/commentkit/callback/peer"
        command = [str(node), "server.mjs", str(port), callback]
        with subprocess.Popen(command, cwd=PEERS, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "listening\n"
            yield Peer(issuer, demo)
            process.terminate()


def consent_at_the_peer(window: Page, login: str) -> None:
    window.locator("input[name=login]").fill(login)
    window.locator("input[name=password]").fill("any")
    window.locator("button[type=submit]").click()
    window.get_by_role("button", name="Continue").click()


def test_signs_in_by_discovery_pkce_and_nonce(peer: Peer, italian):
    section = Section.open(italian.new_page(), peer.demo.blog_article)
    section.write(DRAFT)
    before = peer.seen()
    consent_at_the_peer(section.press("peer"), "zoe")
    section.commenting_with("peer")
    expect(section.identity).to_contain_text("Peer zoe")
    section.keeps(DRAFT)
    after = peer.seen()
    assert after["nonce"] > before["nonce"]
    assert after["challenge"] > before["challenge"]


def test_another_account_there(peer: Peer, italian):
    section = Section.open(italian.new_page(), peer.demo.blog_article)
    section.write(DRAFT)
    consent_at_the_peer(section.press("peer"), "zoe")
    section.commenting_with("peer")
    section.action("change").click()
    consent_at_the_peer(section.press("peer"), "yann")
    section.commenting_with("peer")
    expect(section.identity).to_contain_text("Peer yann")


def test_a_refusal_there_returns_to_the_form(peer: Peer, italian):
    section = Section.open(italian.new_page(), peer.demo.blog_article)
    section.write(DRAFT)
    window = section.press("peer")
    window.locator("a", has_text="Cancel").click()
    section.in_state("signed-out")
    expect(section.form).to_contain_text("annullat")
    section.keeps(DRAFT)
