"""Letters about one's account speak the language that the person acted in."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from database_support import Databases
from signin_world import SignInWorld, signin_world
from test_account import MAIL, Desk, rows

from commentkit.delivery import outbox
from commentkit.model import Identity

TONGUES = {
    "en": (
        "A new way into your account at The blog",
        "A way into your account at The blog was removed",
        "Your accounts at The blog are one now",
    ),
    "it": (
        "Un nuovo modo per accedere al tuo account su The blog",
        "Un modo per accedere al tuo account su The blog è stato tolto",
        "I tuoi account su The blog ora sono uno solo",
    ),
}
"""A site, in English; what somebody links there, takes out and merges."""


@pytest.fixture
def signin(tmp_path: Path, databases: Databases) -> Iterator[SignInWorld]:
    folder = {"COMMENTKIT_SMTP_URL": f"folder://{tmp_path}/mail"}
    with signin_world(tmp_path, **(MAIL | folder)) as world:
        yield world


@pytest.fixture
def desk(signin: SignInWorld) -> Desk:
    return Desk(signin)


def came(desk: Desk, folder: Path) -> set[str]:
    """Deliver what waits; return the subjects of what is new in the mailboxes."""
    before = set(folder.rglob("*.eml"))
    kit = desk.world.kit
    outbox.deliver_due(kit.database, kit.handlers, now=desk.world.clock())
    new = set(folder.rglob("*.eml")) - before
    letters = [message_from_bytes(path.read_bytes(), policy=default) for path in new]
    return {str(letter["Subject"]) for letter in letters}


@pytest.mark.parametrize("tongue", TONGUES)
def test_a_change_is_told_in_the_language_it_was_made_in(
    desk: Desk, tmp_path: Path, tongue: str
) -> None:
    linked, removed, merged = TONGUES[tongue]
    mail = tmp_path / "mail"

    def press(verb: str, **form: object) -> None:
        desk.world.clock.move(seconds=1)
        desk.follow(desk.send(f"{verb}?lang={tongue}", **form))

    desk.sign_in()
    account = desk.account
    desk.arrive(desk.send(f"link?lang={tongue}", provider="x", account=account), "anna")
    assert came(desk, mail) == {linked}
    [x] = [row for row in rows(desk, Identity) if row.provider == "x"]
    press("unlink", account=account, identity=x.id)
    assert came(desk, mail) == {removed}
    press("undo", change=desk.field("change"))
    assert came(desk, mail) == set()
    desk.sign_in("wordpress", "luca")
    press("merge", account=desk.account, other=desk.field("other"), sure="1")
    assert came(desk, mail) == {merged}
    press("undo", change=desk.field("change"))
    assert came(desk, mail) == {removed}
