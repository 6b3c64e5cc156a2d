"""What our whole pages promise, measured in Chromium: every page, in every form that it takes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import page_scenes
import pytest
from browser_support import need
from playwright.sync_api import Page

HERE = Path(__file__).parent
AXE = HERE / "peers" / "node_modules" / "axe-core" / "axe.min.js"
TEMPLATES = HERE.parent / "src" / "commentkit" / "templates" / "commentkit"
EXTENDS = re.compile(r'{% extends (?:shell|"commentkit/own/base.html") %}')

# What is in a sentence is as high as its line.
TARGETS = """
() => [...document.querySelectorAll("a, button, summary, input:not([type=checkbox]), .tick")]
  .filter(node => node.checkVisibility() && node.type !== "hidden" && !node.closest("p.hint"))
  .map(node => [node.textContent.trim() || node.name, node.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)
"""
FOCUSED = """
() => {
  const node = document.activeElement, style = getComputedStyle(node);
  return node === document.body ? null : [style.outlineStyle, style.outlineWidth];
}
"""
LINES = """
() => [...document.querySelectorAll(".typed")].filter(node => node.checkVisibility()).map(node => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const bright = (...colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  };
  const ground = getComputedStyle(document.documentElement).backgroundColor;
  const [low, high] = [bright(ground), bright(ground, getComputedStyle(node).borderTopColor)]
    .sort((a, b) => a - b);
  return (high + .05) / (low + .05);
})
"""

Shown = Callable[[Page], Iterator[tuple[str, Page]]]


@pytest.fixture
def every() -> Shown:
    """Show each page in turn."""

    def show(page: Page) -> Iterator[tuple[str, Page]]:
        for scene in page_scenes.scenes():
            page.set_content(page_scenes.shown(scene))
            yield scene.name, page

    return show


def test_no_page_is_left_out():
    pages = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if EXTENDS.search(path.read_text())
    }
    # The page without JavaScript holds a section: `look_scenes` has it, and so have the journeys.
    assert pages - page_scenes.templates() == {"own/base.html", "page.html"}


def test_each_page_has_a_title_a_language_and_one_heading():
    for scene in page_scenes.scenes():
        assert re.search(r"<title>[^<]+</title>", scene.html), scene.name
        assert '<html lang="it" dir="ltr">' in scene.html, scene.name
        assert scene.html.count("<h1") == 1, scene.name
        assert scene.html.count("<main") == 1, scene.name


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(new_context, every: Shown, scheme: str):
    need(AXE.is_file(), "tests/peers is not installed: run 'make test', or npm ci there")
    script = AXE.read_text()
    found = {}
    for name, page in every(new_context(color_scheme=scheme).new_page()):
        page.evaluate(script)
        answer = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        found[name] = [f"{one['id']}: {one['nodes'][0]['target']}" for one in answer]
    assert {name: answer for name, answer in found.items() if answer} == {}
    assert len(found) > 30


@pytest.mark.browser
@pytest.mark.parametrize(("width", "text"), [(320, "100%"), (360, "200%")])
def test_no_page_is_wider_than_its_window(new_context, every: Shown, width: int, text: str):
    page = new_context(viewport={"width": width, "height": 640}).new_page()
    for name, shown in every(page):
        shown.evaluate("size => document.documentElement.style.fontSize = size", text)
        assert shown.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.browser
def test_a_thumb_hits_everything(new_context, every: Shown):
    phone = {"is_mobile": True, "has_touch": True, "viewport": {"width": 360, "height": 740}}
    for name, page in every(new_context(**phone).new_page()):
        assert page.evaluate(TARGETS) == [], name


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_field_can_be_seen(new_context, every: Shown, scheme: str):
    seen = [
        contrast
        for _, page in every(new_context(color_scheme=scheme).new_page())
        for contrast in page.evaluate(LINES)
    ]
    assert len(seen) > 8
    assert min(seen) >= 3


@pytest.mark.browser
def test_a_focus_from_the_keyboard_is_seen_everywhere(new_context, every: Shown):
    for name, page in every(new_context().new_page()):
        page.evaluate("document.activeElement.blur()")
        for _ in range(50):
            page.keyboard.press("Tab")
            outline = page.evaluate(FOCUSED)
            if outline is None:
                break
            assert outline == ["solid", "2px"], name


@pytest.mark.browser
def test_forced_colours_keep_every_outline(new_context, every: Shown):
    page = new_context(forced_colors="active").new_page()
    for name, shown in every(page):
        assert shown.evaluate(
            """[...document.querySelectorAll('.send, .pill, .typed, [part=avatar]')]
                 .every(n => getComputedStyle(n).borderTopStyle === 'solid')"""
        ), name
