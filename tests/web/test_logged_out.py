"""Logging out at a provider: where that is offered, and the page it leads back to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from attack_lab import CLIENT_ID, Lab
from attack_lab import lab as open_lab
from database_support import Databases
from test_attacks_web import on_own_pages
from world import PAGE_URL, SERVER

PAGE = f"{SERVER}/commentkit/logged-out"


@pytest.fixture
def lab(tmp_path: Path, databases: Databases) -> Iterator[Lab]:
    with open_lab(tmp_path) as built:
        yield built


def part(lab: Lab, token: str, state: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/viewer?url={PAGE_URL}&state={state}"
    return str(lab.world.call("GET", path, headers=headers).get_json()["identity"])


def signed_in(lab: Lab) -> str:
    return str(lab.redeem(lab.sign_in()).get_json()["token"])


def links(html: str) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="([^"]*/end[^"]*)"', html)]


def test_change_says_where_to_log_out(lab: Lab) -> None:
    there = f"{lab.issuer('one')}/end"
    lab.say_metadata("one", end_session_endpoint=there)
    token = signed_in(lab)
    calls = len(lab.peer.calls)
    assert links(part(lab, token, "changing")) == [f"{there}?client_id={CLIENT_ID}"]
    assert links(part(lab, token, "")) == []
    assert len(lab.peer.calls) == calls


def test_change_asks_nobody_where_nothing_is_known(lab: Lab) -> None:
    lab.say_metadata("one", end_session_endpoint=f"{lab.issuer('one')}/end")
    token = signed_in(lab)
    lab.world.kit.services.metadata._entries.clear()
    calls = len(lab.peer.calls)
    assert links(part(lab, token, "changing")) == []
    assert len(lab.peer.calls) == calls


def test_the_account_says_where_to_log_out(lab: Lab) -> None:
    there = f"{lab.issuer('one')}/end"
    lab.say_metadata("one", end_session_endpoint=there)
    page = on_own_pages(lab)
    assert f"{there}?client_id={CLIENT_ID}" in links(page.text)
    assert "Log out at Provider one" in page.text


def test_the_page_after_a_logout(lab: Lab) -> None:
    page = lab.browser().get(f"{PAGE}/one")
    assert page.status_code == 200
    assert "Logged out at Provider one" in page.text
    assert "set-cookie" not in page.headers
    italian = lab.browser().get(f"{PAGE}/one", headers={"Accept-Language": "it"})
    assert "Uscita da Provider one" in italian.text


def test_no_page_for_others(lab: Lab) -> None:
    page = lab.browser().get(f"{PAGE}/nobody")
    assert page.status_code == 404
    assert "nobody" not in page.text
