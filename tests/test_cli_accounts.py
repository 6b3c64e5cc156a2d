"""`flask commentkit account …`: what people may ask of a site's owner by letter."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from database_support import Databases
from sqlalchemy import func, select
from world import World, make_world

from commentkit import signals
from commentkit.errors import CommentKitError
from commentkit.model import Account, Comment, Identity, Token
from commentkit.people import accounts, erasing
from commentkit.people.accounts import Vouched

GOOGLE = "https://accounts.google.com"


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


def run(world: World, *words: str, said: str | None = None) -> Result:
    command = ["commentkit", "account", *words, "--site", "blog"]
    return world.app.test_cli_runner().invoke(args=command, input=said)


def ok(world: World, *words: str, said: str | None = None) -> str:
    result = run(world, *words, said=said)
    assert result.exit_code == 0, result.output
    return result.output


def refused(world: World, *words: str, said: str | None = None) -> str:
    result = run(world, *words, said=said)
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


def person(world: World, *, issuer: str = GOOGLE, subject: str = "7", **more: Any) -> int:
    """Have somebody come by a provider; return their account."""
    told: dict[str, Any] = {"provider": "google", "name": "Anna Bianchi"} | more
    who = Vouched(issuer=issuer, subject=subject, **told)
    with world.kit.database.begin() as db:
        identity = accounts.sign_in(db, site_id=world.site.id, who=who, now=world.clock())
        return identity.account_id


def guest(world: World, text: str = "A word of mine", who: str = "gina") -> int:
    """Have a guest comment; return their account."""
    answer = world.post(text, who=who)
    assert answer.status_code == 201, answer.text
    number = int(answer.get_json()["comment"]["id"])
    with world.kit.database.read() as db:
        return db.get_one(Comment, (world.site.id, number)).account_id


def count(world: World, entity: Any) -> int:
    with world.kit.database.read() as db:
        rows = select(func.count()).select_from(entity).where(entity.site_id == world.site.id)
        return db.scalar(rows) or 0


def test_who_came_is_listed_the_last_seen_first(world: World) -> None:
    began = world.clock()
    first = person(world, handle="anna")
    world.clock.move(minutes=5)
    second = person(world, subject="8", provider="github", name="Luca \x1b[2J\u202e")
    third = guest(world)
    lines = ok(world, "list").splitlines()
    assert lines == [
        f"{second}  {world.clock():%Y-%m-%d %H:%M}  github  Luca  [2J ",
        f"{first}  {began:%Y-%m-%d %H:%M}  google  Anna Bianchi  anna",
    ]
    assert ok(world, "list", "--limit", "1").splitlines() == lines[:1]
    assert ok(world, "list", "--provider", "google").splitlines() == lines[1:]
    assert ok(world, "list", "--provider", "guest").startswith(str(third))
    assert ok(world, "list", "--provider", "x") == "Nobody came by x.\n"


def test_an_export_that_breaks_off_leaves_no_half_of_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, path = guest(world), tmp_path / "gina.json"

    def broken(*args: Any, **more: Any) -> Any:
        yield "account", {}
        raise CommentKitError("internal")

    with monkeypatch.context() as patch:
        patch.setattr("commentkit.people.holdings.read", broken)
        refused(world, "export", str(number), "--output", str(path))
    assert not path.exists()
    ok(world, "export", str(number), "--output", str(path))


def test_somebody_is_found_by_what_they_came_with(world: World) -> None:
    number = person(world, email="anna@example.org", email_verified=True)
    person(world, subject="8", name="Luca")
    said = ok(world, "show", "--issuer", GOOGLE, "--subject", "7")
    assert said == ok(world, "show", str(number))
    assert said.startswith(f"{number}  member, since 2026-11-22")
    assert "google  https://accounts.google.com  7  Anna Bianchi" in said
    assert "anna@example.org (proven)" in said
    assert "Luca" not in said
    assert "comments: 0" in said


def test_whom_a_site_signs_is_found_without_its_number(world: World) -> None:
    number = person(world, provider="sso", issuer=f"sso:{world.site.id}")
    assert ok(world, "show", "--issuer", "sso", "--subject", "7").startswith(str(number))


def test_an_address_leads_to_numbers_alone(world: World) -> None:
    known = person(world, email="gina@example.org", email_verified=True)
    typed = guest(world)
    said = ok(world, "show", "--email", " Gina@example.org ")
    assert said.split() == [str(number) for number in sorted((known, typed))]
    assert "not proven" in ok(world, "show", str(typed))
    assert "No account" in refused(world, "show", "--email", "nobody@example.org")


@pytest.mark.parametrize("verb", ["export", "erase"])
def test_an_address_alone_hands_nothing_over(world: World, verb: str) -> None:
    guest(world)
    assert "No such option" in refused(world, verb, "--email", "gina@example.org")
    assert count(world, Account) == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--issuer", GOOGLE],
        ["--subject", "7"],
        ["1", "--issuer", GOOGLE, "--subject", "7"],
        ["1", "--subject", "7"],
        ["0"],
    ],
)
def test_it_has_to_be_said_whose_account(world: World, words: list[str]) -> None:
    person(world)
    for verb in ("show", "export", "erase"):
        refused(world, verb, *words)
    assert "alone" in refused(world, "show", "1", "--email", "anna@example.org")


def test_who_is_not_there_is_said_in_one_line(world: World) -> None:
    for verb in ("show", "export", "erase"):
        assert "There is no such account at blog." in refused(world, verb, "12345")
        said = refused(world, verb, "--issuer", "host", "--subject", "7")
        assert "There is no such account at blog." in said


def test_another_sites_person_is_not_there(world: World) -> None:
    number = person(world)
    words = ["commentkit", "account", "erase", str(number), "--yes", "--site", "other"]
    result = world.app.test_cli_runner().invoke(args=words)
    assert (result.exit_code, count(world, Account)) == (1, 1)


def test_a_name_says_nothing_to_the_terminal(world: World) -> None:
    number = person(world, name="Anna\x1b]0;owned\x07", handle="a\nb")
    said = ok(world, "show", str(number))
    assert "\x1b" not in said
    assert len(said.splitlines()) == 3


def test_everything_is_exported_and_no_secret(world: World) -> None:
    number = guest(world, "Una parola — di Gina")
    said = ok(world, "export", str(number))
    held = json.loads(said)
    assert [row["source"] for row in held["comments"]] == ["Una parola — di Gina"]
    assert [row["email"] for row in held["identities"]] == ["gina@example.org"]
    assert len(held["signed_in"]) == 1
    with world.kit.database.read() as db:
        [token] = db.scalars(select(Token).where(Token.site_id == world.site.id))
    assert token.secret_hash.hex() not in said
    assert not any("secret" in name or "hash" in name for name in held["signed_in"][0])
    cookie = world.client("gina").get_cookie("__Host-commentkit-blog", domain="127.0.0.1")
    assert cookie is None or cookie.value not in said


def test_a_file_is_new_and_for_nobody_elses_eyes(world: World, tmp_path: Path) -> None:
    number = guest(world)
    file = tmp_path / "gina.json"
    assert ok(world, "export", str(number), "--output", str(file)) == f"Wrote {file}.\n"
    assert json.loads(file.read_text())["comments"][0]["source"] == "A word of mine"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    assert "cannot be written" in refused(world, "export", str(number), "--output", str(file))
    assert file.read_text() == "mine"


def test_it_is_asked_before_anybody_is_erased(world: World) -> None:
    number = guest(world)
    for said in ("n\n", "\n", ""):
        output = refused(world, "erase", str(number), said=said)
        assert "Their comments are deleted; nobody can bring it back." in output
    assert count(world, Account) == 1
    gone: list[int] = []

    def receive(_app: object, account_id: int, **_more: object) -> None:
        gone.append(account_id)

    with signals.account_erased.connected_to(receive):
        assert f"{number} is erased." in ok(world, "erase", str(number), said="y\n")
    assert gone == [number]
    assert (count(world, Account), count(world, Identity)) == (0, 0)
    with world.kit.database.read() as db:
        [left] = db.scalars(select(Comment).where(Comment.site_id == world.site.id))
    assert (left.source, left.author_name, left.status) == ("", "", "deleted")
    assert "There is no such account" in refused(world, "erase", str(number), "--yes")


def test_comments_stay_without_a_name_where_the_site_says_so(world: World) -> None:
    world.rules(erased="keep")
    number = guest(world)
    assert "erased" in ok(world, "erase", str(number), "--yes")
    with world.kit.database.read() as db:
        [left] = db.scalars(select(Comment).where(Comment.site_id == world.site.id))
    assert (left.source, left.author_name) == ("A word of mine", "Former commenter")


def test_who_is_blocked_is_erased_only_where_that_is_meant(world: World) -> None:
    number = guest(world)
    with world.kit.database.begin() as db:
        db.get_one(Account, (world.site.id, number)).blocked_at = world.clock()
    assert "would come back as new" in refused(world, "erase", str(number), "--yes")
    assert count(world, Account) == 1
    with pytest.raises(CommentKitError, match="blocked"), world.kit.database.begin() as db:
        erasing.erase_for(db, site_id=world.site.id, account_id=number, now=world.clock())
    assert "blocked" in ok(world, "show", str(number))
    ok(world, "erase", str(number), "--yes", "--blocked")
    assert count(world, Account) == 0


def test_no_word_of_a_visitor_drives_the_terminal(world: World, tmp_path: Path) -> None:
    """JSON itself spells only the oldest of the control characters."""
    sly = "A\x9b2J word\x9d52;c;aGk=\x9c \x7f\u202emine\U000e0041"
    number = str(guest(world, sly))
    said = ok(world, "export", number)
    assert all(char.isprintable() or char == "\n" for char in said)
    [comment] = json.loads(said)["comments"]
    assert comment["source"] == sly
    file = tmp_path / "all.json"
    ok(world, "export", number, "--output", str(file))
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(said)
