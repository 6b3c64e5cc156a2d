"""What the stylesheet promises, measured in Chromium."""

import gzip
import re
from pathlib import Path

import look_scenes as look
import pytest

STATIC = Path(__file__).parent.parent / "src" / "commentkit" / "static"
STYLE = (STATIC / "commentkit.css").read_text()

# A dark host that never says so, a cream one with a soft ink, and one whose accent is bright.
HOSTS = {
    "light": ("light", ""),
    "dark": ("dark", ""),
    "dark, undeclared": ("light", "body{background:#10131a;color:#e9e9e9}"),
    "cream": ("light", "body{background:#f6efe0;color:#2e2a25}"),
    "bright accent": ("light", ".host{--commentkit-accent:#ffd400}"),
    "deep accent": ("dark", ".host{--commentkit-accent:#1b2a6b}"),
}

MEASURE = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (base, colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = `rgb(${base})`; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = rgb => rgb.map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + .05) / (low + .05);
  };
  const up = node => node.parentElement || node.getRootNode().host;
  const backdrop = node => {
    const layers = [];
    for (let at = node; at; at = up(at)) layers.unshift(getComputedStyle(at).backgroundColor);
    return layers.reduce(over, [255, 255, 255]);
  };
  const roots = [...document.querySelectorAll('.host')].map(host => host.shadowRoot);
  const all = selector => roots.flatMap(root => [...root.querySelectorAll(selector)]);
  const seen = node => node.checkVisibility() && !node.closest('.unseen');
  const name = node => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 30)}`;
  const box = node => node.getBoundingClientRect();
  window.look = {contrast, over, backdrop, all, seen, name, box};
})()
"""

TEXTS = """
() => look.all('*').filter(node => look.seen(node) && !node.closest('fieldset[disabled]')
    && [...node.childNodes].some(c => c.nodeType === 3 && c.data.trim()))
  .map(node => {
    const back = look.backdrop(node);
    const ink = look.over(back, getComputedStyle(node).color);
    return [look.name(node), look.contrast(ink, back)];
  })
"""
LINES = """
() => look.all('.card, .field input, .pill, .ring').filter(look.seen).map(node => {
    const back = look.backdrop(node.parentElement);
    const line = look.over(back, getComputedStyle(node).borderTopColor);
    return [look.name(node), look.contrast(line, back)];
  })
"""
TARGETS = """
() => look.all('button, [part=actions] a, .sorts a, .more a, .title a, .field input, .tick')
  .concat(look.all('.comment > header > a')).filter(look.seen)
  .map(node => [look.name(node), look.box(node), node.parentElement.localName])
  .map(([name, box, within]) => [name, box.width, box.height, within])
"""


@pytest.fixture
def open_host(new_context):
    def show(host="light", *, width=760, language="it", **options):
        scheme, more = HOSTS[host]
        options = {"viewport": {"width": width, "height": 900}} | options
        page = new_context(**options).new_page()
        page.set_content(look.host_page(scheme, language=language, more=more))
        if options.get("java_script_enabled", True):
            page.evaluate(MEASURE)
        return page

    return show


# The file


def test_the_style_is_small():
    assert len(gzip.compress(STYLE.encode(), 9)) <= 4_000


def test_the_style_stays_overridable():
    rules = re.sub(r"/\*.*?\*/", "", STYLE, flags=re.S)
    selectors = re.findall(r"(?:^|\})([^{}]+)\{", rules)
    assert "!important" not in rules
    assert not [s for s in selectors if re.search(r"#[a-z]", s)]
    assert not re.search(r"\b(?:margin|padding|border)-(?:left|right)\b|float:", rules)


def test_what_a_host_may_set_is_named():
    named = set(re.findall(r"--commentkit-[a-z]+", STYLE))
    assert named == {
        f"--commentkit-{name}"
        for name in ("accent", "edge", "error", "line", "muted", "soft", "radius", "gap", "avatar")
    }


# Contrast


@pytest.mark.browser
@pytest.mark.parametrize("host", ["light", "dark", "dark, undeclared", "cream"])
def test_every_word_can_be_read(open_host, host):
    texts = open_host(host).evaluate(TEXTS)
    assert len(texts) > 150
    assert [text for text in texts if text[1] < 4.5] == []


@pytest.mark.browser
@pytest.mark.parametrize("host", ["light", "dark", "dark, undeclared", "cream"])
def test_lines_that_matter_can_be_seen(open_host, host):
    lines = open_host(host).evaluate(LINES)
    assert len(lines) > 20
    assert [line for line in lines if line[1] < 3] == []


@pytest.mark.browser
@pytest.mark.parametrize("host", ["bright accent", "deep accent"])
def test_the_button_can_be_read_on_any_accent(open_host, host):
    texts = open_host(host).evaluate(TEXTS)
    buttons = [text for text in texts if text[0].endswith(("Commenta", "Salva"))]
    assert buttons
    assert [button for button in buttons if button[1] < 4.5] == []


@pytest.mark.browser
def test_the_measure_sees_what_cannot_be_read(open_host):
    page = open_host()
    page.evaluate("look.all('.hint').filter(look.seen)[0].style.color = '#999'")
    assert [text for text in page.evaluate(TEXTS) if text[1] < 4.5]


# Sizes and columns


@pytest.mark.browser
def test_targets_can_be_hit_with_a_mouse(open_host):
    targets = open_host().evaluate(TARGETS)
    assert len(targets) > 60
    assert [t for t in targets if t[2] < 24] == []


@pytest.mark.browser
def test_targets_can_be_hit_with_a_thumb(open_host):
    phone = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    targets = open_host(width=390, **phone).evaluate(TARGETS)
    assert [t for t in targets if t[2] < (24 if t[3] == "header" else 44)] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 760])
def test_nothing_is_wider_than_its_column(open_host, width):
    page = open_host(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        """() => look.all('*').filter(n => look.seen(n) && !n.closest('pre, .ring'))
             .filter(n => look.box(n).right > look.box(n.closest('.commentkit') || n).right + 1)
             .map(look.name)"""
    )
    assert wide == []


@pytest.mark.browser
def test_deep_threads_leave_words_their_room_on_a_phone(open_host):
    page = open_host(width=360)
    narrowest = page.evaluate("Math.min(...look.all('[part=body]').map(n => look.box(n).width))")
    column = page.evaluate("look.box(look.all('.list')[0]).width")
    assert narrowest > column * 0.7


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 760])
def test_the_text_stays_where_it_is_in_every_state(open_host, width):
    page = open_host(width=width)
    places = page.evaluate(
        """() => look.all('.form').slice(1, 5).map(form => {
             const [text, whole] = [form.querySelector('textarea'), form].map(look.box);
             return [text.top - whole.top, text.height, text.left - whole.left];
           })"""
    )
    assert len(places) == 4
    assert all(place == pytest.approx(places[0], abs=0.5) for place in places)


# At rest, in use


@pytest.mark.browser
def test_at_rest_it_is_one_line_and_a_focus_opens_it(open_host):
    page = open_host()
    height = "look.box(look.all('.card')[0]).height"
    assert page.evaluate(height) < 70
    page.locator("textarea").first.focus()
    assert page.evaluate(height) > 250
    page.locator("textarea").first.fill("x")
    assert page.evaluate("look.seen(look.all('.providers')[0])")


@pytest.mark.browser
def test_a_press_shows_the_other_ways_to_sign_in(open_host):
    page = open_host()
    others = page.locator("details [data-provider=mastodon]")
    assert not others.is_visible()
    page.locator("details summary").focus()
    page.keyboard.press("Enter")
    assert others.is_visible()
    assert page.locator("details summary").is_visible()


@pytest.mark.browser
def test_without_scripting_nothing_is_folded(open_host):
    page = open_host(java_script_enabled=False)
    assert page.locator("button[part=submit]").first.is_visible()
    assert page.locator("[data-provider=google]").first.is_visible()


@pytest.mark.browser
def test_an_empty_error_takes_no_place(open_host):
    page = open_host()
    heights = page.evaluate(
        "look.all('.error:empty').filter(n => n.checkVisibility()).map(n => look.box(n).height)"
    )
    assert heights
    assert set(heights) == {0}
    assert page.evaluate(
        "look.all('.error:empty').every(n => getComputedStyle(n).position === 'absolute')"
    )


# Settings of the reader and of the host


@pytest.mark.browser
def test_motion_is_reduced_for_those_who_ask(open_host):
    calm = open_host(reduced_motion="reduce")
    assert calm.evaluate("getComputedStyle(look.all('.ring')[0]).animationName") == "none"
    assert calm.evaluate("getComputedStyle(look.all('textarea')[0]).transitionDuration") == "0s"
    lively = open_host(reduced_motion="no-preference")
    assert lively.evaluate("getComputedStyle(look.all('.ring')[0]).animationName") != "none"


@pytest.mark.browser
def test_more_contrast_for_those_who_ask(open_host):
    page = open_host(contrast="more")
    assert min(text[1] for text in page.evaluate(TEXTS) if ".hint" in text[0]) > 12


@pytest.mark.browser
def test_forced_colours_keep_every_outline(open_host):
    page = open_host(forced_colors="active")
    assert page.evaluate(
        """look.all('.send, .pill, .card, [part=avatar]').filter(look.seen)
             .every(n => getComputedStyle(n).borderTopStyle === 'solid')"""
    )


@pytest.mark.browser
def test_paper_shows_the_discussion_and_not_the_form(open_host):
    page = open_host()
    page.emulate_media(media="print")
    assert not page.evaluate("look.all('.form').some(look.seen)")
    assert page.evaluate("look.all('[part=body]').every(look.seen)")


@pytest.mark.browser
def test_from_right_to_left_everything_turns(open_host):
    page = open_host()
    page.evaluate("look.all('.commentkit').forEach(n => n.dir = 'rtl')")
    assert page.evaluate(
        """() => {
             const last = part => look.box(look.all(`[part=${part}]`).at(-1));
             const [picture, words] = ['avatar', 'body'].map(last);
             return picture.left >= words.right;
           }"""
    )


@pytest.mark.browser
def test_the_host_decides_type_and_colour(open_host):
    page = open_host("cream")
    seen = page.evaluate(
        """() => ['fontFamily', 'fontSize', 'color'].map(p =>
             [getComputedStyle(look.all('[part=body]')[0])[p], getComputedStyle(document.body)[p],
              getComputedStyle(look.all('textarea')[0])[p]])"""
    )
    assert all(len(set(values)) == 1 for values in seen)


@pytest.mark.browser
def test_the_hosts_properties_reach_the_section(open_host):
    page = open_host()
    page.add_style_tag(
        content=".host{--commentkit-accent:#ff0000;--commentkit-radius:3px;--commentkit-avatar:20px}"
    )
    style = page.evaluate(
        """() => Object.entries({'.send': 'backgroundColor', '.card': 'borderTopLeftRadius',
                                '[part=avatar]': 'width'})
             .map(([selector, property]) => getComputedStyle(look.all(selector)[0])[property])"""
    )
    assert style == ["rgb(255, 0, 0)", "3px", "20px"]


@pytest.mark.browser
def test_a_focus_from_the_keyboard_is_seen(open_host):
    page = open_host()
    page.locator("[data-action=change]").first.focus()
    page.keyboard.press("Shift+Tab")
    outline = page.evaluate(
        """() => {
             const style = getComputedStyle(document.activeElement.shadowRoot.activeElement);
             return [style.outlineStyle, style.outlineWidth];
           }"""
    )
    assert outline == ["solid", "2px"]
