"""The attack file, rows 170-191 that end at the server: tickets, tokens, limits, logs."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attack_lab import Lab, attack, attribute
from attack_lab import lab as open_lab
from database_support import Databases
from signin_support import peer, response
from werkzeug.test import TestResponse
from world import BLOG, OTHER, SERVER

from commentkit.model import Attempt, Token

Row = dict[str, str]


def code(answer: TestResponse) -> str:
    found: str = answer.get_json()["error"]["code"]
    return found


@attack("oa-170")
def test_a_popup_needs_no_third_party_cookie(row: Row, lab: Lab) -> None:
    """The page that redeems has no cookie of ours: ticket and verifier are enough."""
    page = lab.sign_in(who="popup")
    answer = lab.redeem(page, who="page")
    assert answer.status_code == 200
    assert answer.get_json()["viewer"]["state"] == "signed-in"


@attack("oa-171")
def test_a_stolen_ticket(row: Row, lab: Lab) -> None:
    page = lab.sign_in()
    answer = lab.redeem(page, who="mallory", verifier="w" * 43)
    assert (answer.status_code, code(answer)) == (400, "ticket_invalid")
    assert lab.count(Token) == 0
    answer = lab.redeem(page)  # the thief spent it: the person presses the button again
    assert (answer.status_code, code(answer)) == (400, "ticket_invalid")
    late = lab.sign_in()
    lab.world.clock.move(seconds=61)
    answer = lab.redeem(late)
    assert (answer.status_code, code(answer)) == (410, "ticket_expired")
    assert lab.count(Token) == 0


def test_a_ticket_of_another_attempt_or_origin(lab: Lab) -> None:
    page = lab.sign_in()
    for changes in ({"aid": "b" * 22}, {"ticket": "x" * 43}, {"ticket": ""}):
        assert code(lab.redeem(page, **changes)) == "ticket_invalid"
    ticket = attribute(page, "ticket")
    body = {"aid": "a" * 22, "ticket": ticket, "verifier": "v" * 43, "transport": "page"}
    answer = lab.world.call("POST", "/sign-in/redeem", origin=SERVER, json=body)
    assert code(answer) == "ticket_invalid"
    answer = lab.world.call("POST", "/sign-in/redeem", origin=OTHER, site="other", json=body)
    assert answer.status_code == 400
    assert lab.redeem(page).status_code == 200  # none of that spent it


def test_a_ticket_redeemed_twice_ends_the_token(lab: Lab) -> None:
    page = lab.sign_in()
    token = lab.redeem(page).get_json()["token"]
    assert state_with(lab, token) == "signed-in"
    assert code(lab.redeem(page)) == "ticket_invalid"
    assert state_with(lab, token) != "signed-in"


def test_a_ticket_raced_with_itself(lab: Lab) -> None:
    page = lab.sign_in()
    ticket = attribute(page, "ticket")
    body = {"aid": "a" * 22, "ticket": ticket, "verifier": "v" * 43, "transport": "bearer"}
    headers = {"X-CommentKit": "1", "Origin": BLOG}
    url = f"{SERVER}/commentkit/blog/sign-in/redeem"

    def race(_: int) -> int:
        racer = lab.world.app.test_client()
        return racer.post(url, json=body, headers=headers).status_code

    with ThreadPoolExecutor(5) as threads:
        assert sorted(threads.map(race, range(5))) == [200, 400, 400, 400, 400]
    assert lab.count(Token) == 1


def state_with(lab: Lab, token: str, *, site: str = "blog", origin: str = BLOG) -> str:
    answer = lab.world.call(
        "GET",
        f"/viewer?url={BLOG}/a.html",
        who="nobody",
        site=site,
        origin=origin,
        headers={"Authorization": f"Bearer {token}"},
    )
    data = answer.get_json()
    return str(data.get("state", data.get("error", {}).get("code")))


@attack("oa-173")
def test_a_token_of_another_site(row: Row, lab: Lab) -> None:
    token = lab.redeem(lab.sign_in()).get_json()["token"]
    assert state_with(lab, token) == "signed-in"
    assert state_with(lab, token, site="other", origin=OTHER) != "signed-in"
    body = {"thread": {"url": f"{OTHER}/a.html"}, "text": "Hello", "transport": "bearer"}
    answer = lab.world.call(
        "POST",
        "/comments",
        site="other",
        origin=OTHER,
        json=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code in (401, 403)


@attack("oa-184")
def test_only_the_code_grant_is_ever_asked_for(row: Row, lab: Lab) -> None:
    lab.sign_in()
    assert [call.form["grant_type"] for call in lab.peer.at("/one/token")] == ["authorization_code"]
    package = Path(__file__).parents[2] / "src" / "commentkit" / "signin"
    for path in package.rglob("*.py"):
        assert 'grant_type="password"' not in path.read_text()
        assert "client_credentials" not in path.read_text()


@attack("oa-187")
def test_no_line_of_the_log_is_theirs(row: Row, lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "commentkit")
    evil = "x\r\n\x1b[31mERROR root: all is lost"
    state = lab.consent(lab.start())["state"]
    lab.callback({"state": state, "error": evil, "error_description": evil})
    assert caplog.records
    assert not [one for one in caplog.records if set("\r\n\x1b") & set(one.getMessage())]


@attack("oa-188")
def test_starts_are_counted(row: Row, tmp_path: Path, databases: Databases) -> None:
    limits = {"sign_in_start": "5/minute", "redeem": "100/minute", "post": "100/minute"}
    with open_lab(tmp_path, COMMENTKIT_LIMITS=limits) as lab:
        statuses = []
        for number in range(8):
            url = f"{SERVER}/commentkit/blog/sign-in/one"
            query = {"aid": "a" * 22, "challenge": "c" * 43, "origin": BLOG}
            spoofed = {"X-Forwarded-For": f"203.0.113.{number}"}
            answer = lab.browser().get(url, query_string=query, headers=spoofed)
            statuses.append(answer.status_code)
        assert statuses[5:] == [429, 429, 429]
        assert lab.count(Attempt) == 5


@attack("oa-191")
def test_a_stolen_token(row: Row, lab: Lab) -> None:
    stolen = lab.redeem(lab.sign_in()).get_json()["token"]
    assert state_with(lab, stolen, origin="https://evil.example") == "origin_not_registered"
    headers = {"Authorization": f"Bearer {stolen}"}
    assert lab.world.call("POST", "/sign-out", json={}, headers=headers).status_code == 200
    assert state_with(lab, stolen) != "signed-in"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"challenge": ""}, "attempt_invalid"),
        ({"challenge": "short"}, "attempt_invalid"),
        ({"challenge": "c" * 44}, "attempt_invalid"),
        ({"aid": ""}, "attempt_invalid"),
        ({"aid": "<script>"}, "attempt_invalid"),
        ({"mode": "page"}, "attempt_invalid"),
        ({"mode": "frame"}, "attempt_invalid"),
        ({"origin": "https://evil.example"}, "origin_not_registered"),
        ({"origin": "null"}, "origin_not_registered"),
        ({"origin": f"{BLOG}/"}, "origin_not_registered"),
        ({"origin": ""}, "origin_not_registered"),
    ],
)
def test_a_start_that_cannot_begin(changes: dict[str, str], refusal: str, lab: Lab) -> None:
    page = lab.start(**changes)
    lab.refused(page, refusal)
    assert lab.count(Attempt) == 0


def test_an_unknown_provider(lab: Lab) -> None:
    lab.refused(lab.start("nobody"), "unknown_provider")
    lab.world.rules(providers=("two",))
    lab.refused(lab.start("one"), "unknown_provider")


def test_a_picture_is_fetched_by_the_server_alone(lab: Lab) -> None:
    """The reader's browser never asks the provider's server for it."""
    with peer(lambda _: response(b"not an image", headers=["Content-Type: image/png"])) as there:
        lab.told = {"picture": f"{there.url}/anna.png", "name": "Anna"}
        page = lab.sign_in()
    assert page.status_code == 200
    assert there.connections == 1
    assert there.url not in page.text
