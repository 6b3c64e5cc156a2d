"""Nobody's mailbox is flooded from here: however spelled, by whatever form, at whichever site."""

from pathlib import Path

import pytest
from database_support import Databases
from own_pages import Door
from test_statements import asked as asked_of
from world import OTHER, PAGE_URL, SERVER, make_world

from commentkit.delivery.subscriptions import mailbox_hash
from commentkit.signin.providers.email import EmailLink

LIMITS = {
    "post": "1000/minute",
    "post_try": "1000/minute",
    "email_letter": "1000/minute",
    "email_letter_to": "2/day",
    "email_letter_anywhere": "3/day",
    "letter_to": "2/day",
    "claim_letter": "1000/minute",
    "claim_letter_to": "1000/minute",
}


@pytest.fixture
def door(tmp_path: Path, databases: Databases) -> Door:
    mail = tmp_path / "mail"
    world = make_world(
        tmp_path,
        PROVIDERS=[EmailLink()],
        COMMENTKIT_SMTP_URL=f"folder://{mail}",
        COMMENTKIT_MAIL_FROM="comments@example.org",
        COMMENTKIT_LIMITS=LIMITS,
    )
    return Door(world, "email", mail)


def asked(door: Door, email: str, **at: str) -> int:
    """Ask for a letter to sign in."""
    sent = {"email": email, "name": "Nina"}
    return door.send(door.start(**at), sent).status_code


def claimed(door: Door, email: str, site: str) -> int:
    """Ask for a letter about what was written as a guest."""
    address = f"{SERVER}/commentkit/{site}/account/claim"
    ours = {"Origin": SERVER, "Sec-Fetch-Site": "same-origin"}
    return door.world.client().post(address, data={"email": email}, headers=ours).status_code


def test_the_sites_of_a_server_count_together(door: Door) -> None:
    """Each site had its own bound, and a server of a hundred sites a hundred times as much."""
    assert [asked(door, "nina@example.org") for _ in range(3)] == [200, 200, 429]
    there = {"site": "other", "origin": OTHER}
    assert [asked(door, "nina@example.org", **there) for _ in range(2)] == [200, 429]
    assert len(door.letters()) == 3
    assert asked(door, "luca@example.org", **there) == 200


def test_letters_of_other_kinds_count_together_and_no_answer_says_so(door: Door) -> None:
    posted = door.world.post("Here", who="nina", notify_comments=True)
    assert posted.get_json()["notice"] == "confirm_sent"
    assert claimed(door, "nina@example.org", "blog") == 200
    assert len(door.letters()) == 2
    door.world.clock.move(hours=1)
    assert claimed(door, "nina@example.org", "blog") == 200
    there = {"thread": {"url": f"{PAGE_URL}?there"}}
    more = door.world.post("There", who="nina", notify_comments=True, **there)
    assert more.get_json()["notice"] == "confirm_sent"
    assert len(door.letters()) == 2


def test_letters_that_were_sent_are_not_told_by_those_that_may_still_be(door: Door) -> None:
    """Only who wrote here gets a letter of a claim: were these counted with those to sign in, the
    refusal of one of the latter would come sooner, and say so."""
    door.world.post("Here", who="nina")
    heard = []
    for who in ("nina", "nobody"):
        for _ in range(2):
            assert claimed(door, f"{who}@example.org", "blog") == 200
        letters = len(door.letters())
        here = [asked(door, f"{who}@example.org") for _ in range(2)]
        there = {"site": "other", "origin": OTHER}
        heard.append((*here, *(asked(door, f"{who}@example.org", **there) for _ in range(2))))
        assert len(door.letters()) - letters == 3
    assert heard[0] == heard[1] == (200, 200, 200, 429)


def test_a_claim_counts_the_mailbox_and_not_the_spelling(tmp_path: Path) -> None:
    mail = {"COMMENTKIT_SMTP_URL": f"folder://{tmp_path}", "COMMENTKIT_MAIL_FROM": "c@example.org"}
    limits = {"claim_letter_to": "2/day"}
    door = Door(make_world(tmp_path, COMMENTKIT_LIMITS=limits, **mail), "email", tmp_path)
    spelled = ("nina+a@example.org", "Nina+b@example.org", "nina@example.org")
    assert [claimed(door, each, "blog") for each in spelled] == [200, 200, 429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nina.b@gmail.com", "ninab+x@googlemail.com", True),
        ("nina.b@example.org", "ninab@example.org", False),
        ("Nina+x@example.org", "nina@EXAMPLE.org", True),
    ],
)
def test_which_addresses_are_one_mailbox(one: str, other: str, same: bool) -> None:
    assert (mailbox_hash(one) == mailbox_hash(other)) is same


def test_a_wish_for_mail_costs_the_same_for_every_address(door: Door) -> None:
    """Who already got mail of this page was found out by how long the answer took."""
    door.world.post("Known", who="nina", notify_comments=True)
    door.letters()
    costs = []
    for who in ("nina", "nobody"):
        with asked_of(door.world) as said:
            wish = {"email": f"{who}@example.org", "notify_comments": True}
            posted = door.world.post(f"By {who}", who=f"new-{who}", **wish)
        assert posted.get_json()["notice"] == "confirm_sent"
        costs.append([statement.split("(")[0] for statement in said])
    assert costs[0] == costs[1]
