"""Which characters show, and what is done with those that do not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

# Names and titles keep this many stacked marks a letter: enough for every orthography, no towers.
_MAX_MARKS: Final = 4
_JOINERS: Final = "\u200c\u200d"
# Take up no ink though their category says letter, mark or symbol; noncharacters; ignorables
# not yet assigned. Source: Unicode DerivedCoreProperties, Default_Ignorable_Code_Point, plus
# the blank Braille pattern and the null note head (read 2026-11-22).
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\ufdd0-\ufdef\U0001d159\U000e0000-\U000e0fff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# LRO and RLO turn Latin letters round, so "moc.knab" reads as a bank; nobody writes with them.
_SHOWN = {0x202D: None, 0x202E: None, 0x0B: " ", 0x0C: " "} | dict.fromkeys(
    [*range(9), *range(14, 32), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], "\ufffd"
)


class UnusableText(ValueError):  # noqa: N818 - the name callers know
    """Say that text holds what not every database gives back: NUL or a lone surrogate."""


def clean_source(source: str) -> str:
    """Turn CRLF into LF, change nothing else; raise `UnusableText` on NUL or a lone surrogate."""
    if _UNSTORABLE.search(source):
        raise UnusableText("text holds NUL or a lone surrogate")
    return source.replace("\r\n", "\n")


def clean_line(value: str, *, limit: int) -> str:
    """Make one line for a name or title: NFC, no invisible characters, single spaces.

    At most `limit` characters; "" if nothing visible remains.
    """
    kept = unicodedata.normalize("NFC", "".join(_kept(value)))
    line = " ".join(kept.split())[:limit].rstrip(" " + _JOINERS)
    return line if is_visible(line) else ""


def is_visible(value: str) -> bool:
    """Tell whether a reader would see anything: a letter, digit, punctuation mark or symbol."""
    return any(_has_ink(character) for character in value)


def shown(text: str) -> str:
    """Replace what must not reach a page: controls, lone surrogates, direction overrides."""
    return text.translate(_SHOWN)


def without_invisible(text: str) -> str:
    """Drop every character that leaves no trace on the screen."""
    return "".join(character for character in text if not _is_invisible(character))


def _has_ink(character: str) -> bool:
    if character.isspace() or unicodedata.category(character).startswith("M"):
        return False
    return not _is_invisible(character)


def _is_invisible(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return not character.isspace()
    return _BLANK.match(character) is not None


def _kept(value: str) -> Iterator[str]:
    marks = 0
    for at, character in enumerate(value):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if character.isspace():
            yield " "
        elif marks <= _MAX_MARKS and _is_kept(value, at):
            yield character


def _is_kept(value: str, at: int) -> bool:
    character, before, after = value[at], value[at - 1 : at], value[at + 1 : at + 2]
    if character in _JOINERS:
        return _is_joined(before, after)
    if _SELECTOR.match(character):
        return _takes_selector(before)
    return not _is_invisible(character)


def _is_joined(before: str, after: str) -> bool:
    """Tell whether a joiner does work here: after a virama, between Arabic letters, in an emoji."""
    if not before:
        return False
    if 9 in (unicodedata.combining(before), unicodedata.combining(after or " ")):
        return True
    arabic = {unicodedata.bidirectional(before), unicodedata.bidirectional(after or " ")} == {"AL"}
    return arabic or (_is_pictured(before) and bool(after) and _is_pictured(after))


def _is_pictured(character: str) -> bool:
    return character == "\ufe0f" or unicodedata.category(character) in ("So", "Sk")


def _takes_selector(before: str) -> bool:
    return bool(before) and unicodedata.category(before) in ("Lo", "Nd", "Po", "Sk", "Sm", "So")
