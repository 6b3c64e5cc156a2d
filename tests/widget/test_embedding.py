"""The tag, the element, and what they leave alone on the page."""

import re

import pytest
import widget_fragments as fragments
from playwright.sync_api import expect
from widget_server import SITE, Answer, CommentServer, running
from widget_signin import delivers, press, script
from widget_world import World

pytestmark = pytest.mark.browser

SPACE = '<p style="height: 6000px">Long article</p>'


def strict(server: str) -> dict[str, str]:
    """The narrowest policy that the documentation promises to work under."""
    sources = " ".join(f"{kind}-src {server};" for kind in ("script", "connect", "style", "img"))
    trusted = "require-trusted-types-for 'script'; trusted-types commentkit"
    return {"Content-Security-Policy": f"default-src 'none'; {sources} {trusted}"}


def test_one_tag_is_enough(world: World) -> None:
    world.open()
    expect(world.kit).to_have_count(1)
    asked = world.server.calls(f"{SITE}/thread")[0]
    assert asked.query["url"] == world.site.origin + "/post"
    assert asked.query["lang"] == "en"
    assert "cookie" not in asked.headers
    assert world.events("ready") == [{}]
    expect(world.kit).to_have_attribute("data-state", "signed-out")


def test_the_tag_names_the_thread(world: World) -> None:
    tag = world.server.tag.replace(
        "data-site",
        'data-key="a/b" data-lang="it" data-sort="newest" data-title="T" '
        'data-heading="E tu?" data-site',
    )
    world.open(tag)
    asked = world.server.calls(f"{SITE}/thread")[0].query
    assert (asked["key"], asked["lang"], asked["sort"]) == ("a/b", "it", "newest")
    assert world.kit.get_attribute("title") is None
    expect(world.kit.locator("[slot=title]")).to_have_text("E tu?")
    expect(
        world.kit.locator("h2", has_text="E tu?").or_(world.kit.locator("[slot=title]"))
    ).to_be_visible()


def test_the_canonical_address_names_the_page(world: World) -> None:
    world.open(head='<link rel="canonical" href="/canonical#x">')
    assert world.server.calls(f"{SITE}/thread")[0].query["url"] == world.site.origin + "/canonical"


def test_a_tag_in_the_head_or_for_counts_places_nothing(world: World) -> None:
    counting = world.server.tag.replace("data-site", 'data-only="counts" data-site')
    world.server.table[f"{SITE}/counts"] = Answer(
        {"counts": {"k": {"count": 1, "text": "1 comment"}}}
    )
    link = '<a data-commentkit-count="k" href="/x">…</a>'
    for options in ({"head": world.server.tag}, {"body": counting}):
        body = str(options.pop("body", "")) + link
        world.page.goto(world.site.page("/list", body, **options))
        expect(world.page.locator("a")).to_have_text("1 comment")
        expect(world.kit).to_have_count(0)


def test_the_tag_twice_makes_two_sections_that_share_one_sign_in(world: World) -> None:
    world.open(world.server.tag * 2)
    expect(world.kit.locator("section")).to_have_count(2)
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    world.page.evaluate(
        f"localStorage.setItem('commentkit:{world.server.origin}/commentkit:blog', '1')"
    )
    world.kit.last.evaluate(
        "(e, server) => e.dispatchEvent(new CustomEvent('commentkit:signed-in',"
        " {bubbles: true, composed: true, detail: {server, site: 'blog'}}))",
        world.server.origin + "/commentkit",
    )
    expect(world.kit.first).to_have_attribute("data-state", "signed-in")


def test_two_servers_serve_one_page(world: World) -> None:
    other = CommentServer("127.0.0.1", page_origin=world.site.origin)
    other.table[f"{SITE}/thread"] = Answer(
        fragments.section(fragments.comment(9, text="From the other"), count=1)
    )
    with running(other):
        world.open(world.server.tag + other.tag)
        expect(world.kit.nth(0).locator("section")).to_contain_text("Words 1")
        expect(world.kit.nth(1).locator("section")).to_contain_text("From the other")
        other.table[f"POST {SITE}/comments"] = Answer(
            {"error": {"code": "x", "message": "Said by the other"}}, 400
        )
        second = world.kit.nth(1)
        second.locator("textarea").fill("Hello")
        second.locator("[part~=submit]").click()
        expect(second.locator("section")).to_contain_text("Said by the other")
        assert not world.server.calls(f"{SITE}/comments", "POST")


def test_a_placed_element_and_a_bare_script(world: World) -> None:
    server = world.server.origin + "/commentkit"
    world.open(
        f'<script async src="{server}/embed.js"></script>'
        f'<comment-kit server="{server}" site="blog" key="k"></comment-kit>'
    )
    assert world.server.calls(f"{SITE}/thread")[0].query["key"] == "k"


def test_another_key_brings_another_thread(world: World) -> None:
    world.open()
    world.server.table[f"{SITE}/thread"] = lambda asked: Answer(
        fragments.section(fragments.comment(5, text=asked.query["key"]), count=1)
    )
    world.kit.evaluate("e => e.setAttribute('key', 'next')")
    expect(world.kit.locator("[data-comment='5']")).to_contain_text("next")
    expect(world.kit.locator("section")).to_have_count(1)


def test_the_strictest_policies_are_kept(world: World) -> None:
    problems: list[str] = []
    world.page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    world.page.on("pageerror", lambda error: problems.append(str(error)))
    world.server.table[f"POST {SITE}/comments"] = Answer(posted(3), 201)
    world.start(world.server.tag * 2, headers=strict(world.server.origin))
    world.textarea.fill("Hello")
    world.kit.locator("[part~=submit]").first.click()
    expect(world.kit.first.locator("[data-comment='3']")).to_be_visible()
    assert (
        world.kit.locator(".styled").first.evaluate("e => getComputedStyle(e).color")
        == "rgb(1, 2, 3)"
    )
    assert world.kit.evaluate_all(
        "all => all.every(e => e.shadowRoot.adoptedStyleSheets.length === 1)"
    )
    assert problems == []
    assert len(world.server.calls("/commentkit/static/d/commentkit.css")) == 1


def test_without_constructed_sheets_the_link_styles(world: World) -> None:
    world.context.add_init_script("delete window.CSSStyleSheet.prototype.replace")
    world.open()
    assert world.kit.locator(".styled").evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    assert world.kit.locator("link[rel=stylesheet]").count() == 1


def test_far_away_nothing_is_fetched_until_it_comes_near(world: World) -> None:
    world.page.goto(world.site.page("/far", SPACE + world.server.tag))
    world.kit.wait_for(state="attached")
    world.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert [asked.path for asked in world.server.asked] == ["/commentkit/embed.js"]
    world.page.evaluate("scrollTo(0, 4800)")
    world.kit.locator("section").wait_for(state="attached")


def test_links_to_the_comments_lead_to_them(world: World) -> None:
    world.page.goto(world.site.page("/far", SPACE + world.server.tag) + "#comments")
    expect(world.textarea).to_be_in_viewport()
    world.page.evaluate("scrollTo(0, 0); location.hash = ''")
    world.page.evaluate("location.hash = '#comments'")
    expect(world.textarea).to_be_in_viewport()


SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => { for (const e of list.getEntries())
  shifts.push([e.value, e.sources.map((s) => [s.node?.nodeName, s.currentRect.top])]);
}).observe({type: 'layout-shift', buffered: true});
window.frames2 = () => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))));
"""


@pytest.mark.parametrize("before", [0, 300, 700, 1200])
@pytest.mark.parametrize("comments", [0, 14])
def test_nothing_moves_when_it_fills(world: World, before: int, comments: int) -> None:
    world.context.add_init_script(SHIFTS)
    many = "".join(fragments.comment(n) for n in range(1, comments + 1))
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(many, count=comments))
    gate = world.server.hold(f"{SITE}/thread")
    article = f'<div style="height: {before}px">Article</div>'
    body = article + world.server.tag + '<footer style="height: 300px">The end</footer>'
    world.page.goto(world.site.page("/shift", body))
    world.kit.wait_for(state="attached")
    world.page.evaluate(
        "frames2().then(() => { shifts.length = 0 })"
    )  # what the tag's own arrival moved
    gate.set()
    world.kit.locator("section").wait_for(state="attached")
    world.page.wait_for_function("seen.length > 0")
    world.page.evaluate("frames2()")
    assert world.page.evaluate("shifts") == []
    assert world.page.evaluate(
        "document.querySelector('footer').getBoundingClientRect().top >= innerHeight"
    )


def test_counted_links_cost_one_request(world: World) -> None:
    said = {"a": "1 comment", "b": "Leave a comment", world.site.origin + "/c": "7 comments"}
    world.server.table[f"{SITE}/counts"] = Answer(
        {"counts": {k: {"count": 1, "text": t} for k, t in said.items()}}
    )
    links = "".join(
        f'<a data-commentkit-count="{key}" href="{href}">Comments</a>'
        for key, href in (
            ("a", "/a"),
            ("b", "/b#x"),
            ("a", "/a"),
            ("", "/c#comments"),
            ("unknown", "/d"),
        )
    )
    world.page.goto(
        world.site.page(
            "/list", world.server.tag.replace("data-site", 'data-only="counts" data-site') + links
        )
    )
    expect(world.page.locator("a")).to_have_text(
        ["1 comment", "Leave a comment", "1 comment", "7 comments", "Comments"]
    )
    (asked,) = world.server.calls(f"{SITE}/counts")
    assert re.findall(r"(?:key|url)=[^&]*", asked.query[""]) == [
        "key=a",
        "key=b",
        f"url={world.site.origin}/c".replace(":", "%3A").replace("/", "%2F"),
        "key=unknown",
    ]


def test_counted_links_speak_the_language_around_them(world: World) -> None:
    said = {"it": "3 commenti", "en": "3 comments"}
    world.server.table[f"{SITE}/counts"] = lambda asked: Answer(
        {"counts": {"k": {"count": 3, "text": said[asked.query["lang"]]}}}
    )
    tag = world.server.tag.replace("data-site", 'data-only="counts" data-lang="it" data-site')
    link = '<a data-commentkit-count="k" href="/a">…</a>'
    world.page.goto(world.site.page("/list", f'{tag}{link}<p lang="en">{link}</p>'))
    expect(world.page.locator("a")).to_have_text(["3 commenti", "3 comments"])


def inlined(world: World, html: str) -> str:
    """A page of a host that inlines the section, as a cache holds it."""
    server = world.server.origin + "/commentkit"
    return (
        f'<comment-kit server="{server}" site="blog" key="post">'
        f'<template shadowrootmode="open">{html}</template></comment-kit>'
        f'<script async src="{server}/embed.js"></script>'
    )


def test_an_inlined_section_is_adopted(world: World) -> None:
    html = fragments.section(fragments.comment(1), count=1, server=world.server.origin)
    world.server.table[f"{SITE}/thread"] = Answer(html)
    world.start(inlined(world, html.replace("Words 1", "As inlined")))
    expect(world.kit.locator("section")).to_contain_text("As inlined")
    assert len(world.server.calls(f"{SITE}/thread")) == 1


def test_a_stale_inlined_section_is_renewed_and_keeps_what_is_typed(world: World) -> None:
    gate = world.server.hold(f"{SITE}/thread")
    world.server.table[f"{SITE}/thread"] = Answer(
        fragments.section(fragments.comment(2), count=1, version=8)
    )
    world.page.goto(
        world.site.page(
            "/post",
            inlined(
                world, fragments.section(fragments.comment(1), count=1, server=world.server.origin)
            ),
        )
    )
    world.textarea.fill("Already writing")
    gate.set()
    expect(world.kit.locator("[data-comment='2']")).to_be_visible()
    expect(world.kit.locator("[data-comment='1']")).to_have_count(0)
    expect(world.textarea).to_have_value("Already writing")
    assert world.focused() == "text"


def test_a_section_composed_for_its_reader_is_taken_over(world: World) -> None:
    composed = fragments.section(fragments.comment(1), count=1, server=world.server.origin)
    composed = composed.replace(fragments.SIGNED_OUT, fragments.SIGNED_IN)
    world.server.table[f"{SITE}/thread"] = Answer(fragments.section(fragments.comment(1), count=1))
    world.server.table[f"{SITE}/viewer"] = Answer(fragments.viewer("signed-in"))
    body = inlined(world, composed).replace("<comment-kit", "<comment-kit asks-viewer")
    world.start(body)
    expect(world.kit.locator("section")).to_have_count(1)
    world.wait_state("signed-in")
    world.textarea.fill("Kept")
    world.action("sign-out").click()
    world.wait_state("signed-out")
    expect(world.textarea).to_have_value("Kept")
    expect(world.kit.locator("[name=email]")).to_be_visible()


def test_a_refused_section_tells_the_page(world: World) -> None:
    world.server.table[f"{SITE}/thread"] = Answer(
        {"error": {"code": "unknown_site", "message": "This site is not known here."}}, 404
    )
    world.page.goto(world.site.page("/post", world.server.tag))
    world.page.wait_for_function("seen.length > 0")
    assert world.events("error") == [
        {"code": "unknown_site", "message": "This site is not known here."}
    ]


def test_what_never_came_takes_no_place_and_comes_when_the_network_does(world: World) -> None:
    world.page.route("**/thread?*", lambda route: route.abort())
    world.page.goto(world.site.page("/post", world.server.tag))
    world.page.wait_for_function("seen.length > 0", timeout=20_000)
    assert world.kit.evaluate("e => e.getBoundingClientRect().height") == 0
    world.page.unroute("**/thread?*")
    world.page.evaluate("dispatchEvent(new Event('online'))")
    world.kit.locator("section").wait_for()


def test_a_hiccup_is_tried_again(world: World) -> None:
    answers = iter([Answer("", 503)])
    world.server.table[f"{SITE}/thread"] = lambda _: next(
        answers, Answer(fragments.section(fragments.comment(4), count=1))
    )
    world.open()
    expect(world.kit.locator("[data-comment='4']")).to_be_visible()


def test_a_script_of_another_origin_is_not_loaded(world: World) -> None:
    evil = fragments.section().replace('data-script="', f'data-script="{world.site.origin}')
    world.server.table[f"{SITE}/thread"] = Answer(evil)
    world.page.goto(world.site.page("/post", world.server.tag))
    world.page.wait_for_function("seen.length > 0")
    assert [e["code"] for e in world.events("error")] == ["network"]
    assert not [a for a in world.site.asked if a.path.endswith("section.js")]


def test_a_press_before_the_lazy_script_is_not_lost(world: World) -> None:
    gate = world.server.hold("/commentkit/static/d/section.js")
    world.server.table[f"POST {SITE}/comments"] = Answer(posted(3), 201)
    world.open()
    world.kit.locator("form").evaluate("form => form.removeAttribute('data-rest')")
    world.textarea.fill("Early")
    world.kit.locator("[part~=submit]").click()
    gate.set()
    expect(world.kit.locator("[data-comment='3']")).to_be_visible()
    assert world.server.calls(f"{SITE}/comments", "POST")[0].body["text"] == "Early"


def posted(number: int, *, status: str = "approved", token: str | None = None) -> dict[str, object]:
    """The answer to a comment."""
    return {
        "comment": {
            "id": str(number),
            "parent": None,
            "status": status,
            "html": fragments.comment(number, author="Me", status=status),
        },
        "token": token,
        "viewer": fragments.viewer(count=3, count_text="3 comments", token=True),
    }


def test_the_hosts_signed_word_goes_with_every_personal_call(world: World) -> None:
    body = inlined(world, fragments.section(fragments.comment(1), count=1))
    script(world, delivers())
    world.start(body.replace("<comment-kit", '<comment-kit proof="SIGNED" asks-viewer'))
    world.server.table[f"POST {SITE}/comments"] = Answer(posted(3), 201)
    press(world)
    world.wait_state("signed-in")
    world.action("sign-out").click()
    world.wait_state("signed-out")
    world.kit.locator("[part~=submit]").click()
    world.kit.locator("[data-comment='3']").wait_for()
    for path in ("sign-in/redeem", "comments", "sign-out"):
        assert world.server.calls(f"{SITE}/{path}", "POST")[0].body["thread"]["proof"] == "SIGNED"
    assert world.server.calls(f"{SITE}/viewer")[0].query["proof"] == "SIGNED"
    assert not [a for a in world.server.calls(f"{SITE}/thread") if "proof" in a.query]
