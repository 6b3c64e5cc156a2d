"""Which names look alike: the idea of UTS #39's skeletons, drawn wider, for a few names to protect.

Case, accents, spaces, marks and what cannot be seen go; letters of other scripts, digits and signs
become the Latin letter they are drawn like.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

_KEPT = 2_000
"""Names whose skeletons are kept: those to protect are asked for with each comment."""
_MOST_CHARS = 200
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SIGNS = str.maketrans("013456789@$!|€£+¢¡", "oleasbtbgasiieltci")
"""Digits and signs that people write for letters. The bar and I and l are one, as i, below."""
_FANCY = str.maketrans("ᗩᗷʌλδŋπภทת", "abaaannnnn")
"""Letters of other scripts that nobody takes for others but who plays with them."""
_NAMED = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER|LATIN LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER"
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|LATIN (?:SMALL|CAPITAL) LETTER DOTLESS) "
    r"(?P<letter>[A-Z])(?: WITH .*)?"
)
"""What Unicode itself calls a Latin letter, though it takes it apart no further: Ł, ŧ, 🅰."""
_ONE_STROKE = str.maketrans("lj1", "iii")


def look_alike(name: str, other: str) -> bool:
    """Tell whether somebody could take one name for the other."""
    return not skeletons(name).isdisjoint(skeletons(other))


@lru_cache(_KEPT)
def skeletons(name: str) -> frozenset[str]:
    """Return what a name comes down to: as it is written, in small letters, and in capitals.

    A small letter of another script may look like another Latin one than its capital. Of a name
    without letters its signs are left, as they are; empty where nothing is to be seen.
    """
    name = unicodedata.normalize("NFKC", name[:_MOST_CHARS])
    found = frozenset(_skeleton(each) for each in (name, name.lower(), name.upper())) - {""}
    signs = "".join(char for char in name if unicodedata.category(char)[0] == "S")
    return found or frozenset({signs}) - {""}


def _skeleton(name: str) -> str:
    drawn = name.translate(_drawn_like())
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", drawn).casefold())
    drawn = "".join(map(_letter, plain.translate(_drawn_like()))).casefold()
    signs = drawn.translate(_FANCY).translate(_SIGNS)
    # Letters and digits alone: no marks, spaces, signs, or characters that cannot be seen.
    letters = "".join(char for char in signs if unicodedata.category(char)[0] in "LN")
    for pair, letter in _PAIRS:
        letters = letters.replace(pair, letter)
    return letters.translate(_ONE_STROKE)


def _letter(char: str) -> str:
    """Return the plain letter that a character is by its own name, else the character."""
    if char.isascii():
        return char
    named = _NAMED.fullmatch(unicodedata.name(char, ""))
    return named["letter"] if named else char


@cache
def _drawn_like() -> Mapping[int, str]:
    """Read the table: character → what it is drawn like."""
    table = files("commentkit.text").joinpath("confusables.txt").read_text("utf-8")
    rows = (row.split(" ", 1) for row in table.splitlines() if row and not row.startswith("# "))
    return {ord(char): letter for letter, chars in rows for char in chars if not char.isascii()}
