"""A provider ends: nobody comes by it any more, and nobody loses what they wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
from test_account import MAIL, Desk, rows
from test_claims import letter, owners, press
from world import PAGE_URL

from commentkit import sites
from commentkit.cli import commands
from commentkit.doctor.finding import Patient
from commentkit.doctor.providers import retired
from commentkit.model import Comment, Identity


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path, **MAIL) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    return Desk(signin)


def command(desk: Desk, *words: str, answer: str = "") -> str:
    runner = desk.world.app.test_cli_runner()
    result = runner.invoke(commands, ["provider", *words], input=answer)
    desk.world.clock.move(seconds=1)
    with desk.world.kit.database.read() as db:
        desk.world.site = sites.find(db, "blog")
    return f"{result.output}{result.exit_code}"


def retire(desk: Desk, name: str = "google") -> str:
    return command(desk, "retire", name, "--site", "blog", "--yes")


def test_the_owner_is_told_whom_it_concerns_and_asked(desk: Desk) -> None:
    desk.sign_in()
    desk.post("Mine")
    said = command(desk, "retire", "google", answer="n\n")
    assert "blog: 1 people, 1 of them with a proven address; 1 comments" in said
    assert said.endswith("1")
    assert desk.world.site.rules.retired == ()
    assert "google is retired" in command(desk, "retire", "google", answer="y\n")
    listed = command(desk, "list")
    assert "google  retired at blog  (1 people" in listed
    assert "google  retired at other  (0 people" in listed
    found = [f.said for f in retired(Patient(desk.world.app, desk.world.kit, offline=True))]
    assert any("1 can claim theirs by a letter" in said for said in found)
    assert "Nothing to change" in retire(desk)


def test_guests_are_let_in_by_a_rule_and_have_no_end(desk: Desk) -> None:
    assert "set the rule guests=false" in retire(desk, "guest")
    assert desk.world.site.rules.retired == ()


def test_a_name_that_nobody_came_by_is_refused(desk: Desk) -> None:
    assert "Nobody came by a provider 'gogle'" in retire(desk, "gogle")
    assert desk.world.site.rules.retired == ()


def test_nobody_signs_in_with_it_and_it_is_undone(desk: Desk) -> None:
    retire(desk)
    assert 'value="google"' not in desk.show().text
    assert 'data-provider="google"' not in desk.world.get(f"/thread?url={PAGE_URL}").text
    assert desk.send("sign-in", provider="google").status_code == 404
    assert "cannot begin" in desk.signin.start().text or desk.signin.start().status_code == 404
    command(desk, "retire", "google", "--site", "blog", "--undo")
    assert 'value="google"' in desk.show().text
    assert "Anna Bianchi" in desk.sign_in().text


def test_a_sign_in_that_began_before_the_end_does_not_finish(desk: Desk) -> None:
    popup = desk.signin.answer(desk.signin.start())
    leaving = desk.send("sign-in", provider="google")
    retire(desk)
    refused = desk.signin.call_back(popup)
    assert refused.status_code == 404
    assert "not offered here" in refused.text
    assert 'data-ticket=""' in refused.text
    assert "not offered here" in desk.arrive(leaving, "anna").text
    assert rows(desk, Identity) == []


def test_nor_does_one_that_only_lacks_its_token(desk: Desk) -> None:
    ticket = desk.signin.delivered()
    retire(desk)
    late = desk.signin.redeem(ticket)
    assert desk.world.error(late)[1] == "unknown_provider"
    command(desk, "retire", "google", "--site", "blog", "--undo")
    assert desk.signin.redeem(ticket).status_code == 200


def test_by_another_name_of_the_same_issuer_they_come_in(desk: Desk) -> None:
    ticket = desk.signin.delivered()
    with desk.world.kit.database.begin() as db:
        row = db.get_one(Identity, (desk.world.site.id, rows(desk, Identity)[0].id))
        row.provider = "works"  # as it was called when they first came
    retire(desk, "works")
    assert desk.signin.redeem(ticket).status_code == 200
    desk.sign_in()  # from now on, that is how they come: nobody needs to claim what is theirs
    assert [row.provider for row in rows(desk, Identity)] == ["google"]


def test_who_is_signed_in_stays_so_and_links_another_way_without_the_old_one(desk: Desk) -> None:
    desk.sign_in()
    retire(desk)
    desk.post("Still here")
    desk.world.clock.move(hours=1)
    assert "nobody can sign in with it any more" in desk.show().text
    assert "It is linked" in desk.link("x").text
    assert len({row.account_id for row in rows(desk, Identity)}) == 1
    desk.world.clock.move(hours=1)  # now there is a way to prove oneself again
    assert desk.send("download", account=desk.account).status_code == 403


def test_comments_keep_name_and_picture_and_a_letter_brings_them_back(desk: Desk) -> None:
    old = Desk(desk.signin, "old")
    old.sign_in()
    old.post("From before")
    before = rows(desk, Comment)[0]
    retire(desk)
    desk.sign_in("x", "luca")
    desk.world.clock.move(seconds=1)
    desk.send("claim", email="anna.bianchi@example.org")
    draft = letter(desk)
    assert draft is not None
    path = str(draft.view["action_url"]).split("/commentkit/blog/account/")[1]
    assert "(Google, 1 comment)" in desk.show(f"/{path}").text.replace("(Google,\n", "(Google,")
    assert press(desk, path).status_code == 303
    after = rows(desk, Comment)[0]
    assert owners(desk)["From before"] == int(desk.account)
    assert (after.author_name, after.author_picture_id) == (
        before.author_name,
        before.author_picture_id,
    )
    assert after.author_provider == "google"
    assert "Google" not in old.show().text.split("Sign in as you do")[0]


def test_an_address_that_the_provider_did_not_prove_brings_nothing_back(desk: Desk) -> None:
    old = Desk(desk.signin, "old")
    old.sign_in()
    old.post("From before")
    with desk.world.kit.database.begin() as db:
        row = db.get_one(Identity, (desk.world.site.id, rows(desk, Identity)[0].id))
        row.email_verified = False
    retire(desk)
    desk.world.clock.move(seconds=1)
    desk.send("claim", email="anna.bianchi@example.org")
    assert letter(desk) is None


def test_google_plus_is_nobodys_google_account(desk: Desk) -> None:
    desk.sign_in()
    desk.post("Imported")
    with desk.world.kit.database.begin() as db:
        found = rows(desk, Identity)[0], rows(desk, Comment)[0]
        identity = db.get_one(Identity, (found[0].site_id, found[0].id))
        identity.provider, identity.issuer = "googleplus", "https://plus.google.com"
        identity.subject_hash = b"g" * 32
        db.get_one(Comment, (found[1].site_id, found[1].id)).author_provider = "googleplus"
    retire(desk, "googleplus")
    again = Desk(desk.signin, "again")
    again.sign_in()  # the same person at Google, and the same address
    assert len({row.account_id for row in rows(desk, Identity)}) == 2
    assert "Google+" in desk.show().text
