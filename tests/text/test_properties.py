"""What holds for any text at all."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from text_oracles import Reader, by_nh3, faults

from commentkit.text import clean_line, excerpt, http_url, is_visible, render
from commentkit.text.allowlist import agreed

MARKS = ["*", "**", "_", "~~", "`", "```\n", "[", "](", ")", "![", "<", ">", "\n", "\n\n", "> "]
BLOCKS = ["- ", "1. ", "# ", "---\n", "    ", "[a]: ", "[a]", "&", "&lt;", "&#x202e;", "&#0;", "\\"]
URLS = ["https://a.example", "javascript:1", "mailto:a@b.c", "http://ü.example/'`", "//x.example"]
HTML = ["<script>", "</p>", "<svg>", "<!--", "]]>", "<img src=x onerror=alert(1)>", '"', "'", "|"]
ODD = [
    "\x00",
    "\ud800",
    "\u202e",
    "\r",
    "\x0c",
    "\x85",
    "\xa0",
    "\u2028",
    "\ufeff",
    "\ufffe",
    "a",
    " ",
]
PIECES = st.sampled_from([*MARKS, *BLOCKS, *URLS, *HTML, *ODD])
MARKDOWN = st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join)
LETTERS = st.text(st.characters(categories=["L", "N"]), min_size=1)
EXAMPLES = settings(max_examples=400, deadline=None)


@EXAMPLES
@given(MARKDOWN)
@example("\r\x0b\x1c")
def test_what_is_rendered_is_within_the_allowlist(source):
    html = render(source).html
    assert faults(html) == []
    reader = Reader(html)
    assert reader.deepest <= 20
    assert len(reader.links) <= 20


@EXAMPLES
@given(MARKDOWN)
def test_sanitising_again_changes_nothing(source):
    html = render(source).html
    again, _ = agreed(html)
    assert (Reader(again).shape, Reader(again).text) == (Reader(html).shape, Reader(html).text)
    assert by_nh3(by_nh3(html)) == by_nh3(html)


@EXAMPLES
@given(LETTERS)
def test_letters_come_through_unchanged(text):
    assert Reader(render(text).html).text.strip() == text


@EXAMPLES
@given(MARKDOWN)
def test_nobody_sees_an_empty_comment(source):
    assert is_visible(Reader(render(source).html).text) or not is_visible(source)


@EXAMPLES
@given(MARKDOWN, st.integers(1, 80))
def test_excerpts_and_lines_fit_and_are_stable(source, limit):
    assert len(excerpt(source, limit=limit)) <= limit
    line = clean_line(source, limit=limit)
    assert len(line) <= limit
    assert clean_line(line, limit=limit) == line


@EXAMPLES
@given(MARKDOWN | st.text())
def test_a_web_address_is_one_for_good(value):
    url = http_url(value)
    assert url is None or (http_url(url) == url and url.startswith(("http://", "https://")))
