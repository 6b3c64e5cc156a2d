"""Comments of a guest become somebody's own: by the browser that wrote them, or by a letter."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
from sqlalchemy import select
from test_account import MAIL, Desk, rows
from werkzeug.test import TestResponse
from world import PAGE_URL

from commentkit.delivery import letters
from commentkit.delivery.letters import Draft
from commentkit.delivery.parcels import Parcel
from commentkit.model import Account, AccountChange, Comment, Identity, Outbox

ASKED = "a letter is on its way"


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    with signin_world(tmp_path, **MAIL) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    return Desk(signin)


def as_guest(desk: Desk, text: str, **typed: Any) -> None:
    """Write on our own page as the guest Nina, in the browser of this desk."""
    form = {"url": PAGE_URL, "text": text, "as": "guest", "name": "Nina", "remember": "1"}
    address = {"email": "Nina@example.org"}
    assert desk.world.send("comments", form | address | typed, who=desk.who).status_code == 303
    desk.world.clock.move(seconds=1)


def offered(desk: Desk) -> str:
    page = desk.world.get(f"/page?url={PAGE_URL}", who=desk.who).text
    found = re.search(r'name="claim" value="(\d+)"', page)
    return found[1] if found else ""


def owners(desk: Desk) -> dict[str, int]:
    return {row.source: row.account_id for row in rows(desk, Comment)}


def ask(desk: Desk, email: str) -> TestResponse:
    desk.world.clock.move(seconds=1)
    return desk.send("claim", email=email)


def letter(desk: Desk) -> Draft | None:
    """Write the letter that was queued last, as the outbox would."""
    row = [row for row in rows(desk, Outbox) if row.payload.get("template") in ("claim", "asked")][
        -1
    ]
    parcel = Parcel(row.site_id, row.id, row.kind, row.payload, 1)
    kit = desk.world.kit
    with kit.database.read() as db:
        return letters.draft(db, parcel, links=kit.mail_links, now=desk.world.clock())


def link(desk: Desk, email: str = "nina@example.org") -> str:
    assert ASKED in ask(desk, email).text
    draft = letter(desk)
    assert draft is not None
    return str(draft.view["action_url"]).split("/commentkit/blog/account/")[1]


def press(desk: Desk, path: str, **change: str) -> TestResponse:
    """Press the button of the page that a mailed link leads to."""
    page = desk.show(f"/{path}")
    assert page.status_code == 200, page.text
    boxes = dict.fromkeys(re.findall(r'name="(author-\d+)"', page.text), "1")
    return desk.send(path, **(boxes | change))


def test_the_browser_that_wrote_them_is_offered_its_comments(desk: Desk) -> None:
    as_guest(desk, "One")
    as_guest(desk, "Two")
    assert not offered(desk)
    desk.sign_in()
    number = offered(desk)
    page = desk.world.get(f"/page?url={PAGE_URL}").text
    assert "2 comments here are yours too, written as the guest Nina" in page
    done = desk.world.send("claim", {"url": PAGE_URL, "claim": number, "text": "kept"})
    assert done.status_code == 303
    assert set(owners(desk).values()) == {int(desk.account)}
    assert not offered(desk)
    assert "kept" in desk.world.get(f"/page?url={PAGE_URL}").text
    assert {row.author_name for row in rows(desk, Comment)} == {"Nina"}
    account = desk.show().text
    assert "Comments claimed: Nina" in account
    ways, guests = account.split('id="commentkit-ways"')[1].split('id="commentkit-guests"')
    assert "Nina" not in ways
    assert "Nina" in guests.split("</section>")[0]
    as_guest(desk, "Three")  # a guest again, and nobody's
    assert owners(desk)["Three"] != int(desk.account)


def test_a_claim_is_undone(desk: Desk) -> None:
    as_guest(desk, "One")
    guest = owners(desk)["One"]
    desk.sign_in()
    desk.world.send("claim", {"url": PAGE_URL, "claim": offered(desk)})
    desk.follow(desk.send("undo", change=desk.field("change")))
    assert owners(desk)["One"] == guest


def test_the_widget_claims_by_the_button_that_it_knows(desk: Desk) -> None:
    held = desk.world.post("One", transport="bearer").get_json()["token"]
    before = {"Authorization": f"Bearer {held}"}
    redeemed = desk.signin.redeem(desk.signin.delivered(), headers=before).get_json()
    headers = {"Authorization": f"Bearer {redeemed['token']}"}
    viewer = desk.world.call("GET", f"/viewer?url={PAGE_URL}", headers=headers).get_json()
    found = re.search(r'data-identity="(claim-\d+)"', viewer["identity"])
    assert found
    sent = {"identity": found[1], "thread": {"url": PAGE_URL}}
    after = desk.world.call("POST", "/identity", headers=headers, json=sent)
    assert "claim-" not in after.get_json()["identity"]
    again = desk.world.call("POST", "/identity", headers=headers, json=sent)
    assert desk.world.error(again)[:2] == (410, "claim_over")


def test_nobody_claims_what_another_browser_wrote(desk: Desk) -> None:
    as_guest(desk, "One")
    other = Desk(desk.signin, "luca")
    other.sign_in("x", "luca")
    number = next(row.id for row in rows(desk, Identity) if row.provider == "guest")
    refused = desk.world.send("claim", {"url": PAGE_URL, "claim": str(number)}, who="luca")
    assert refused.status_code == 410
    assert not rows(desk, AccountChange)


def test_a_letter_leads_to_what_was_written_with_its_address(desk: Desk) -> None:
    phone = Desk(desk.signin, "phone")
    as_guest(phone, "One")
    as_guest(phone, "Two")
    as_guest(Desk(desk.signin, "pc"), "Three", email="nina@EXAMPLE.org", name="N.")
    path = link(desk)
    signed_out = desk.show(f"/{path}").text
    assert "Sign in first" in signed_out
    leaving = desk.send("sign-in", provider="google", claim=path.partition("?t=")[2])
    page = unescape(desk.arrive(leaving, "anna").text)
    assert "Nina" in page
    assert "2 comments" in page
    assert "1 comment)" in page
    assert "These comments are yours now" in desk.follow(press(desk, path)).text
    assert set(owners(desk).values()) == {int(desk.account)}
    # The browser that wrote them is no part of that account.
    as_guest(phone, "Four")
    assert owners(desk)["Four"] != int(desk.account)
    assert len([row for row in rows(desk, AccountChange) if row.kind == "claim"]) == 2


def test_guests_of_one_name_are_told_apart_to_whom_the_letter_went(desk: Desk) -> None:
    for number, text in enumerate(("About *trains*", "About boats")):
        as_guest(Desk(desk.signin, f"browser{number}"), text)
        desk.world.clock.move(days=1)
    as_guest(Desk(desk.signin, "browser0"), "Once more")
    as_guest(Desk(desk.signin, "luca"), "Another's", email="luca@example.org")
    rows_ = re.findall(r"<li>(.*?)</li>", desk.show(f"/{link(desk)}").text, re.DOTALL)
    said = {" ".join(unescape(re.sub(r"<[^>]+>", "", row)).split()) for row in rows_}
    place = PAGE_URL.removeprefix("http://")
    assert said == {
        f"Nina (guest, 2 comments) the latest: November 24, 2026 · {place} · Once more",
        f"Nina (guest, 1 comment) November 23, 2026 · {place} · About boats",
    }


def test_a_link_counts_once_and_for_a_day(desk: Desk) -> None:
    as_guest(Desk(desk.signin, "phone"), "One")
    as_guest(Desk(desk.signin, "pc"), "Two", name="Other")
    desk.sign_in()
    path = link(desk)
    box = re.findall(r'name="(author-\d+)"', desk.show(f"/{path}").text)
    assert desk.send(path, other="1").status_code == 410  # nothing ticked
    assert desk.send(path, **{box[0]: "1"}).status_code == 303
    assert desk.send(path, **{box[1]: "1"}).status_code == 400
    desk.world.clock.move(hours=1)
    later = link(desk)
    desk.world.clock.move(hours=24, seconds=1)
    assert desk.show(f"/{later}").status_code == 400
    assert len(set(owners(desk).values())) == 2


def test_a_link_is_worth_nothing_when_changed_or_elsewhere(desk: Desk) -> None:
    as_guest(Desk(desk.signin, "phone"), "One")
    desk.sign_in()
    path = link(desk)
    assert desk.show(f"/{path[:-2]}AA").status_code == 400
    elsewhere = desk.world.get(f"/account/{path}", site="other")
    assert elsewhere.status_code == 400


def test_the_address_must_still_be_theirs(desk: Desk) -> None:
    phone = Desk(desk.signin, "phone")
    as_guest(phone, "One")
    path = link(desk)
    as_guest(phone, "Two", email="else@example.org")
    assert desk.show(f"/{path}").status_code == 410


def test_the_answer_and_the_work_are_the_same_for_every_address(desk: Desk) -> None:
    as_guest(Desk(desk.signin, "phone"), "One")
    desk.sign_in()  # whose address is known, and proven
    known = [ask(desk, email) for email in ("nina@example.org", "anna.bianchi@example.org")]
    unknown = ask(desk, "nobody@example.org")
    assert {answer.text for answer in known} == {unknown.text}
    assert letter(desk) is None
    queued = [row.payload["to"] for row in rows(desk, Outbox) if row.payload["template"] == "claim"]
    assert len(queued) == 3
    assert ask(desk, "not an address").status_code == 400


def test_letters_are_counted_by_mailbox(desk: Desk) -> None:
    sent = [ask(desk, spelled).status_code for spelled in ("n@x.org", "N@x.org", "n@X.org")]
    assert sent == [200, 200, 429]
    assert ask(desk, "m@x.org").status_code == 200


def test_who_can_sign_in_loses_nothing_by_a_letter(desk: Desk) -> None:
    desk.sign_in()
    desk.post("As Anna")
    assert ASKED in ask(desk, "anna.bianchi@example.org").text
    assert letter(desk) is None


def test_no_right_comes_along_and_no_block_goes_away(desk: Desk) -> None:
    as_guest(Desk(desk.signin, "phone"), "One")
    guest = owners(desk)["One"]
    desk.sign_in()
    path = link(desk)
    with desk.world.kit.database.begin() as db:
        row = db.get_one(Account, (desk.world.site.id, guest))
        row.role, row.blocked_at = "owner", desk.world.clock()
    assert press(desk, path).status_code == 403
    with desk.world.kit.database.begin() as db:
        db.get_one(Account, (desk.world.site.id, guest)).blocked_at = None
    assert press(desk, path).status_code == 303
    with desk.world.kit.database.read() as db:
        mine = select(Account.role).where(
            Account.site_id == desk.world.site.id, Account.id == int(desk.account)
        )
        assert db.scalar(mine) == "member"


def test_without_mail_there_is_no_such_page(tmp_path: Path, databases: Databases) -> None:
    with signin_world(tmp_path) as world:
        desk = Desk(world)
        desk.sign_in()
        assert "comments you wrote as a guest" not in desk.show().text
        assert desk.show("/claim").status_code == 404
