"""The list: pages, order, permalinks, dates."""

from datetime import UTC, datetime, timedelta

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer, Asked
from widget_world import World
from widget_writing import COMMENTS, posted, send

pytestmark = pytest.mark.browser


def thread(asked: Asked) -> Answer:
    """A thread of three pages, sorted as asked, from any comment on."""
    after, sort = asked.query.get("after", ""), asked.query.get("sort") or "oldest"
    numbers = {"": [1, 2], "2": [3, 4], "4": [5, 6]}[after]
    if asked.query.get("comment"):
        numbers = [int(asked.query["comment"])]
    if asked.query.get("comment") == "404":
        return Answer({"error": {"code": "unknown_comment", "message": "Gone."}}, 404)
    items = "".join(fragments.comment(n) for n in (numbers if sort == "oldest" else numbers[::-1]))
    return Answer(
        fragments.section(items, count=6, sort=sort, more={"": "2", "2": "4", "4": ""}[after])
    )


def numbers(world: World) -> list[str]:
    """The comments on the page, in order."""
    return world.kit.locator("li[data-comment]").evaluate_all(
        "all => all.map(li => li.dataset.comment)"
    )


def test_more_comments_are_added_and_the_first_new_one_is_next(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    world.start()
    world.action("more").press("Enter")
    expect(world.kit.locator("li[data-comment]")).to_have_count(4)
    assert world.focused() == "comment-3"
    world.action("more").click()
    expect(world.kit.locator("li[data-comment]")).to_have_count(6)
    expect(world.action("more")).to_have_count(0)
    assert numbers(world) == ["1", "2", "3", "4", "5", "6"]


def test_sorting_keeps_the_form_and_what_is_typed(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    world.start()
    world.action("reply").first.click()
    world.textarea.fill("Still writing")
    world.action("sort").last.click()
    expect(world.kit.locator("[data-sort=newest][aria-current]")).to_have_count(1)
    assert numbers(world) == ["2", "1"]
    expect(world.kit.locator("[data-comment='1'] textarea")).to_have_value("Still writing")
    world.server.table[f"POST {COMMENTS}"] = posted(8)
    world.action("cancel-reply").click()
    send(world)
    expect(world.kit.locator("[part~=comment-list] > li").first).to_contain_text("Words 8")


def test_more_replies_stand_where_their_link_stood(world: World) -> None:
    link = (
        '<li data-more-replies><a data-action="more-replies" href="/commentkit/blog/page" '
        'data-fragment="/commentkit/blog/replies/1?after=2">More replies</a></li>'
    )
    items = fragments.comment(1, replies=fragments.comment(2) + link)
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(items, count=4))
    world.server.table[f"{SITE}/replies/1"] = Answer(fragments.comment(3) + fragments.comment(4))
    world.start()
    world.action("more-replies").click()
    expect(world.kit.locator("[data-comment='1'] > ol > li")).to_have_count(3)
    assert numbers(world) == ["1", "2", "3", "4"]
    assert world.focused() == "comment-3"
    expect(world.action("more-replies")).to_have_count(0)


def test_a_permalink_reaches_into_the_section(world: World) -> None:
    many = "".join(fragments.comment(n) for n in range(1, 40))
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(many, count=39))
    world.open('<p style="height: 3000px">Article</p>' + world.server.tag, hash="#comment-30")
    expect(world.kit.locator("#comment-30")).to_be_in_viewport()
    expect(world.kit.locator("[data-comment='30']")).to_have_attribute("data-current", "")
    assert world.focused() == "comment-30"
    assert world.server.calls(f"{SITE}/thread")[0].query["comment"] == "30"


def test_a_link_to_a_comment_elsewhere_in_the_thread_fetches_its_page(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    world.start()
    world.page.evaluate("location.hash = '#comment-5'")
    expect(world.kit.locator("#comment-5")).to_be_in_viewport()
    world.kit.locator("#comment-5 header a").click()
    assert world.page.url.endswith("#comment-5")
    world.page.evaluate("location.hash = '#comment-404'")
    world.page.evaluate("location.hash = '#comment-6'")
    expect(world.kit.locator("#comment-6")).to_be_in_viewport()


def test_what_is_copied_is_the_threads_own_address(world: World) -> None:
    world.start('<base href="/elsewhere/">' + world.server.tag)
    permalink = world.kit.locator("#comment-1 header a")
    assert "/elsewhere/" in permalink.evaluate("link => link.href")
    permalink.dispatch_event("pointerdown")
    assert permalink.evaluate("link => link.href") == f"{world.page.url}#comment-1"


def test_a_comment_of_another_thread_is_no_obstacle(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = thread
    world.open(hash="#comment-404")
    expect(world.kit.locator("li[data-comment]")).to_have_count(2)
    assert world.events("error") == []


def test_recent_dates_are_distances(world: World) -> None:
    at = (datetime.now(UTC) - timedelta(hours=2, minutes=5)).isoformat()
    recent = f'<time datetime="{at}">22 novembre</time>'
    old = '<time datetime="2013-04-01T10:00:00Z">1 aprile 2013</time>'
    item = f'<li data-comment="1"><article>{recent}{old}</article></li>'
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(item, count=1, language="it"))
    world.open()
    expect(world.kit.locator("time")).to_have_text(["2 ore fa", "1 aprile 2013"])
    expect(world.kit.locator("time").first).to_have_attribute("title", "22 novembre")


def test_a_closed_thread_still_reads(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = lambda asked: Answer(
        fragments.section(
            fragments.comment(1),
            count=1,
            form='<p part="notice" role="status">Closed.</p>',
            more="2",
        )
        if not asked.query.get("after")
        else fragments.section(fragments.comment(2), count=2)
    )
    world.open()
    expect(world.kit.locator("[part~=notice]")).to_have_text("Closed.")
    world.action("more").click()
    expect(world.kit.locator("li[data-comment]")).to_have_count(2)
