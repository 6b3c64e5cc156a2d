"""Every payload, rendered, in a real browser with no policy to help: nothing runs or loads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Route
from text_corpora import OWN, rows, shared
from text_oracles import TAGS

from commentkit.text import render

pytestmark = pytest.mark.browser

ADDRESS = "http://page.test/"
# The payloads call these; `ran` is bound in every frame and window of the context.
HOOKS = """
for (const name of ["alert", "confirm", "prompt", "print"])
  Object.defineProperty(window, name, { value: (...said) => {
    window.lastSaid = name + said;
    ran(window.lastSaid);
  } });
"""
# A javascript: address runs in a later task, and the next navigation would cancel it.
CLICK_ALL = """
async () => {
  const links = [...document.querySelectorAll("a, area, [onclick], svg *")];
  for (const link of links) {
    for (const kind of ["pointerover", "mouseover", "mouseenter", "focus"])
      link.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
    link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    await new Promise((done) => setTimeout(done));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  }
  return links.length;
}
"""
# The last link on a page: once it has run, so has everything clicked before it.
SENTINEL = "<a href='javascript:alert(`sentinel`)'>the end</a>"
SENTINEL_RAN = "alertsentinel"


@dataclass
class Laboratory:
    """One page that serves what it is given and notes what it does."""

    page: Page
    body: str = ""
    ran: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        if route.request.url == ADDRESS:
            html = f"<!doctype html><meta charset=utf-8><body>{self.body}"
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            self.requested.append(route.request.url)
            # "No content" leaves the page where it is, so that the next link can be clicked.
            route.fulfill(status=204)

    def note(self, said: str) -> None:
        self.ran.append(said)

    def show(self, body: str) -> None:
        self.body = body
        self.ran.clear()
        self.requested.clear()
        self.page.goto(ADDRESS, wait_until="load")

    def click_all(self) -> int:
        """Hover and click everything; return how many, when the last one (a sentinel) has run."""
        self.page.evaluate(f"document.body.insertAdjacentHTML('beforeend', {SENTINEL!r})")
        clicked = self.page.evaluate(CLICK_ALL)
        self.page.wait_for_function("said => window.lastSaid === said", arg=SENTINEL_RAN)
        self.ran.remove(SENTINEL_RAN)
        return clicked - 1


@pytest.fixture
def laboratory(context) -> Iterator[Laboratory]:
    page = context.new_page()
    made = Laboratory(page)
    context.expose_function("ran", made.note)
    context.add_init_script(HOOKS)
    context.route("**/*", made.answer)
    page.on("dialog", lambda dialog: dialog.dismiss())
    yield made
    context.unroute_all(behavior="ignoreErrors")


def rendered(payloads: list[dict]) -> str:
    """All payloads as comments, as typed and where Markdown puts addresses."""
    sources = [
        frame.replace("{}", row["payload"])
        for row in payloads
        for frame in ("{}", "[x](<{}>)", "<{}>")
    ]
    return "\n".join(f"<article>{render(source).html}</article>" for source in sources)


def is_silent(laboratory: Laboratory, payloads: list[dict]) -> None:
    html = rendered(payloads)
    laboratory.show(html)
    links = html.count("<a ")
    shown = laboratory.page.locator("article").count()
    for article in laboratory.page.locator("article a").all()[:5]:
        article.hover()
    assert (laboratory.ran, laboratory.requested) == ([], [])
    assert shown == 3 * len(payloads)
    assert laboratory.click_all() == links > 0
    assert laboratory.ran == []
    # A click may lead away, and nowhere but where an allowed link leads.
    assert all(url.startswith(("http://", "https://")) for url in laboratory.requested)
    assert len(laboratory.requested) <= links


def test_own_payloads_run_and_load_nothing(laboratory):
    is_silent(laboratory, rows(OWN))


def test_public_payloads_run_and_load_nothing(laboratory):
    is_silent(laboratory, shared("xss-public.jsonl"))


def test_the_same_payloads_run_when_nobody_sanitises_them(laboratory):
    firing = [r for r in rows(OWN) if "channel=body-html; fires_raw=load" in r["note"]]
    silent = [row["id"] for row in firing if not runs_raw(laboratory, row["payload"])]
    assert len(firing) > 50
    assert len(silent) <= len(firing) * 0.05, silent


def runs_raw(laboratory: Laboratory, payload: str) -> bool:
    laboratory.show(payload)
    return bool(laboratory.ran)


@pytest.mark.parametrize(
    "trap",
    [
        "<a href='javascript:alert(1)'>x</a>",
        "<a href=' java&Tab;script:alert(1)'>x</a>",
        "<a onclick='alert(1)'>x</a>",
        "<a onmouseover='alert(1)'>x</a>",
        "<p></p><a href='javascript:confirm(1)'>x</a><a href='https://b.test'>y</a>",
    ],
)
def test_clicks_and_hovers_would_be_noticed(laboratory, trap):
    laboratory.show(trap)
    laboratory.click_all()
    assert laboratory.ran


@pytest.mark.parametrize(
    "trap",
    [
        "<img src=http://evil.test/p.png>",
        "<style>@import url(//evil.test/x.css)</style>",
        "<iframe src=http://evil.test></iframe>",
        "<link rel=preload as=image href=//evil.test/x>",
        "<p style='background:url(//evil.test/x)'>x",
    ],
)
def test_loads_would_be_noticed(laboratory, trap):
    # A preload does not hold up the page's own `load`: its request is waited for.
    with laboratory.page.expect_request(lambda asked: "evil.test" in asked.url):
        laboratory.show(trap)


def test_clicks_reach_the_links_addresses(laboratory):
    laboratory.show(render("[x](https://a.test/L'Aquila)").html)
    with laboratory.page.expect_request("https://a.test/**") as asked:
        laboratory.click_all()
    assert asked.value.url == "https://a.test/L%27Aquila"


def test_the_browser_reads_the_same_elements_as_we_do(laboratory):
    """A tag that only the browser sees would stand out in its own parse."""
    laboratory.show(rendered(rows(OWN)))
    names = laboratory.page.evaluate(
        "JSON.stringify([...new Set([...document.querySelectorAll('article *')]"
        ".flatMap(e => [e.localName, ...e.getAttributeNames().map(n => e.localName + '.' + n)]))])"
    )
    assert set(json.loads(names)) <= TAGS | {"a.href", "a.rel", "ol.start"}
