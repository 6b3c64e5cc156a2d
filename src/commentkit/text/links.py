"""Links on tokens: which survive, what they carry, and where they say they lead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from markdown_it.token import Token

from commentkit.text.characters import is_visible, without_invisible
from commentkit.text.urls import host_of, is_link

LINK_REL: Final = "nofollow ugc noopener"

_BETWEEN_WORDS = re.compile(r"[\s()<>\[\]{}\"',;|«»\u2018-\u201f]+")
_SCHEME = re.compile(r"(?:https?|mailto):[/\\]*", re.IGNORECASE)
_PATH_STARTS = re.compile(r"[/?#\\]")
_DOMAIN = re.compile(r"(?<![\w-])[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]+|[0-9]+(?:\.[0-9]+){3}")
# Longer than any host: bounds the work of the pattern above.
_FRONT_CHARS: Final = 300


def honest_links(children: list[Token]) -> list[Token]:
    """Keep allowed links, one deep, with our `rel`, naming the host where the text hides it."""
    kept: list[Token] = []
    opened = 0
    link: Token | None = None
    text: list[str] = []
    for token in children:
        if token.type == "link_open":
            opened += 1
            if opened == 1 and is_link(str(token.attrGet("href"))):
                link, text = _with_rel(token), []
                kept.append(link)
        elif token.type == "link_close":
            opened -= 1
            if opened == 0 and link is not None:
                kept += [*_true_host(link, "".join(text)), token]
                link = None
        else:
            text.append(_text_of(token))
            kept.append(token)
    return kept


def _with_rel(token: Token) -> Token:
    token.attrs = {"href": str(token.attrGet("href")), "rel": LINK_REL}
    return token


def _text_of(token: Token) -> str:
    return " " if token.type in ("softbreak", "hardbreak") else token.content


def _true_host(link: Token, text: str) -> Iterator[Token]:
    """Give the text token that names a link's real host, where its own text would mislead."""
    host = host_of(str(link.attrs["href"]))
    if not is_visible(text):
        yield Token("text", "", 0, content=host or "mailto:")
    elif any(_bare(claim) != _bare(host) for claim in _claimed_hosts(text)):
        yield Token("text", "", 0, content=f" ({host})")


def _claimed_hosts(text: str) -> Iterator[str]:
    """Find what a reader would take for a host: the front of each word that has a dot inside."""
    # What a browser would map to a dot or a letter, a reader takes for one.
    plain = unicodedata.normalize("NFKC", without_invisible(text)).replace("。", ".").lower()
    for word in _BETWEEN_WORDS.split(plain):
        tail = _SCHEME.split(word, maxsplit=1)[-1].lstrip("/\\")
        front = _PATH_STARTS.split(tail, maxsplit=1)[0][:_FRONT_CHARS]
        if found := _DOMAIN.search(front.rpartition("@")[2]):
            yield found[0]
        # "https://bank.example@evil.example" shows one host and leads to another.
        if "@" in front[1:] and _DOMAIN.search(front.partition("@")[0]):
            yield front


def _bare(host: str) -> str:
    return host.removeprefix("www.").rstrip(".")
