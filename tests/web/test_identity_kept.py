"""The identity part is kept as HTML, and never shown to whom it does not describe."""

from world import BLOG, PAGE_URL, Verbs, World

from commentkit.people import tokens
from commentkit.people.viewer import Viewer

VIEWER = f"/viewer?url={PAGE_URL}"


def signed_in(world: World, name: str, subject: str) -> dict[str, str]:
    """Return the header of a reader who is signed in."""
    identity = Verbs(world).identity(name, subject=subject)
    with world.kit.database.begin() as db:
        issued = tokens.issue(
            db,
            identity=identity,
            previous=Viewer(site_id=world.site.id),
            transport="bearer",
            origin=BLOG,
            persistent=True,
            settings=world.kit.settings,
            now=world.clock(),
        )
    return {"Authorization": f"Bearer {issued.secret}"}


def part(world: World, headers: dict[str, str], query: str = "") -> str:
    answer = world.call("GET", VIEWER + query, headers=headers)
    return str(answer.get_json()["identity"])


def test_each_reader_sees_themselves(world: World) -> None:
    anna, luca = (signed_in(world, name, name) for name in ("Anna", "Luca"))
    for _ in range(2):
        assert "Anna" in part(world, anna)
        assert "Luca" in part(world, luca)
        assert "Luca" not in part(world, anna)


def test_a_new_name_is_shown_at_once(world: World) -> None:
    anna = signed_in(world, "Anna", "1")
    assert "Anna" in part(world, anna)
    Verbs(world).identity("Anna Bianchi", subject="1")
    assert "Anna Bianchi" in part(world, anna)


def test_language_and_state_make_another_part(world: World) -> None:
    anna = signed_in(world, "Anna", "1")
    parts = [part(world, anna, query) for query in ("", "&lang=it", "&state=changing")]
    assert len(set(parts)) == 3
    assert parts == [part(world, anna, query) for query in ("", "&lang=it", "&state=changing")]
