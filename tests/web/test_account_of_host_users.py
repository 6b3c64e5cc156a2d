"""The account page for whom the host itself brings along, at their host and elsewhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import request
from signin_world import SignInWorld, signin_world
from sqlalchemy import func, select
from werkzeug.test import TestResponse
from world import SERVER, World

from commentkit import HostUser
from commentkit.model import Account, Comment, Identity
from commentkit.people.viewer import FRESH
from commentkit.testing.identity_services import scripted_sign_in

OURS = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
ACCOUNT = f"{SERVER}/commentkit/blog/account"
HERE = quote(f"{ACCOUNT}?lang=en", safe="")
ANNA = HostUser(id="7", name="Anna Bianchi", email="anna@example.org", email_verified=True)
VERBS = ("link", "unlink", "download", "erase")


@dataclass
class Host:
    """The app that we live in, which knows Anna by a cookie of its own."""

    signin: SignInWorld
    anna: HostUser = ANNA

    @property
    def world(self) -> World:
        return self.signin.world

    def current(self) -> HostUser | None:
        return self.anna if request.cookies.get("login") == "anna" else None

    def log_in(self) -> None:
        """Have Anna log in at the host now."""
        self.anna = replace(ANNA, signed_in_at=self.world.clock())
        self.world.client().set_cookie("login", "anna", domain="127.0.0.1")

    def comment(self, text: str = "Hello") -> None:
        body = {"thread": {"url": f"{SERVER}/post"}, "text": text, "transport": "page"}
        answer = self.world.call("POST", "/comments", origin=SERVER, json=body)
        assert answer.status_code == 201, answer.text

    def show(self, path: str = "") -> str:
        return self.world.get(f"/account{path}").text

    @property
    def account(self) -> str:
        return re.findall(r'name="account" value="(\d+)"', self.show())[0]

    def send(self, verb: str, **form: Any) -> TestResponse:
        return self.world.client().post(f"{ACCOUNT}/{verb}", data=form, headers=OURS)

    def follow(self, answer: TestResponse) -> str:
        assert answer.status_code == 303, answer.text
        return self.world.client().get(answer.headers["Location"]).text

    def count(self, entity: Any) -> int:
        with self.world.kit.database.read() as db:
            of_site = entity.site_id == self.world.site.id
            return db.scalar(select(func.count()).select_from(entity).where(of_site)) or 0


@pytest.fixture(params=[{}, {"logout_url": None}], ids=["", "no logout"])
def host(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Host]:
    yield from running(tmp_path, **request.param)


def running(folder: Path, **kit: Any) -> Iterator[Host]:
    known: list[Host] = []
    doors = {"login_url": "/log-in?next={page}", "logout_url": "/log-out"} | kit
    kit = {"current_user": lambda: known[0].current(), **doors}
    with signin_world(folder, KIT=kit, COMMENTKIT_SITE="blog") as signin:
        known.append(Host(signin))
        yield known[0]


def test_who_is_logged_out_finds_the_hosts_own_door_first(host: Host) -> None:
    page = host.show()
    door, google = page.index("Log in with your The blog account"), page.index('value="google"')
    assert door < google
    assert f'href="/log-in?next={HERE}"' in page


def test_who_never_wrote_is_told_that_nothing_is_kept(host: Host) -> None:
    host.log_in()
    page = host.show()
    assert "nothing is kept about you here yet" in page
    assert 'name="provider"' not in page  # whom the host names is nobody else here
    assert "Anna" not in page
    assert host.count(Account) == 0


def test_who_wrote_sees_their_account_and_their_comments(host: Host) -> None:
    host.log_in()
    host.comment("A word of mine")
    page = host.show()
    assert "Anna Bianchi" in page
    assert "Your account on this site" in page
    assert "with your account on this site, in this browser" in page
    assert ("/log-out" in page) == (host.world.kit.host_users.logout_url is not None)  # type: ignore[union-attr]
    assert "Log out everywhere" not in page
    assert "A word of mine" in host.show("/comments")


def test_everything_is_taken_along(host: Host) -> None:
    host.log_in()
    host.comment("A word of mine")
    answer = host.send("download", account=host.account)
    held = json.loads(answer.text)
    assert [row["source"] for row in held["comments"]] == ["A word of mine"]
    assert [row["subject"] for row in held["identities"]] == ["7"]


def test_the_account_is_erased_and_the_next_comment_begins_another(host: Host) -> None:
    host.log_in()
    host.comment("A word of mine")
    number = host.account
    assert "for good" not in host.send("erase", account=number).text
    assert "for good" in host.send("erase", account=number, step="1").text
    assert host.count(Account) == 1
    page = host.follow(host.send("erase", account=number, step="2", sure="1"))
    assert "Your account is erased." in page
    assert "nothing is kept about you here yet" in page
    assert (host.count(Account), host.count(Identity)) == (0, 0)
    with host.world.kit.database.read() as db:
        [left] = db.scalars(select(Comment).where(Comment.site_id == host.world.site.id))
        assert (left.source, left.author_name, left.account_id) == ("", "", 0)
    host.comment("Back again")
    assert host.account != number


@pytest.mark.parametrize("verb", VERBS)
def test_what_matters_wants_a_fresh_log_in_at_the_host(host: Host, verb: str) -> None:
    host.log_in()
    host.comment()
    number = host.account
    host.world.clock.move(seconds=FRESH.total_seconds() + 1)
    refused = host.send(verb, account=number, identity="1", provider="google")
    assert refused.status_code == 403
    assert "For this you log in once more on this site" in refused.text
    assert f'href="/log-in?next={HERE}"' in refused.text
    assert 'name="provider"' not in refused.text  # another provider would prove nothing here
    assert "Back to your account" in refused.text
    assert host.count(Account) == 1
    host.log_in()
    again = host.send(verb, account=number, identity="1", provider="google")
    assert again.status_code != 403


def test_a_host_that_says_no_time_proves_nothing(host: Host) -> None:
    host.log_in()
    host.anna = ANNA
    host.comment()
    assert host.send("download", account=host.account).status_code == 403


@pytest.mark.parametrize("ahead", [timedelta(0), -FRESH])
def test_another_account_is_none_of_theirs(host: Host, ahead: timedelta) -> None:
    host.log_in()
    host.comment()
    host.anna = replace(ANNA, id="8", signed_in_at=host.world.clock() + ahead)
    refused = host.send("download", account="1")
    assert (refused.status_code, "Anna" in refused.text) == (401, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {},
    ],
)
def test_no_other_site_writes_with_the_hosts_cookie(host: Host, headers: dict[str, str]) -> None:
    host.log_in()
    host.comment()
    form = {"account": host.account, "step": "2", "sure": "1"}
    for verb in (*VERBS, "end-everywhere", "undo", "use"):
        sent = host.world.client().post(f"{ACCOUNT}/{verb}", data=form, headers=headers)
        assert sent.status_code == 403, verb
    assert host.count(Account) == 1


def test_one_more_way_is_linked_and_taken_out_again(host: Host) -> None:
    host.log_in()
    host.comment()
    host.world.clock.move(seconds=1)  # so that the new one stands last
    leaving = host.send("link", provider="google", account=host.account)
    url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    page = host.follow(host.signin.call_back(scripted_sign_in(url, "anna")))
    assert "It is linked" in page
    assert host.count(Account) == 1
    assert "Google" in page
    number = re.findall(r'name="identity" value="(\d+)"', page)[-1]
    page = host.follow(host.send("unlink", account=host.account, identity=number))
    assert "It is removed" in page


def test_what_else_is_signed_in_ends_and_the_host_decides_about_itself(host: Host) -> None:
    host.log_in()
    host.comment()
    leaving = host.send("link", provider="google", account=host.account)
    url = unescape(leaving.text.split('content="0; url=')[1].split('"')[0])
    host.follow(host.signin.call_back(scripted_sign_in(url, "anna")))
    bearer = host.signin.signed_in("google", who="phone")
    assert "Log out everywhere else" in host.show()
    page = host.follow(host.send("end-everywhere", account=host.account))
    assert "You are logged out everywhere else." in page
    assert "Anna Bianchi" in page
    held = {"Authorization": f"Bearer {bearer}"}
    seen = host.world.call("GET", f"/viewer?url={SERVER}/post", who="phone", headers=held)
    assert seen.get_json()["state"] == "signed-out"


def test_without_a_door_the_page_says_what_to_do(tmp_path: Path) -> None:
    for host in running(tmp_path, login_url=None):
        host.log_in()
        host.comment()
        host.anna = ANNA
        refused = host.send("erase", account=host.account)
        assert "and come back within ten minutes" in refused.text
        assert 'class="pill"' not in refused.text
