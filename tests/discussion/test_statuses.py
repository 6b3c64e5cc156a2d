"""Moving from one status to another: what must hold of a thread's shape and counts."""

from world import Verbs, World

from commentkit.discussion import comments, pages, threads
from commentkit.discussion.threads import Page


def shown_ids(world: World) -> list[int]:
    """Return the ids that the public page has, replies after their root."""
    with world.kit.database.read() as db:
        thread = threads.find(db, world.site, Page(url="http://localhost:8001/a.html").thread_key)
        assert thread is not None
        page = pages.read_page(db, thread, world.site.rules, sort="oldest")
    return [c.id for root in page.roots for c in (root, *page.replies[root.id].comments)]


def test_a_deleted_root_with_replies_leaves_a_tombstone(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    reply = verbs.post(verbs.identity("Luca"), "two", parent=root)
    with world.kit.database.begin() as db:
        comments.delete(db, world.site, verbs.viewer(author), comment_id=root.id, now=world.clock())
    gone = verbs.again(root)
    assert (gone.shown, gone.source, gone.html, gone.author_name) == (True, "", "", "")
    assert shown_ids(world) == [root.id, reply.id]
    assert verbs.thread_now().comment_count == 1


def test_a_tombstone_goes_with_its_last_reply(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    middle = verbs.post(author, "two", parent=root)
    leaf = verbs.post(author, "three", parent=middle)
    verbs.move(root, "rejected")
    verbs.move(middle, "spam")
    assert shown_ids(world) == [root.id, middle.id, leaf.id]
    verbs.move(leaf, "deleted")
    assert shown_ids(world) == []
    assert verbs.again(root).reply_count == 0
    assert verbs.thread_now().comment_count == 0


def test_an_approved_reply_brings_its_tombstones_back(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    root = verbs.post(author, "one")
    reply = verbs.post(author, "two", parent=root)
    verbs.move(reply, "pending")
    verbs.move(root, "deleted")
    assert shown_ids(world) == []
    verbs.move(reply, "approved")
    assert shown_ids(world) == [root.id, reply.id]
    assert verbs.again(root).reply_count == 1


def test_moving_to_the_same_status_changes_no_count(world: World, verbs: Verbs) -> None:
    root = verbs.post(verbs.identity(), "one")
    verbs.move(root, "approved")
    assert verbs.thread_now().comment_count == 1
