"""Letters about one's own account: to whom, about what, and when not any more."""

from typing import Any

import pytest
from delivery_support import START, Town, catching

from commentkit.delivery import notices, outbox
from commentkit.delivery.outbox import deliver_due
from commentkit.model import AccountChange, Identity


class Change:
    """Somebody's account with two proven addresses, to which an identity came."""

    def __init__(self, town: Town, kind: str) -> None:
        self.town = town
        known, also, self.new = (
            town.person(f"{name}@example.org") for name in ("anna", "bianchi", "thief")
        )
        unproven = town.person("typed@example.org")
        with town.database.begin() as db:
            for identity in (known, also, unproven, self.new):
                row = db.get_one(Identity, (town.site_id, identity.id))
                row.account_id, row.email_verified = known.account_id, identity is not unproven
            if kind == "unlink":
                db.get_one(Identity, (town.site_id, self.new.id)).account_id = self.new.account_id
            self.row = AccountChange(
                site_id=town.site_id,
                id=1,
                account_id=known.account_id,
                other_account_id={"merge": 9, "unlink": self.new.account_id}.get(kind),
                kind=kind,
                identities=[self.new.id],
                created_at=START,
            )
            db.add(self.row)
            db.flush()
            notices.tell(db, self.row, language="en", provider="X.example.org", now=START)

    def delivered(self) -> list[Any]:
        with catching() as catcher:
            deliver_due(self.town.database, self.town.handlers(catcher.url), now=START)
            return catcher.messages


def test_a_link_is_told_to_every_proven_address_but_the_new_one(town: Town) -> None:
    change = Change(town, "link")
    letters = change.delivered()
    assert {letter["To"] for letter in letters} == {"anna@example.org", "bianchi@example.org"}
    said = letters[0].get_body(("plain",)).get_content()
    assert change.new.name in said
    assert "https://comments.example.org/commentkit/blog/account" in said
    assert "X.example" not in said, "no name in it may become a link"
    assert "log out everywhere" in said
    assert letters[0]["Subject"] == "A new way into your account at The Blog"


def test_a_merge_is_told_to_both(town: Town) -> None:
    letters = Change(town, "merge").delivered()
    assert {letter["To"] for letter in letters} == {
        f"{name}@example.org" for name in ("anna", "bianchi", "thief")
    }
    assert "are one now" in letters[0]["Subject"]


def test_what_was_taken_out_is_told_to_all_and_to_its_own_address(town: Town) -> None:
    letters = Change(town, "unlink").delivered()
    assert {letter["To"] for letter in letters} == {
        f"{name}@example.org" for name in ("anna", "bianchi", "thief")
    }
    said = letters[0].get_body(("plain",)).get_content()
    assert "with another of your sign-ins" in said
    assert "X.example" not in said
    assert letters[0]["Subject"] == "A way into your account at The Blog was removed"


@pytest.mark.parametrize("how", ["undone", "erased"])
def test_what_is_over_is_not_told(town: Town, how: str) -> None:
    change = Change(town, "link")
    with town.database.begin() as db:
        if how == "undone":
            db.get_one(AccountChange, (town.site_id, 1)).undone_at = START
        else:
            ids = [row.payload["identity"] for row in town.outbox()]
            outbox.forget_about(
                db,
                site_id=town.site_id,
                subscriptions=(),
                identities=ids,
                addresses=(),
                now=START,
            )
    assert change.delivered() == []
    assert len(town.outbox()) == (2 if how == "undone" else 0)
