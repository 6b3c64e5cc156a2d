"""How much one comment may be: beyond this it is shown as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_SOURCE_CHARS: Final = 10_000
MAX_HTML_BYTES: Final = 200_000
MAX_DEPTH: Final = 20
MAX_LINKS: Final = 20
# Bleach walks the children of an element in quadratic time: 2,500 of them cost it 0.25 s of CPU.
MAX_ELEMENTS: Final = 1_000

# Elements that tokens make without opening and closing them.
_SINGLE: Final = frozenset({"softbreak", "hardbreak", "hr", "code_inline", "code_block", "fence"})


class OutOfBoundsError(ValueError):
    """Say which bound a source exceeds."""


def check_source(source: str) -> None:
    """Refuse a source longer than callers accept (imports bring such)."""
    if len(source) > MAX_SOURCE_CHARS:
        raise OutOfBoundsError("source")


def check_tokens(tokens: list[Token]) -> None:
    """Refuse more elements, more of them inside one another, or more links than a comment needs."""
    depth = deepest = links = elements = 0
    for token in flat(tokens):
        depth += token.nesting
        deepest = max(deepest, depth)
        links += token.type == "link_open"
        elements += token.nesting == 1 or token.type in _SINGLE
    if deepest > MAX_DEPTH or links > MAX_LINKS or elements > MAX_ELEMENTS:
        raise OutOfBoundsError(f"depth {deepest}, links {links}, elements {elements}")


def check_html(html: str) -> None:
    """Refuse more HTML than a page should carry for one comment."""
    if len(html) > MAX_HTML_BYTES or len(html.encode()) > MAX_HTML_BYTES:
        raise OutOfBoundsError("html")


def flat(tokens: list[Token]) -> Iterator[Token]:
    """Give every token in reading order, a block's inline tokens after it."""
    for token in tokens:
        yield token
        yield from token.children or ()
