"""A long section comes soon, nothing moves, and in the end nothing of it is estimated."""

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, STATIC, Answer
from widget_world import World

pytestmark = pytest.mark.browser

COMMENTS = 100
FAR = "document.querySelector('comment-kit').shadowRoot.querySelectorAll('[data-far]').length"
FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))"
WATCH = f"""
window.shifts = [];
new PerformanceObserver((list) => {{ for (const e of list.getEntries()) shifts.push(e.value); }})
  .observe({{ type: "layout-shift", buffered: true }});
addEventListener("commentkit:ready", () => {{ window.far = {FAR}; }});
"""


@pytest.fixture
def long(world: World) -> World:
    """A thread of many comments under the real style, each of its own height."""
    texts = ("Words. " * (1 + n * 7 % 90) for n in range(COMMENTS))
    items = "".join(fragments.comment(n + 1, text=text) for n, text in enumerate(texts))
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(items, count=COMMENTS))
    # The canned form has no card, whose text field has its content's height from the start.
    own = fragments.STYLE + "textarea { field-sizing: content }"
    style = own + (STATIC / "commentkit.css").read_text()
    world.server.table["/commentkit/static/d/commentkit.css"] = Answer(
        style, headers={"Content-Type": "text/css"}
    )
    world.context.add_init_script(WATCH)
    return world


def all_laid_out(world: World) -> None:
    world.page.wait_for_function(f"window.far !== undefined && {FAR} === 0")


def test_a_screen_of_comments_comes_first(long: World) -> None:
    long.open()
    all_laid_out(long)
    assert COMMENTS - 20 <= long.page.evaluate("far") <= COMMENTS - 15
    styles = "all => new Set(all.map(e => getComputedStyle(e).contentVisibility)).size"
    assert long.kit.locator(".comment").evaluate_all(styles) == 1


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nothing_in_sight_moves(long: World, size: tuple[int, int]) -> None:
    long.page.set_viewport_size({"width": size[0], "height": size[1]})
    gate = long.server.hold(f"{SITE}/thread")
    long.page.goto(long.site.page("/post", long.server.tag))
    long.kit.wait_for(state="attached")
    long.page.evaluate(FRAME)
    long.page.evaluate("shifts.length = 0")  # what the tag's own arrival moved
    gate.set()
    all_laid_out(long)
    long.page.evaluate(FRAME)
    assert long.page.evaluate("shifts") == []


def test_the_page_is_as_high_as_its_comments(long: World) -> None:
    long.open(long.server.tag + '<p id="end">The end</p>')
    all_laid_out(long)
    heights = "all => all.reduce((sum, e) => sum + e.getBoundingClientRect().height, 0)"
    assert long.kit.locator(".comment").evaluate_all(heights) > 9_000
    long.page.evaluate("location.hash = '#end'")
    expect(long.page.locator("#end")).to_be_in_viewport()


def test_a_permalink_leads_to_its_comment(long: World) -> None:
    long.open(hash="#comment-70")
    article = long.kit.locator("#comment-70")
    expect(article).to_be_focused()
    middle = article.evaluate(
        "e => { const r = e.getBoundingClientRect(); return r.top + r.bottom }"
    )
    assert abs(middle / 2 - long.page.evaluate("innerHeight") / 2) < 40
    assert long.page.evaluate(FAR) == 0


def test_who_left_something_sees_a_long_section_as_they_left_it(long: World) -> None:
    long.start()
    long.textarea.fill("Begun")
    long.page.wait_for_function("Object.keys(sessionStorage).length > 0")
    long.page.reload()
    expect(long.textarea).to_have_value("Begun")
    all_laid_out(long)
    assert long.page.evaluate("far") > 0


def test_what_is_printed_is_whole(long: World) -> None:
    long.page.emulate_media(media="print")
    gate = long.server.hold("/commentkit/static/d/section.js")
    long.open()
    styles = "all => [...new Set(all.map(e => getComputedStyle(e).contentVisibility))]"
    assert long.kit.locator(".comment").evaluate_all(styles) == ["visible"]
    gate.set()
