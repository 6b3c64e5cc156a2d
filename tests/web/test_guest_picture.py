"""The picture that follows a guest's e-mail: opted in, proxied, and nobody else's to wear."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from signin_world import SignInWorld, signin_world
from world import BLOG, PAGE_URL, SERVER

from commentkit.people import pictures


@pytest.fixture
def signin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInWorld]:
    with signin_world(tmp_path) as world:
        known = f"{world.services.url}/pictures/anna.png"
        missing = f"{world.services.url}/pictures/nobody.png"
        monkeypatch.setattr(
            pictures, "gravatar_url", lambda email: known if email.startswith("anna@") else missing
        )
        yield world


def ask(signin: SignInWorld, email: str) -> dict[str, str | None]:
    answer = signin.world.call("POST", "/guest-picture", json={"email": email})
    assert answer.status_code == 200, answer.text
    found: dict[str, str | None] = answer.get_json()
    return found


def test_a_site_that_did_not_opt_in_asks_nobody(signin: SignInWorld) -> None:
    answer = signin.world.call("POST", "/guest-picture", json={"email": "anna@example.org"})
    assert signin.world.error(answer)[:2] == (404, "not_found")
    assert "data-guest-picture" not in signin.world.get(f"/thread?url={PAGE_URL}").text


def test_the_picture_comes_from_our_own_server_and_says_nothing_of_the_address(
    signin: SignInWorld,
) -> None:
    signin.world.rules(pictures_by_email=True)
    found = ask(signin, "anna@example.org")
    assert str(found["picture"]).startswith(f"{SERVER}/commentkit/blog/pictures/")
    assert "anna" not in str(found)
    picture = signin.world.client().get(found["picture"])
    assert picture.headers["Content-Type"] == "image/webp"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert "data-guest-picture" in signin.world.get(f"/thread?url={PAGE_URL}").text


def test_a_comment_wears_the_picture_of_its_own_address_only(signin: SignInWorld) -> None:
    signin.world.rules(pictures_by_email=True)
    proof = ask(signin, "anna@example.org")["proof"]
    mine = signin.world.post("mine", picture_proof=proof).get_json()["comment"]["html"]
    assert "/pictures/" in mine
    stolen = signin.world.post("not mine", who="mallory", picture_proof=proof)
    assert "/pictures/" not in stolen.get_json()["comment"]["html"]


def test_an_unknown_address_has_no_picture(signin: SignInWorld) -> None:
    signin.world.rules(pictures_by_email=True)
    assert ask(signin, "luca@example.org") == {"picture": None, "proof": None}
    assert BLOG in signin.world.site.origins
