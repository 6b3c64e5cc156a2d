"""Sites: what they may be called, and what of them can be changed."""

from pathlib import Path

import pytest
from database_support import Databases
from world import BLOG, OTHER, World, make_world

from commentkit import sites
from commentkit.errors import CommentKitError
from commentkit.rules import RulesError, SiteRules
from commentkit.settings import is_site_name


@pytest.fixture
def world(tmp_path: Path, databases: Databases) -> World:
    return make_world(tmp_path)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("blog", True),
        ("2013-04", True),
        ("a" * 40, True),
        ("a" * 41, False),
        ("", False),
        ("-a", False),
        ("Blog", False),
        ("blog\n", False),
        ("a\x00b", False),
        ("bl\u00f6g", False),
        ("callback", False),
        ("static", False),
        ("health", False),
    ],
)
def test_what_a_site_may_be_called(name: str, good: bool) -> None:
    assert is_site_name(name) is good


@pytest.mark.parametrize(
    "change",
    [
        {"name": "static"},
        {"title": ""},
        {"title": " "},
        {"title": "t" * 201},
        {"title": "two\nlines"},
        {"title": "nul\x00"},
        {"language": "klingon language"},
        {"language": ""},
        {"origins": ["https://a.example/path"]},
        {"return_url": "https://elsewhere.example/"},
    ],
)
def test_an_impossible_site_is_refused(world: World, change: dict[str, object]) -> None:
    good = {"name": "new", "title": "New", "language": "it", "origins": ["https://a.example"]}
    with pytest.raises(RulesError), world.kit.database.begin() as db:
        sites.add(db, **{**good, **change}, rules=SiteRules(), now=world.clock())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a%00b", "static", "No-such", "x" * 41])
def test_an_impossible_name_is_an_unknown_site(world: World, name: str) -> None:
    answer = world.get("/counts?key=a", site=name)
    assert world.error(answer)[:2] == (404, "unknown_site")


def test_nul_never_reaches_the_database(world: World) -> None:
    with world.kit.database.read() as db, pytest.raises(CommentKitError, match="unknown_site"):
        sites.find(db, "a\x00b")


def test_a_return_address_can_be_taken_away(world: World) -> None:
    with world.kit.database.begin() as db:
        sites.change(db, "blog", return_url=f"{BLOG}/")
        assert sites.change(db, "blog", title="T").return_url == f"{BLOG}/"
        assert sites.change(db, "blog", return_url="").return_url is None


def test_a_change_that_strands_the_return_address_is_refused(world: World) -> None:
    with world.kit.database.begin() as db:
        sites.change(db, "blog", return_url=f"{BLOG}/")
    with pytest.raises(RulesError), world.kit.database.begin() as db:
        sites.change(db, "blog", origins=[OTHER])
    with world.kit.database.read() as db:
        assert BLOG in sites.find(db, "blog").origins


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "/enter",
        "javascript:alert(1)",
        "//evil.example",
        f"{BLOG}@e.x/",
    ],
)
def test_a_login_address_leads_nowhere_else(world: World, address: str) -> None:
    with pytest.raises(RulesError, match="login_url"), world.kit.database.begin() as db:
        sites.change(db, "blog", rules=SiteRules(login_url=address))
    with pytest.raises(RulesError, match="login_url"), world.kit.database.begin() as db:
        sites.add(
            db,
            name="new",
            title="New",
            language="it",
            origins=[BLOG],
            rules=SiteRules(login_url=address),
            now=world.clock(),
        )


def test_a_change_that_strands_the_login_address_is_refused(world: World) -> None:
    with world.kit.database.begin() as db:
        sites.change(db, "blog", rules=SiteRules(login_url=f"{BLOG}/enter?next={{page}}"))
    with pytest.raises(RulesError, match="login_url"), world.kit.database.begin() as db:
        sites.change(db, "blog", origins=[OTHER])
