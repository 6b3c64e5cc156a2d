"""What a page or its headers link to: only what stands where its owner writes, and nobody else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from commentkit.signin.answers import Answer

_MAX_CHARS = 200_000
_MAX_HEADER_CHARS = 4_000
# RFC 8288 §3, as far as it is used: an address, and parameters whose quotes may hold commas.
_LINK = re.compile(r'<(?P<url>[^<>]*)>(?P<parameters>(?:[^<>,"]|"[^"]*")*)')
_REL = re.compile(r'[;\s]rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s;,"]*))', re.IGNORECASE)
_OF_HEAD = frozenset(
    ["html", "head", "meta", "link", "base", "title", "script", "style", "noscript", "template"]
)
_INERT = frozenset(["title", "noscript", "template"])
"""Whose text Python's parser would take for markup."""


def linked(answer: Answer, relation: str, *, url: str) -> str | None:
    """Return the first address that an answer links to in a relation: headers before its head."""
    found = _of_headers(answer, relation) or _of_head(answer, relation)
    return urljoin(url, found) if found else None


def _of_headers(answer: Answer, relation: str) -> str | None:
    for link in _LINK.finditer(answer.headers.get("link", "")[:_MAX_HEADER_CHARS]):
        named = _REL.search(link["parameters"])
        if named and relation in (named["quoted"] or named["plain"] or "").lower().split():
            return link["url"].strip() or None
    return None


def _of_head(answer: Answer, relation: str) -> str | None:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        return None
    reader = _HeadReader(relation)
    try:
        reader.feed(answer.body.decode("utf-8", "replace")[:_MAX_CHARS])
    except AssertionError:  # Python's parser gives up on some declarations that browsers skip
        return None
    return reader.found


class _HeadReader(HTMLParser):
    """Reads the links of a head. Below it a page may hold what its readers wrote."""

    def __init__(self, relation: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: str | None = None
        self._relation = relation
        self._within: str | None = None
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, or the end of the head."""
        if self._within or self._over or self.found:
            return
        if tag not in _OF_HEAD:
            self._over = True
        elif tag in _INERT:
            self._within = tag
        elif tag == "link":
            known = {name: value or "" for name, value in reversed(attrs)}
            if self._relation in known.get("rel", "").lower().split():
                self.found = known.get("href", "").strip() or None

    def handle_endtag(self, tag: str) -> None:
        """Leave what is inert, or the head."""
        if tag == self._within:
            self._within = None
        elif tag == "head" and not self._within:
            self._over = True
