"""A host's user links one more way to sign in: the host still says when they are gone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from database_support import Databases
from flask import request
from signin_world import SignInWorld, signin_world
from test_account import Desk, rows
from world import SERVER

from commentkit import HostUser
from commentkit.model import Identity, Token

ANNA = HostUser(id="7", name="Anna of the host")


@pytest.fixture
def desk(tmp_path: Path, databases: Databases) -> Iterator[Desk]:
    found: list[SignInWorld] = []

    def logged_in() -> HostUser | None:
        if "login" not in request.cookies:
            return None
        return replace(ANNA, signed_in_at=found[0].world.clock())

    kit = {"current_user": logged_in, "login_url": "/log-in", "logout_url": "/log-out"}
    with signin_world(tmp_path, KIT=kit) as world:
        found.append(world)
        desk = Desk(world)
        world.world.client().set_cookie("login", "anna", domain="127.0.0.1")
        desk.post("By Anna")
        yield desk


def test_a_link_leaves_no_sign_in_behind_that_the_host_cannot_end(desk: Desk) -> None:
    assert "It is linked" in desk.link("google").text
    assert len({row.account_id for row in rows(desk, Identity)}) == 1
    assert rows(desk, Token) == []
    desk.world.client().delete_cookie("login", domain="127.0.0.1")
    assert "Anna" not in desk.show().text
    other = Desk(desk.signin, "at home")
    assert "Anna of the host" in other.sign_in().text  # it is a way in, by itself


def test_nor_does_a_proof(desk: Desk) -> None:
    desk.link("google")
    desk.arrive(desk.send("sign-in", provider="google", again="1"), "anna")
    assert rows(desk, Token) == []


def test_who_else_the_host_names_by_then_gets_nothing(desk: Desk) -> None:
    leaving = desk.send("link", provider="google", account=desk.account)
    desk.world.client().delete_cookie("login", domain="127.0.0.1")
    assert "linked" not in desk.arrive(leaving, "anna").text
    assert [row.provider for row in rows(desk, Identity)] == ["host"]
    assert rows(desk, Token) == []


def test_what_is_somebody_elses_is_neither_linked_nor_held(desk: Desk) -> None:
    Desk(desk.signin, "luca").sign_in("google", "luca")
    before = len(rows(desk, Token))
    assert "It is linked" not in desk.link("google", "luca").text
    assert len(rows(desk, Token)) == before
    assert len({row.account_id for row in rows(desk, Identity)}) == 2


def test_a_log_out_ends_our_own_token_whomever_the_host_names(desk: Desk) -> None:
    browser = desk.world.client()
    browser.delete_cookie("login", domain="127.0.0.1")
    desk.sign_in()
    browser.set_cookie("login", "anna", domain="127.0.0.1")
    assert [token.revoked_at for token in rows(desk, Token)] == [None]
    out = desk.world.call("POST", "/sign-out", origin=SERVER, json={})
    assert out.status_code == 200
    assert [token.revoked_at for token in rows(desk, Token)] == [desk.world.clock()]
