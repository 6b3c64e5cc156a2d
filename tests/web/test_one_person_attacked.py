"""What somebody might try who wants to be a person here that they are not."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
from sqlalchemy import select
from test_account import MAIL, Desk, rows
from test_claims import as_guest, link, press
from test_statements import asked
from world import BLOG, PAGE_URL, SERVER

from commentkit.delivery import letters
from commentkit.delivery.parcels import Parcel
from commentkit.model import Attempt, Comment, Identity, Outbox, Passkey, Token
from commentkit.signin import passkeys, tickets
from commentkit.signin.passkeys import NewKey, UsedKey
from commentkit.signin.provider import ProviderError
from commentkit.web import callback, submission

EVIL = "<img src=x onerror=alert(1)>\"' https://evil.example/ www.evil.example"


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path, **MAIL) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    return Desk(signin)


def guest_of(desk: Desk) -> Identity:
    [guest] = [row for row in rows(desk, Identity) if row.provider == "guest"]
    return guest


def test_who_wrote_as_a_guest_is_no_part_of_the_account_that_claimed_it(desk: Desk) -> None:
    """A press sent again gave its browser the guest back, who was somebody's by then."""
    press_of_mallory = {"text": "It was me", "email": "anna@example.org"}
    key = {"idempotency_key": "k" * 22, "transport": "bearer"}
    first = desk.world.post(**press_of_mallory, **key, who="mallory").get_json()
    desk.sign_in()
    assert press(desk, link(desk, "anna@example.org")).status_code == 303
    assert guest_of(desk).account_id == int(desk.account)
    again = desk.world.post(**press_of_mallory, **key, who="mallory")
    assert again.status_code == 201
    assert again.get_json()["comment"]["id"] == first["comment"]["id"]
    assert again.get_json()["token"] is None
    assert not again.get_json()["viewer"]["editable"]


def taken_out(desk: Desk) -> str:
    """Link a second way, and return its number."""
    desk.link("x", "luca")
    return str(next(row.id for row in rows(desk, Identity) if row.provider == "x"))


def test_no_sign_in_on_its_way_survives_being_taken_out(desk: Desk) -> None:
    """A ticket minted before gave a token after: what was removed came back by itself."""
    desk.sign_in()
    number = taken_out(desk)
    ticket = desk.signin.delivered("x", who="thief", person="luca")
    desk.follow(desk.send("unlink", account=desk.account, identity=number))
    refused = desk.signin.redeem(ticket, who="thief")
    assert desk.world.error(refused)[1] == "ticket_invalid"
    assert desk.signin.signed_in("x", who="thief", person="luca")  # proven anew


def test_who_is_taken_out_by_an_undo_is_told_like_by_any_other_way(desk: Desk) -> None:
    """A thief undid the link of the owner's other sign-in instead of removing it: in silence."""
    desk.sign_in()
    desk.link("wordpress", "luca")
    templates = {row.payload["template"] for row in rows(desk, Outbox)}
    assert templates == {"account_link"}
    desk.follow(desk.send("undo", change=desk.field("change")))
    told = [row for row in rows(desk, Outbox) if row.payload["template"] == "account_undo"]
    people = {row.id: row.email for row in rows(desk, Identity) if row.email_verified}
    assert sorted(people[row.payload["identity"]] for row in told) == sorted(people.values())
    kit = desk.world.kit
    parcel = Parcel(told[0].site_id, told[0].id, told[0].kind, told[0].payload, 1)
    with kit.database.read() as db:
        draft = letters.draft(db, parcel, links=kit.mail_links, now=desk.world.clock())
    assert draft is not None
    words = kit.renderer.mail(draft.template, language="en", view=draft.view)
    assert "was removed from your account" in words.text
    assert "link it again" in words.text


def test_no_sign_in_without_script_outlives_signing_out_everywhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends in two transactions, and its person may sign out between them."""
    desk.sign_in()
    thief, account = Desk(desk.signin, "thief"), desk.account
    signed_in = callback._signed_in

    def later(*given: Any) -> Any:
        desk.send("end-everywhere", account=account)
        return signed_in(*given)

    monkeypatch.setattr(callback, "_signed_in", later)
    page = thief.sign_in()
    assert "Anna Bianchi" not in page.text
    assert 'class="told' in page.text
    assert all(token.revoked_at is not None for token in rows(desk, Token))


def test_who_is_taken_out_links_nothing_any_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is here was asked before the account was locked, and a thief linked their own way in."""
    desk.sign_in()
    number = taken_out(desk)
    thief = Desk(desk.signin, "thief")
    thief.sign_in("x", "luca")
    leaving = thief.send("link", provider="facebook", account=desk.account)
    desk.follow(desk.send("unlink", account=desk.account, identity=number))
    assert "Anna Bianchi" not in thief.arrive(leaving, "luca").text
    mine = [row.provider for row in rows(desk, Identity) if row.account_id == int(desk.account)]
    assert mine == ["google"]


def test_a_comment_under_way_goes_where_its_author_went(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks was read before the comment was stored: it stayed behind, nobody's for good."""
    desk.sign_in()
    other = Desk(desk.signin, "luca")
    other.sign_in("x", "luca")
    desk.link("x", "luca")  # proven here too, and another account's
    whole = {"account": desk.account, "other": other.account, "sure": "1"}

    def meanwhile(*_: Any) -> bool:
        desk.follow(desk.send("merge", **whole))
        return False

    monkeypatch.setattr(submission, "_tag_seen", meanwhile)
    other.post("Under way")
    [comment] = rows(desk, Comment)
    assert comment.account_id == int(desk.account)


def test_who_is_erased_leaves_no_comment_that_was_under_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.sign_in()
    account = desk.account

    def meanwhile(*_: Any) -> bool:
        desk.send("erase", account=account, step="2", sure="1")
        return False

    monkeypatch.setattr(submission, "_tag_seen", meanwhile)
    form = {"url": PAGE_URL, "text": "Under way"}
    assert desk.world.send("comments", form).status_code == 401
    assert rows(desk, Comment) == []


def test_many_guests_with_an_address_hide_nobody(desk: Desk) -> None:
    """Twenty of them, whose comments were deleted, and no letter was written any more."""
    as_guest(Desk(desk.signin, "phone"), "Mine")
    for number in range(20):
        browser = Desk(desk.signin, f"m{number}")
        as_guest(browser, f"Noise {number}")
        latest = next(row for row in rows(desk, Comment) if row.source == f"Noise {number}")
        form = {"url": PAGE_URL, "comment": latest.id, "sure": "1"}
        assert desk.world.send("delete", form, who=browser.who).status_code == 303
    desk.sign_in()
    assert "Nina" in desk.show(f"/{link(desk)}").text


def test_a_key_that_answers_twice_at_one_moment_counts_once(desk: Desk) -> None:
    """A copy of a key was taken for the same answer sent again, if only the clock stood still."""
    desk.sign_in()
    [person] = rows(desk, Identity)
    now, database = desk.world.clock(), desk.world.kit.database

    def keep(key: NewKey | UsedKey) -> None:
        with database.begin() as db:
            passkeys.keep(db, db.get_one(Identity, (person.site_id, person.id)), key, now=now)

    keep(NewKey(b"credential", b"key", 5))
    number = rows(desk, Passkey)[0].id
    for _ in range(2):  # the same answer, since its commit was in doubt
        keep(UsedKey(number, 5, 6))
    with pytest.raises(ProviderError, match="used twice at once"):
        keep(UsedKey(number, 5, 7))


def test_of_two_who_redeem_at_one_moment_nobody_is_signed_in(desk: Desk) -> None:
    ticket, ready = desk.signin.delivered(), Barrier(2)

    def redeem(who: str) -> int:
        ready.wait(10)
        return desk.signin.redeem(ticket, who=who).status_code

    desk.world.client("anna"), desk.world.client("thief")
    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(redeem, ("anna", "thief")))
    assert said == [200, 400]
    [token] = rows(desk, Token)
    assert token.revoked_at is not None


@pytest.mark.only_on("postgresql", "mariadb")
def test_who_writes_and_who_is_moved_take_their_locks_in_one_order(desk: Desk) -> None:
    """A press held the thread and waited for its author, a merge the other way round: on two of the
    databases one of them is broken off for that, a second later."""

    def locked(said: list[str]) -> list[str]:
        asked = [statement for statement in said if statement.rstrip().endswith("FOR UPDATE")]
        tables = [statement.split("FROM commentkit_")[1].split()[0] for statement in asked]
        return [table for table in dict.fromkeys(tables) if table in ("identity", "thread")]

    desk.sign_in()
    desk.post("One")
    with asked(desk.world) as written:
        desk.post("Two")
    with asked(desk.world) as erased:
        desk.follow(desk.send("erase", account=desk.account, step="2", sure="1"))
    assert locked(written) == locked(erased) == ["identity", "thread"]


def test_two_who_begin_at_one_moment_have_one_ticket_between_them(desk: Desk) -> None:
    """One attempt, two presses of its button: each minted one, and both were good."""
    started = desk.signin.start(mode="tab")
    waiting = desk.signin.call_back(desk.signin.answer(started)).text
    number = int(waiting.split('name="attempt" value="')[1].split('"')[0])
    kit, ready = desk.world.kit, Barrier(2)

    def mint(_: int) -> str:
        with kit.database.read() as db:
            attempt = db.get_one(Attempt, (desk.world.site.id, number))
        ready.wait(10)
        work = partial(tickets.mint, attempt=attempt, settings=kit.settings, now=kit.clock())
        return kit.database.write(work)

    with ThreadPoolExecutor(2) as pool:
        minted = list(pool.map(mint, range(2)))
    good = [desk.signin.redeem(ticket).status_code for ticket in minted]
    assert sorted(good) == [200, 400]


def test_no_name_is_markup_on_any_page_or_letter_about_accounts(desk: Desk) -> None:
    desk.sign_in()
    desk.link("x", "luca")
    as_guest(Desk(desk.signin, "phone"), "One", name=EVIL)
    other = Desk(desk.signin, "other")
    other.sign_in("wordpress", "luca")
    with desk.world.kit.database.begin() as db:
        for row in db.scalars(select(Identity).where(Identity.site_id == desk.world.site.id)):
            row.name = row.handle = EVIL
    desk.arrive(desk.send("sign-in", provider="wordpress"), "luca")
    with desk.world.kit.database.begin() as db:
        for row in db.scalars(select(Identity).where(Identity.site_id == desk.world.site.id)):
            row.name = EVIL
    mine, *others = re.findall(r'name="(?:account|other)" value="(\d+)"', desk.show().text)
    whole = {"account": mine, "other": next(n for n in others if n != mine)}
    pages = [
        desk.show(),
        desk.send("merge", **whole),
        desk.send("erase", account=mine),
        desk.show(f"/{link(desk)}"),
        desk.world.get(f"/page?url={PAGE_URL}"),
        desk.follow(desk.send("merge", **whole, sure="1")),
    ]
    for page in pages:
        assert "<img src=x" not in page.text
        assert "\"' https:" not in page.text
        assert "&lt;img" in page.text
    kit = desk.world.kit
    said = []
    for row in (row for row in rows(desk, Outbox) if row.kind == "email"):
        with kit.database.read() as db:
            parcel = Parcel(row.site_id, row.id, row.kind, row.payload, 1)
            draft = letters.draft(db, parcel, links=kit.mail_links, now=desk.world.clock())
        if draft is not None:
            words = kit.renderer.mail(draft.template, language="it", view=draft.view)
            said.append(draft.template)
            assert "<img" not in words.html
            assert "\n" not in words.subject
            assert "evil.example" not in words.html + words.text + words.subject
    assert {"account_link", "account_merge", "claim"} <= set(said)


@pytest.mark.parametrize("verb", ["claim", "claimed?t=x"])
def test_no_other_site_claims_for_anybody(desk: Desk, verb: str) -> None:
    desk.sign_in()
    url = f"{SERVER}/commentkit/blog/account/{verb}"
    for headers in ({"Origin": BLOG, "Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {}):
        refused = desk.world.client().post(url, data={"email": "a@x.org"}, headers=headers)
        assert refused.status_code == 403
    assert rows(desk, Outbox) == []
