"""A new renderer renders old sources anew, and only those."""

from world import Verbs, World

from commentkit.discussion.rerender import rerender
from commentkit.model import Comment
from commentkit.text import RENDERER_VERSION


def test_old_html_is_made_anew_from_its_source(world: World, verbs: Verbs) -> None:
    author = verbs.identity()
    old, fresh = verbs.post(author, "**old**"), verbs.post(author, "fresh")
    version = verbs.thread_now().version
    with world.kit.database.begin() as db:
        row = db.get_one(Comment, (old.site_id, old.id))
        row.html, row.renderer_version = "<b>stale</b>", RENDERER_VERSION - 1
    assert rerender(world.kit.database) == 1
    assert verbs.again(old).html == "<p><strong>old</strong></p>\n"
    assert verbs.again(fresh).html == fresh.html
    assert verbs.thread_now().version > version
    assert rerender(world.kit.database) == 0
