"""Proofs of possession and pushed requests, against npm's oidc-provider, which is not ours."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from browser_support import need
from tools.cluster.ports import free_port

from commentkit.ids import s256
from commentkit.signin.http import HttpClient
from commentkit.signin.protocols.dpop import Prover

PEERS = Path(__file__).parents[2] / "peers"
HERE = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 43
HTTP = HttpClient(loopback=True)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = shutil.which("node")
    need(node, "node was not found: install Node.js and npm")
    installed = (PEERS / "node_modules").is_dir()
    need(installed, "tests/peers is not installed: run 'make test', or npm ci there")
    port = free_port()
    command = [str(node), "proof.mjs", str(port), HERE]
    with subprocess.Popen(
        command, cwd=PEERS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield f"http://localhost:{port}"
        process.terminate()


def prover(secret: str = "of an attempt") -> Prover:
    return Prover(secret, datetime.now(UTC))


REQUEST = {
    "client_id": "commentkit",
    "response_type": "code",
    "redirect_uri": HERE,
    "scope": "openid",
    "state": "state",
    "code_challenge": s256(VERIFIER),
    "code_challenge_method": "S256",
}


def pushed(issuer: str, by: Prover) -> str:
    answer = by.post(HTTP, f"{issuer}/request", REQUEST)
    assert answer.status == 201, answer.body
    return str(answer.json()["request_uri"])


def consented(issuer: str, request_uri: str) -> str:
    """Walk its own pages, as a person would; return the code."""
    with requests.Session() as session:
        asked = {"client_id": "commentkit", "request_uri": request_uri}
        page = session.get(f"{issuer}/auth", params=asked, timeout=10)
        for fields in ({"prompt": "login", "login": "zoe"}, {"prompt": "consent"}):
            action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
            assert action, page.text
            page = session.post(action[1], data=fields, timeout=10, allow_redirects=False)
            while page.is_redirect and not page.headers["Location"].startswith(HERE):
                on = urljoin(page.url, page.headers["Location"])
                page = session.get(on, timeout=10, allow_redirects=False)
    return parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]


def redeemed(issuer: str, code: str, by: Prover) -> tuple[int, dict[str, str]]:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": HERE,
        "code_verifier": VERIFIER,
        "client_id": "commentkit",
    }
    answer = by.post(HTTP, f"{issuer}/token", fields)
    return answer.status, answer.json()


def test_a_code_is_redeemed_by_the_key_that_asked(issuer: str) -> None:
    code = consented(issuer, pushed(issuer, prover()))
    status, token = redeemed(issuer, code, prover())
    assert (status, token["token_type"]) == (200, "DPoP")


def test_another_key_redeems_nothing(issuer: str) -> None:
    code = consented(issuer, pushed(issuer, prover()))
    status, answer = redeemed(issuer, code, prover("of another attempt"))
    assert (status, answer["error"]) == (400, "invalid_grant")


def test_without_the_servers_nonce_nothing_is_pushed(issuer: str) -> None:
    proof = prover()._proof(f"{issuer}/request", None)
    answer = HTTP.post_form(f"{issuer}/request", REQUEST, headers={"DPoP": proof})
    assert (answer.status, answer.json()["error"]) == (400, "use_dpop_nonce")
    assert answer.headers["dpop-nonce"]
