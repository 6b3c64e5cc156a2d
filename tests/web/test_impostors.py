"""Nobody passes for who runs the site, or for the owner of an address; no answer tells of one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
from test_account import MAIL, Desk, rows
from test_claims import letter, press
from werkzeug.test import TestResponse

from commentkit.model import Account, Comment, Identity, Outbox

ADDRESS = "anna.bianchi@example.org"


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path, **MAIL) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    """Anna Bianchi is signed in, and her address proven."""
    anna = Desk(signin)
    anna.sign_in()
    return anna


def run_the_site(desk: Desk, role: str = "moderator") -> None:
    with desk.world.kit.database.begin() as db:
        account_id = rows(desk, Identity)[0].account_id
        db.get_one(Account, (desk.world.site.id, account_id)).role = role


def post(desk: Desk, text: str, *, who: str = "gino", **fields: Any) -> TestResponse:
    desk.world.clock.move(seconds=1)
    return desk.world.post(text, who=who, **fields)


def status(answer: TestResponse) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["comment"]["status"])


def asked(desk: Desk) -> list[str]:
    """Return whom letters that ask would go to, those that are never written included."""
    letters = (row.payload for row in rows(desk, Outbox))
    return [payload["to"] for payload in letters if payload.get("template") == "asked"]


@pytest.mark.parametrize("role", ["moderator", "owner"])
def test_no_guest_looks_like_who_runs_the_site(desk: Desk, role: str) -> None:
    run_the_site(desk, role)
    for name in ("anna  bianchi", "Аnnа Вiаnсhі", "4nna\u200b Bianch1"):  # noqa: RUF001
        refused = post(desk, "Hello", name=name)
        assert desk.world.error(refused) == (403, "name_of_staff", "name")
    assert status(post(desk, "Hello", name="Anna B.")) == "approved"
    run_the_site(desk, "member")
    assert status(post(desk, "Hello again", name="Anna Bianchi")) == "approved"


def test_what_was_typed_stays_in_the_form(desk: Desk) -> None:
    run_the_site(desk)
    form = {"url": "http://localhost:8001/a.html", "text": "Kept words", "as": "guest"}
    guest = {"name": "ANNA BIANCHI", "email": "g@example.org"}
    page = desk.world.send("comments", form | guest, who="gino")
    assert page.status_code == 403
    assert "Kept words" in page.text
    assert "looks like that of somebody who runs this site" in page.text


def test_they_themselves_may_be_called_as_they_are(desk: Desk) -> None:
    run_the_site(desk)
    desk.post("Signed in")
    form = {"url": "http://localhost:8001/a.html", "text": "As a guest", "as": "guest"}
    guest = {"name": "Anna Bianchi", "email": ADDRESS}
    assert desk.world.send("comments", form | guest).status_code == 303
    assert {row.status for row in rows(desk, Comment)} == {"approved"}


def test_who_is_signed_in_under_such_a_name_waits(desk: Desk) -> None:
    run_the_site(desk)
    luca = Desk(desk.signin, "luca")
    luca.sign_in("x", "luca")
    luca.post("Under my own name")
    with desk.world.kit.database.begin() as db:
        theirs = next(row for row in rows(desk, Identity) if row.provider == "x")
        db.get_one(Identity, (theirs.site_id, theirs.id)).name = "Anna Вianchi"  # noqa: RUF001
    luca.post("Under hers")
    by_text = {row.source: row.status for row in rows(desk, Comment)}
    assert by_text == {"Under my own name": "approved", "Under hers": "pending"}


def test_where_nobody_waits_no_status_tells_of_an_address(desk: Desk) -> None:
    for word in ("hold", "ask"):
        desk.world.rules(proven_address=word)
        for email in ("gino@example.org", ADDRESS):
            answer = post(desk, f"{word} {email}", who=word, email=email)
            assert status(answer) == "approved", (word, email)


def test_a_site_may_have_it_wait_though_that_tells(desk: Desk) -> None:
    desk.world.rules(proven_address="always")
    assert status(post(desk, "With mine", email="gino@example.org")) == "approved"
    held = post(desk, "With hers", email="Anna.Bianchi@EXAMPLE.org")
    assert status(held) == "pending"
    desk.world.rules(hold="everyone")
    other = post(desk, "With mine again", email="gino@example.org")
    assert status(other) == "pending"
    assert held.get_json().keys() == other.get_json().keys()
    assert held.get_json()["notice"] == other.get_json()["notice"]
    assert asked(desk) == []


def test_an_address_that_only_a_guest_gave_is_nobodys(desk: Desk) -> None:
    post(desk, "Mine", who="luca", email="luca@example.org")
    assert status(post(desk, "And mine", who="gino", email="luca@example.org")) == "approved"


def test_where_strangers_wait_no_status_tells_of_an_address(desk: Desk) -> None:
    desk.world.rules(hold="first_time")
    first = post(desk, "First", email="gino@example.org")
    with desk.world.kit.database.begin() as db:
        number = int(first.get_json()["comment"]["id"])
        db.get_one(Comment, (desk.world.site.id, number)).status = "approved"
    assert status(post(desk, "Trusted", email="Gino@example.org")) == "approved"
    assert status(post(desk, "Known", email=ADDRESS)) == "pending"
    assert status(post(desk, "Back", email="gino@example.org")) == "pending"
    assert status(post(desk, "Unknown", email="nobody@example.org")) == "pending"
    assert {status(post(desk, e, who=e, email=e)) for e in (ADDRESS, "new@example.org")} == {
        "pending"
    }


def test_a_site_may_let_it_be(desk: Desk) -> None:
    desk.world.rules(proven_address="allow")
    assert status(post(desk, "With hers", email=ADDRESS)) == "approved"


def test_its_owner_is_asked_once_a_day_and_by_letter_alone(desk: Desk) -> None:
    desk.world.rules(proven_address="ask")
    held = post(desk, "One", email=ADDRESS)
    desk.world.rules(proven_address="hold")
    plain = post(desk, "Two", who="luca", email=ADDRESS)
    assert held.get_json().keys() == plain.get_json().keys()
    assert held.get_json()["notice"] == plain.get_json()["notice"]
    desk.world.rules(proven_address="ask")
    post(desk, "Three", email=ADDRESS)
    assert asked(desk) == [ADDRESS]
    desk.world.clock.move(days=1)
    post(desk, "Four", email=ADDRESS)
    assert asked(desk) == [ADDRESS] * 2


def test_the_same_is_written_for_every_address(desk: Desk) -> None:
    desk.world.rules(proven_address="ask", hold="everyone")
    post(desk, "One", email="nobody@example.org")
    assert asked(desk) == ["nobody@example.org"]
    assert letter(desk) is None
    form = {"url": "http://localhost:8001/a.html", "text": "Mine", "as": "guest", "name": "A"}
    desk.world.send("comments", form | {"email": ADDRESS})  # by Anna herself
    assert asked(desk) == ["nobody@example.org"]


def test_the_letter_leads_to_the_comment_and_makes_it_theirs(desk: Desk) -> None:
    desk.world.rules(proven_address="ask")
    post(desk, "It was me", email=ADDRESS)
    draft = letter(desk)
    assert draft is not None
    assert draft.template == "asked"
    path = str(draft.view["action_url"]).split("/commentkit/blog/account/")[1]
    assert press(desk, path).status_code == 303
    assert rows(desk, Comment)[0].account_id == int(desk.account)
