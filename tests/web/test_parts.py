"""What is kept of a reader's own comment follows whatever it says."""

from typing import Any

from world import PAGE_URL, Verbs, World

from commentkit.discussion import threads

VIEWER = f"/viewer?url={PAGE_URL}"


def comment(world: World, query: str = "", who: str = "anna") -> str:
    answer = world.call("GET", VIEWER + query, who=who)
    return str(answer.get_json()["comments"][0]["html"])


def kept(world: World) -> Any:
    return world.kit.parts._small_comment.cache_info()


def test_a_comment_is_rendered_once(world: World) -> None:
    world.post()
    first = comment(world)
    before = kept(world).misses
    assert comment(world) == first
    assert kept(world).misses == before


def test_a_new_text_is_shown_at_once(world: World) -> None:
    number = world.post("The first words").get_json()["comment"]["id"]
    assert "The first words" in comment(world)
    world.call("PATCH", f"/comments/{number}", json={"text": "Other words"})
    assert "Other words" in comment(world)


def test_a_closed_thread_offers_no_reply(world: World) -> None:
    world.post()
    assert 'data-action="reply"' in comment(world)
    thread = Verbs(world).thread_now()
    with world.kit.database.begin() as db:
        threads.close(db, threads.by_id(db, world.site.id, thread.id), now=world.clock())
    assert 'data-action="reply"' not in comment(world)


def test_language_and_zone_make_another_part(world: World) -> None:
    world.post()
    english = comment(world)
    assert "Rispondi" in comment(world, "&lang=it")
    assert comment(world) == english
    world.rules(time_zone="Pacific/Kiritimati")
    assert "November 23, 2026" in comment(world)


def test_each_reader_has_their_own(world: World) -> None:
    for who in ("anna", "luca"):
        world.post(f"By {who}", who=who)
    assert "By anna" in comment(world)
    assert "By luca" in comment(world, who="luca")
    assert "By luca" not in comment(world)


def test_a_long_comment_is_not_kept(world: World) -> None:
    world.post("word " * 1_000)
    before = kept(world).currsize
    assert "word word" in comment(world)
    assert kept(world).currsize == before
