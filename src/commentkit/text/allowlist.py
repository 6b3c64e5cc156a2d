"""What HTML a comment may hold, asked of three parsers that must agree."""

from __future__ import annotations

import re
import threading
from html.parser import HTMLParser
from typing import Final

import nh3
from bleach.sanitizer import Cleaner

from commentkit.text.links import LINK_REL
from commentkit.text.urls import is_link

ALLOWED_TAGS: Final = frozenset(
    {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
)
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LIST_START = re.compile(r"[0-9]{1,9}")

Event = tuple[str, ...]


class DistrustedHtmlError(ValueError):
    """Say that the sanitisers disagree, or that something foreign came through them."""


def agreed(html: str) -> tuple[str, list[Event]]:
    """Pass HTML through bleach, then nh3; raise `DistrustedHtmlError` if nh3 removes anything.

    Returned with how the standard library's parser reads what they agreed on.
    """
    once = _by_bleach(html)
    twice = _by_nh3(once)
    structure = structure_of(twice)
    if once != twice and structure_of(once) != structure:
        raise DistrustedHtmlError("nh3 changed what bleach left")
    if not all(_is_allowed(event) for event in structure):
        raise DistrustedHtmlError("something foreign passed both sanitisers")
    return twice, structure


def is_allowed_attribute(tag: str, name: str, value: str) -> bool:
    """Tell whether an element may carry this attribute with exactly this value."""
    if tag == "a":
        return (name == "href" and is_link(value)) or (name == "rel" and value == LINK_REL)
    return tag == "ol" and name == "start" and _LIST_START.fullmatch(value) is not None


def structure_of(html: str) -> list[Event]:
    """Give elements, attributes and text as the standard library's parser reads them.

    The sanitisers spell quotes and no-break spaces differently; only this is comparable.
    """
    reader = _Structure()
    reader.feed(html)
    reader.close()
    return reader.finished()


def _by_bleach(html: str) -> str:
    return str(_cleaner().clean(html))


# Making one takes a fifth as long as it works on a comment. Each thread has its own: its parser
# keeps what it reads on itself.
_own = threading.local()


def _cleaner() -> Cleaner:
    if not hasattr(_own, "cleaner"):
        # Its own scheme check takes "javascript:1" for a host and a port: the callable decides.
        _own.cleaner = Cleaner(
            tags=ALLOWED_TAGS, attributes=is_allowed_attribute, protocols=_SCHEMES
        )
    cleaner: Cleaner = _own.cleaner
    return cleaner


def _by_nh3(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(ALLOWED_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        tag_attribute_values={"a": {"rel": {LINK_REL}}},
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )


def _is_allowed(event: Event) -> bool:
    kind, name, *attributes = event
    if kind == "text":
        return True
    pairs = zip(attributes[::2], attributes[1::2], strict=True)
    return (
        kind in ("start", "end")
        and name in ALLOWED_TAGS
        and all(is_allowed_attribute(name, key, value) for key, value in pairs)
    )


class _Structure(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._events: list[Event] = []
        self._text: list[str] = []

    def finished(self) -> list[Event]:
        self._end_text()
        return self._events

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(
            "start", tag, *(part for name, value in sorted(attrs) for part in (name, value or ""))
        )

    def handle_endtag(self, tag: str) -> None:
        self._add("end", tag)

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self._add("comment", data)

    def handle_decl(self, decl: str) -> None:
        self._add("declaration", decl)

    def unknown_decl(self, data: str) -> None:
        self._add("declaration", data)

    def handle_pi(self, data: str) -> None:
        self._add("instruction", data)

    def _add(self, *event: str) -> None:
        self._end_text()
        self._events.append(event)

    def _end_text(self) -> None:
        if text := "".join(self._text):
            self._events.append(("text", text))
        self._text.clear()
