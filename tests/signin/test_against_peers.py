"""Servers that are not ours: npm's oidc-provider and oauth2-mock-server, and oidc-provider-mock."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from attack_lab import VERIFIER, attribute
from browser_support import need
from database_support import Databases
from test_against_services import Visit
from tools.cluster.ports import free_port
from world import BLOG, PAGE_URL, SERVER, World, make_world

from commentkit.ids import new_secret, s256
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import ProviderError, RoundTrip
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.scripted_provider import ScriptedProvider, scripted_provider

PEERS = Path(__file__).parents[1] / "peers"
SECRET = "a+b%41c, a secret that must be encoded"
PLAIN = "a-secret-that-is-spelled-alike-everywhere"
BACK = f"{SERVER}/commentkit/callback/peer"
LOGGED_OUT = f"{SERVER}/commentkit/logged-out/peer"


@contextmanager
def running(command: list[str], *, said: str, **options: Path) -> Iterator[None]:
    """Run a peer until the block ends; it serves once it says so."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if said in line:
                break
        yield
        process.terminate()


@contextmanager
def node(script: str, *arguments: str) -> Iterator[str]:
    """Run one of the peers for Node.js; give its address."""
    program = shutil.which("node")
    need(program, "node was not found: install Node.js and npm")
    installed = (PEERS / "node_modules" / "oauth2-mock-server").is_dir()
    need(installed, "tests/peers is not installed: run 'make test', or npm ci there")
    port = str(free_port())
    with running([str(program), script, port, *arguments], said="listening", cwd=PEERS):
        yield f"http://localhost:{port}"


@dataclass(frozen=True)
class Peer:
    """npm's oidc-provider, and what it tells of logouts."""

    issuer: str
    told: ScriptedProvider


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with scripted_provider() as told, node("features.mjs", BACK, f"{told.url}/told") as issuer:
        yield Peer(issuer, told)


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """Run npm's oidc-provider where each request is pushed, and proven with its nonce."""
    with node("proof.mjs", BACK) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def mock_server() -> Iterator[str]:
    with node("mock.mjs") as issuer:
        yield issuer


@pytest.fixture(scope="module")
def mock_provider() -> Iterator[str]:
    port = str(free_port())
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", port, "--require-nonce"]
    with running(command, said="unning on"):
        yield f"http://localhost:{port}"


def visit(issuer: str, **declared: Any) -> Visit:
    """Begin one sign-in at an issuer that is discovered."""
    credentials = {"client_id": "commentkit", "client_secret": SECRET}
    provider = OpenIDConnect(name="peer", label="Peer", issuer=issuer, **(credentials | declared))
    trip = RoundTrip(
        http=HttpClient(loopback=True),
        metadata=MetadataCache(),
        redirect_uri=BACK,
        state=new_secret(),
        nonce=new_secret(),
        code_verifier=new_secret(),
        now=datetime.now(UTC),
        proof_key=new_secret(),
    )
    return Visit(provider, trip)


def answered(url: str, browser: requests.Session) -> requests.Response:
    """Walk the pages of oidc-provider, as a person would, to the answer for us."""
    page = browser.get(url, timeout=10)
    for fields in ({"prompt": "login", "login": "zoe"}, {"prompt": "consent"}):
        page = browser.post(_action(page), data=fields, timeout=10, allow_redirects=False)
        while page.is_redirect and not page.headers["Location"].startswith(BACK):
            on = urljoin(page.url, page.headers["Location"])
            page = browser.get(on, timeout=10, allow_redirects=False)
        if page.is_redirect:
            break  # it remembers a consent
    return page


def _action(page: requests.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


def fields_of(page: requests.Response) -> dict[str, str]:
    """Read the hidden fields of a form."""
    listed = re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in listed}


def test_an_answer_by_form(peer: Peer) -> None:
    one = visit(peer.issuer, form_post=True)
    begun = one.begin()
    assert "response_mode=form_post" in begun.url
    with requests.Session() as browser:
        page = answered(begun.url, browser)
    assert _action(page) == BACK
    params = fields_of(page)
    assert params["state"] == begun.state
    assert params["iss"] == peer.issuer
    profile = one.provider.finish(one.trip, params=params, secret=begun.secret)
    assert profile.subject == "zoe"


def test_a_pushed_request_and_a_bound_token(strict: str) -> None:
    one = visit(strict, client_secret="", dpop=True)
    begun = one.begin()
    shown = dict(parse_qsl(urlsplit(begun.url).query))
    assert shown.keys() == {"client_id", "request_uri"}
    with requests.Session() as browser:
        back = answered(begun.url, browser).headers["Location"]
    assert one.finish(begun, back).subject == "zoe"


def test_a_bearer_token_where_a_bound_one_was_asked_for(mock_server: str) -> None:
    one = visit(mock_server, dpop=True)
    begun = one.begin()
    there = requests.get(begun.url, timeout=10, allow_redirects=False)
    with pytest.raises(ProviderError) as caught:
        one.finish(begun, there.headers["Location"])
    assert caught.value.detail == "token: not a dpop token"


@pytest.mark.parametrize(
    "client",
    [
        {"client_auth": "client_secret_post"},
        {"client_auth": "client_secret_basic", "client_id": "plain", "client_secret": PLAIN},
    ],
    ids=["post", "basic"],
)
def test_a_pushed_request_of_a_client_with_a_secret(peer: Peer, client: dict[str, Any]) -> None:
    one = visit(peer.issuer, push=True, **client)
    begun = one.begin()
    assert "request_uri=" in begun.url
    assert "code_challenge" not in begun.url
    with requests.Session() as browser:
        back = answered(begun.url, browser).headers["Location"]
    assert one.finish(begun, back).subject == "zoe"


def test_a_new_proof_is_asked_for_there(peer: Peer) -> None:
    with requests.Session() as browser:
        first = visit(peer.issuer)
        answered(first.begin().url, browser)
        standing = visit(peer.issuer)
        page = browser.get(standing.begin().url, timeout=10, allow_redirects=False)
        assert page.headers["Location"].startswith(BACK)
        again = visit(peer.issuer)
        again = replace(again, trip=replace(again.trip, anew_since=again.trip.now))
        begun = again.begin()
        assert 'name="login"' in browser.get(begun.url, timeout=10).text
        back = answered(begun.url, browser).headers["Location"]
    assert again.finish(begun, back).subject == "zoe"


def test_logging_out_there_leads_back_and_asks_anew(peer: Peer) -> None:
    one = visit(peer.issuer, logout_return=True)
    with requests.Session() as browser:
        answered(one.begin().url, browser)
        there = logout_of(one, LOGGED_OUT)
        asking = browser.get(there, timeout=10)
        fields = {**fields_of(asking), "logout": "yes"}
        back = browser.post(_action(asking), data=fields, timeout=10, allow_redirects=False)
        assert back.headers["Location"] == LOGGED_OUT
        assert 'name="login"' in browser.get(one.begin().url, timeout=10).text


def test_logging_out_there_without_a_way_back(peer: Peer) -> None:
    one = visit(peer.issuer)
    with requests.Session() as browser:
        answered(one.begin().url, browser)
        asking = browser.get(logout_of(one, LOGGED_OUT), timeout=10)
        fields = {**fields_of(asking), "logout": "yes"}
        assert browser.post(_action(asking), data=fields, timeout=10).status_code == 200
        assert 'name="login"' in browser.get(one.begin().url, timeout=10).text


def logout_of(one: Visit, back_url: str) -> str:
    url = one.provider.logout_at(one.trip.metadata, back_url=back_url, now=one.trip.now)
    assert url is not None
    return url


@pytest.fixture
def world(tmp_path: Path, databases: Databases, peer: Peer) -> World:
    provider = visit(peer.issuer).provider
    return make_world(
        tmp_path,
        PROVIDERS=[provider],
        COMMENTKIT_LOOPBACK_SERVICES=True,
        clock=lambda: datetime.now(UTC),
    )


def signed_in(world: World, browser: requests.Session, *, who: str = "anna") -> str:
    """Sign in through the widget's way; return the bearer."""
    query = {"aid": "a" * 22, "challenge": s256(VERIFIER), "origin": BLOG, "mode": "popup"}
    there = world.get("/sign-in/peer", who=who, query_string=query)
    back = answered(there.location, browser).headers["Location"]
    params = dict(parse_qsl(urlsplit(back).query))
    page = world.client(who).get(BACK, query_string=params)
    body = {"aid": "a" * 22, "ticket": attribute(page, "ticket"), "verifier": VERIFIER}
    body |= {"transport": "bearer"}
    redeemed = world.call("POST", "/sign-in/redeem", who=who, json=body)
    return str(redeemed.get_json()["token"])


def state(world: World, bearer: str) -> str:
    headers = {"Authorization": f"Bearer {bearer}"}
    answer = world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers)
    return str(answer.get_json()["state"])


def log_out(peer: Peer, browser: requests.Session) -> str:
    """Log out at the issuer, on its own pages; return what it tells of that."""
    before = len(peer.told.at("/told"))
    asking = browser.get(f"{peer.issuer}/session/end", timeout=10)
    browser.post(_action(asking), data={**fields_of(asking), "logout": "yes"}, timeout=10)
    [call] = peer.told.at("/told")[before:]
    return call.form["logout_token"]


def test_a_logout_there_ends_what_began_with_it(world: World, peer: Peer) -> None:
    with requests.Session() as browser, requests.Session() as other:
        here, elsewhere = signed_in(world, browser), signed_in(world, other, who="luca")
        told = log_out(peer, browser)
    door = f"{SERVER}/commentkit/backchannel-logout/peer"
    assert state(world, here) == "signed-in"
    assert world.client("issuer").post(door, data={"logout_token": told}).status_code == 200
    assert state(world, here) == "signed-out"
    assert state(world, elsewhere) == "signed-in"  # the same person, by another sign-in there
    assert world.client("issuer").post(door, data={"logout_token": told}).status_code == 400


def test_a_server_that_approves_at_once(mock_server: str) -> None:
    one = visit(mock_server)
    begun = one.begin()
    there = requests.get(begun.url, timeout=10, allow_redirects=False)
    profile = one.finish(begun, there.headers["Location"])
    assert (profile.subject, profile.name) == ("johndoe", "John Doe")
    assert (profile.email, profile.email_verified) == ("john@example.org", False)


def test_a_server_written_in_python(mock_provider: str) -> None:
    claims = {"name": "Anna Bianchi", "email": "anna@example.org", "email_verified": True}
    requests.put(f"{mock_provider}/users/anna", json=claims, timeout=10).raise_for_status()
    one = visit(mock_provider)
    begun = one.begin()
    there = requests.post(begun.url, data={"sub": "anna"}, timeout=10, allow_redirects=False)
    profile = one.finish(begun, there.headers["Location"])
    assert (profile.subject, profile.name) == ("anna", "Anna Bianchi")
    assert (profile.email, profile.email_verified) == ("anna@example.org", True)


def test_a_refusal_there(mock_provider: str) -> None:
    one = visit(mock_provider)
    begun = one.begin()
    there = requests.post(begun.url, data={"action": "deny"}, timeout=10, allow_redirects=False)
    params = dict(parse_qsl(urlsplit(there.headers["Location"]).query))
    with pytest.raises(ProviderError) as caught:
        one.provider.finish(one.trip, params=params, secret=begun.secret)
    assert caught.value.kind == "cancelled"
