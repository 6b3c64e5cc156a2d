"""A person as others see them: a name, a picture or else initials on a colour that stays theirs."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

COLOURS = 8
"""How many avatar colours the stylesheet has: `.colour-0` to `.colour-7`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody who writes, or who is about to."""

    name: str
    url: str | None = None
    picture: str | None = None
    """Address of the picture on our own server; None when there is none."""
    picture_alt: str | None = None
    """A sentence of the catalogue that says whose word the picture is; None for a guest."""
    initials: str
    colour: int
    provider: str | None = None
    """The provider's own name; None for a guest."""
    guest: bool = False


def person_view(
    name: str,
    *,
    seed: int,
    url: str | None = None,
    picture: str | None = None,
    provider: str | None = None,
    picture_alt: str | None = None,
) -> PersonView:
    """Make a person; `seed` (an account's id) decides the colour, never a name or an e-mail."""
    return PersonView(
        name=name,
        url=url,
        picture=picture,
        picture_alt=picture_alt,
        initials=initials_of(name),
        colour=colour_of(seed),
        provider=provider,
        guest=provider is None,
    )


@lru_cache(4096)
def initials_of(name: str) -> str:
    """Return one or two letters of a name: of its first and last word that has any."""
    words = [letters for word in name.split() if (letters := _first_letter(word))]
    return "".join(words[:1] + words[1:][-1:]).upper() or "?"


def colour_of(seed: int) -> int:
    """Spread ids over the colours; their low bits are random."""
    return seed % COLOURS


def _first_letter(word: str) -> str:
    """Return the first letter or digit with its accents composed; "" when there is none."""
    if word[0].isalnum() and word.isascii():
        return word[0]
    composed = unicodedata.normalize("NFC", word)
    return next((sign for sign in composed if unicodedata.category(sign)[0] in "LN"), "")
