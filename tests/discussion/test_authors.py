"""Comments whose author changes or goes: the shape of threads stays right, whatever it was."""

import random
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import event, select
from world import PAGE_URL, Verbs, World

from commentkit.discussion import authors
from commentkit.model import Comment, Identity, Thread

URLS = (PAGE_URL, f"{PAGE_URL}?b")


def grown(verbs: Verbs, people: Sequence[Identity], seed: int) -> None:
    """Grow threads of everybody's comments, some of which wait, or are gone already."""
    chance = random.Random(seed)
    for url in URLS:
        standing: list[Comment] = []
        for number in range(14):
            parent = chance.choice([None, *standing[-6:]])
            author = chance.choice(people)
            comment = verbs.post(author, f"{number} of {url}", parent=parent, url=url)
            standing.append(comment)
        for gone in chance.sample(standing, 4):
            verbs.move(gone, chance.choice(["deleted", "pending", "spam"]))


def everything(world: World) -> tuple[list[Comment], list[Thread]]:
    with world.kit.database.read() as db:
        of_site = select(Comment).where(Comment.site_id == world.site.id)
        threads = select(Thread).where(Thread.site_id == world.site.id)
        return list(db.scalars(of_site)), list(db.scalars(threads))


def demand_shape(world: World) -> None:
    """Each place is shown for a reason, and every number is right."""
    comments, threads = everything(world)
    below: dict[int, list[Comment]] = {}
    for comment in comments:
        below.setdefault(comment.parent_id or 0, []).append(comment)
    for comment in comments:
        holds = any(reply.shown for reply in below.get(comment.id, ()))
        assert comment.shown is (comment.status == "approved" or holds)
        if comment.parent_id is None:
            replies = [c for c in comments if c.root_id == comment.id and c.parent_id]
            assert comment.reply_count == sum(c.shown for c in replies)
    for thread in threads:
        approved = [c for c in comments if (c.thread_id, c.status) == (thread.id, "approved")]
        assert thread.comment_count == len(approved)


def erased(world: World, account_id: int, *, keep_as: str = "") -> None:
    with world.kit.database.begin() as db:
        authors.erase(
            db, site_id=world.site.id, account_id=account_id, now=world.clock(), keep_as=keep_as
        )


@pytest.mark.parametrize("seed", range(3))
def test_who_goes_leaves_places_only_where_others_answered(
    world: World, verbs: Verbs, seed: int
) -> None:
    people = [verbs.identity(name) for name in ("Anna", "Luca")]
    grown(verbs, people, seed)
    demand_shape(world)
    before = {thread.id: thread.version for thread in everything(world)[1]}
    erased(world, people[0].account_id)
    demand_shape(world)
    comments, threads = everything(world)
    assert not [c for c in comments if c.account_id == people[0].account_id]
    nobodys = [c for c in comments if c.account_id == authors.NOBODY]
    assert {c.status for c in nobodys} == {"deleted"}
    assert {(c.source, c.html, c.author_name) for c in nobodys} == {("", "", "")}
    assert all(thread.version > before[thread.id] for thread in threads)
    for person in people:
        erased(world, person.account_id)
    demand_shape(world)
    assert not [c for c in everything(world)[0] if c.shown]


def test_what_is_kept_is_what_was_approved(world: World, verbs: Verbs) -> None:
    people = [verbs.identity(name) for name in ("Anna", "Luca")]
    grown(verbs, people, 7)
    approved = {c.id for c in everything(world)[0] if c.status == "approved"}
    mine = {c.id for c in everything(world)[0] if c.account_id == people[0].account_id}
    erased(world, people[0].account_id, keep_as="Nobody")
    demand_shape(world)
    kept = {c.id: c for c in everything(world)[0] if c.author_name == "Nobody"}
    assert set(kept) == approved & mine
    assert all(c.source and c.account_id == authors.NOBODY for c in kept.values())


def statements(world: World, act: Callable[[], object]) -> int:
    engine, said = world.kit.database.engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(said)


def test_a_long_past_takes_no_more_statements_than_a_short_one(world: World, verbs: Verbs) -> None:
    short, long = verbs.identity("Anna"), verbs.identity("Luca")
    verbs.post(short, "One", url=f"{PAGE_URL}?0")
    for number in range(8):
        verbs.post(long, f"Words {number}", url=f"{PAGE_URL}?{number % 4}")
    counted = {
        who.name: statements(world, lambda who=who: erased(world, who.account_id))  # type: ignore[misc]
        for who in (short, long)
    }
    assert counted["Luca"] == counted["Anna"]
