"""All that is done to a comment after parsing and before HTML; nothing is done later."""

from __future__ import annotations

from markdown_it.token import Token

from commentkit.text.bounds import flat
from commentkit.text.characters import shown
from commentkit.text.links import honest_links


def prepared(tokens: list[Token]) -> list[Token]:
    """Make tokens fit for a thread: no headings, honest links, no code language, showable text."""
    for token in tokens:
        if token.children:
            token.children = honest_links(token.children)
    _flatten_headings(tokens)
    for token in flat(tokens):
        token.content = shown(token.content)
        token.info = ""
    return tokens


def _flatten_headings(tokens: list[Token]) -> None:
    """Turn headings into bold paragraphs: a comment must not enter the page's outline."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.tag = "p"
            inline = tokens[at + 1]
            inline.children = [
                Token("strong_open", "strong", 1),
                *(inline.children or ()),
                Token("strong_close", "strong", -1),
            ]
        elif token.type == "heading_close":
            token.tag = "p"
