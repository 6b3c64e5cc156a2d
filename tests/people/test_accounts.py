"""Who is who: by issuer and subject alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from world import Verbs, World

from commentkit.errors import CommentKitError
from commentkit.model import Account, Identity
from commentkit.people import accounts
from commentkit.people.accounts import GuestDetails, Vouched


def sign_in(world: World, **changes: object) -> Identity:
    who = {"provider": "p", "issuer": "https://id.example", "subject": "1", "name": "Anna"}
    with world.kit.database.begin() as db:
        return accounts.sign_in(
            db,
            site_id=world.site.id,
            who=Vouched(**{**who, **changes}),  # type: ignore[arg-type]
            now=world.clock(),
        )


def test_the_same_subject_is_the_same_person_whatever_else_changes(world: World) -> None:
    first = sign_in(world, email="a@example.org", handle="anna")
    again = sign_in(world, name="Anna B.", email="b@example.org", handle="annab")
    assert (again.id, again.account_id) == (first.id, first.account_id)
    assert (again.name, again.email, again.handle) == ("Anna B.", "b@example.org", "annab")


def test_a_name_that_was_told_once_is_kept(world: World) -> None:
    """Apple tells it with the first consent alone."""
    assert sign_in(world, name="Apple", name_told=False).name == "Apple"
    assert sign_in(world).name == "Anna"
    assert sign_in(world, name="Apple", name_told=False).name == "Anna"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "2"},
        {"issuer": "https://id.example/"},
        {"subject": "1 "},
        {"subject": "A", "issuer": "https://id.example"},
    ],
)
def test_another_subject_or_issuer_is_another_person(world: World, changes: dict[str, str]) -> None:
    first = sign_in(world, email="a@example.org", email_verified=True)
    other = sign_in(world, email="a@example.org", email_verified=True, **changes)
    assert other.account_id != first.account_id


def test_letters_of_subjects_are_told_apart(world: World) -> None:
    ids = {sign_in(world, subject=s).id for s in ("a", "A", "á", "a\u0301")}
    assert len(ids) == 4


def test_the_same_person_at_once_is_made_once(world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: sign_in(world).id, range(24)))
    assert len(found) == 1
    with world.kit.database.read() as db:
        assert db.scalar(select(func.count()).select_from(Account)) == 1


def test_a_guest_who_types_somebodys_address_is_not_them(world: World, verbs: Verbs) -> None:
    anna = sign_in(world, email="anna@example.org", email_verified=True)
    details = GuestDetails(name="Anna", email="anna@example.org", website="https://evil.example/")
    with world.kit.database.begin() as db:
        guest = accounts.guest(
            db, site_id=world.site.id, held=None, details=details, now=world.clock()
        )
    assert guest.account_id != anna.account_id
    with world.kit.database.read() as db:
        assert db.get_one(Identity, (world.site.id, anna.id)).profile_url is None


@pytest.mark.parametrize("email", ["anna", "anna@", "@example.org", "a b@example.org", "a@b@c.org"])
def test_incomplete_addresses(email: str) -> None:
    with pytest.raises(CommentKitError, match="email_invalid"):
        accounts.checked_email(email, required=False)


def test_an_address_is_needed_only_where_the_site_says_so() -> None:
    assert accounts.checked_email(" ", required=False) is None
    with pytest.raises(CommentKitError, match="email_required"):
        accounts.checked_email(" ", required=True)


@pytest.mark.parametrize(
    ("name", "code"), [("\u200b \u202e", "name_required"), ("x" * 101, "name_too_long")]
)
def test_names_that_cannot_be(name: str, code: str) -> None:
    with pytest.raises(CommentKitError, match=code):
        accounts.checked_name(name)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://u:p@example.org", "ftp://x.org"])
def test_websites_that_cannot_be(url: str) -> None:
    with pytest.raises(CommentKitError, match="website_invalid"):
        accounts.checked_website(url)
