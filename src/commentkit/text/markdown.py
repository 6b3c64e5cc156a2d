"""Markdown to tokens: CommonMark without HTML, strikethrough, links found in plain text."""

from __future__ import annotations

import threading
from typing import Final

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.link import link
from markdown_it.token import Token

from commentkit.text.urls import MAX_URL_CHARS, is_link, normalised_link

# Beyond its own limit markdown-it drops text: keep that well above the depth we show (see bounds).
_PARSER_DEPTH: Final = 40
# Enough to see that an address goes on beyond its bound, punctuation at its end aside.
_BEYOND: Final = 200
_OPTIONS: Final = {
    "html": False,
    "linkify": True,
    "breaks": True,
    "xhtmlOut": False,
    "maxNesting": _PARSER_DEPTH,
}


def tokens_of(source: str) -> list[Token]:
    """Parse a source into markdown-it's block tokens; inline ones are their children."""
    return _parser().parse(source)


def html_of(tokens: list[Token]) -> str:
    """Spell tokens as HTML, every text escaped; not yet safe to show."""
    return str(_parser().render_tokens(tokens))


class _Parser(MarkdownIt):
    """CommonMark whose links pass our own rule, spelled our own way."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name markdown-it calls
        return is_link(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the name markdown-it calls
        return normalised_link(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - the name markdown-it calls
        # As typed: decoding it would show what the writer hid behind percent signs.
        return link

    def render_tokens(self, tokens: list[Token]) -> str:
        return str(self.renderer.render(tokens, self.options, {}))


# Making one takes as long as parsing a comment. Each thread has its own: linkify-it kept its last
# match on itself before 2.1, which two threads would share.
_own = threading.local()


def _parser() -> _Parser:
    if not hasattr(_own, "parser"):
        _own.parser = _new_parser()
    parser: _Parser = _own.parser
    return parser


def _new_parser() -> _Parser:
    parser = _Parser("commonmark", _OPTIONS, renderer_cls=RendererHTML)
    parser.linkify = _linkify()
    parser.enable(["linkify", "strikethrough"])
    parser.inline.ruler.at("image", _image_as_link)
    return parser


class _Finder(LinkifyIt):  # type: ignore[misc]
    """Looks no farther than an address may reach: each `http:` would look to the text's end."""

    def test_schema_at(self, text: str, name: str, position: int) -> int:
        near = text[: position + MAX_URL_CHARS + _BEYOND]
        length: int = super().test_schema_at(near, name, position)
        return length if length <= MAX_URL_CHARS else 0


def _linkify() -> LinkifyIt:
    """Find addresses with a scheme only: guessing from dots makes links of file names."""
    disabled = {"ftp:": None, "//": None}
    return _Finder(disabled, {"fuzzy_link": False, "fuzzy_email": False})


def _image_as_link(state: StateInline, silent: bool) -> bool:
    """Read `![alt](address)` as the link `[alt](address)`: a comment loads nothing."""
    start = state.pos
    if not state.src.startswith("![", start):
        return False
    state.pos += 1
    if link(state, silent):
        return True
    state.pos = start
    return False
