"""Plain-text beginnings of comments, for mails and titles; made from tokens, never from HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markdown_it.token import Token

from commentkit.text.characters import clean_line
from commentkit.text.markdown import tokens_of

_READ_CHARS: Final = 3_000
"""More than any excerpt shows, whatever of it is markup; parsing the rest would be in vain."""


def excerpt(source: str, *, limit: int) -> str:
    """Give at most `limit` characters of what a reader reads, on one line, cut between words."""
    beginning = source[:_READ_CHARS]
    line = clean_line(_read(beginning), limit=len(beginning)) or clean_line(
        beginning, limit=limit + 1
    )
    return line if len(line) <= limit else _cut(line, limit)


def _read(source: str) -> str:
    try:
        return "".join(_words(tokens_of(source)))
    except Exception:  # noqa: BLE001 - as in render: a failing parser leaves the source itself
        return source


def _words(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children:
            yield from _words(token.children)
        elif token.type in ("softbreak", "hardbreak") or token.block:
            yield f" {token.content} "
        else:
            yield token.content


def _cut(line: str, limit: int) -> str:
    whole_words, space, _ = line[:limit].rpartition(" ")
    # A first word longer than the limit is cut inside.
    return (whole_words if space else line[: limit - 1]).rstrip() + "…"
