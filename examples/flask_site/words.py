"""What this site itself says, in its two languages; the articles are in Italian alone."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date

LANGUAGES = ("it", "en")

WORDS: Mapping[str, Mapping[str, str]] = {
    "it": {
        "site": "Il quaderno di Marta",
        "motto": "Appunti su parole, mestieri e persone",
        "languages": "Lingua",
        "written_by": "Scritto da",
        "filed_under": "Archiviato in",
        "missing": "Qui non c'è niente",
        "missing_text": "Forse l'indirizzo è incompleto, o l'articolo ha cambiato posto.",
        "all_articles": "Tutti gli articoli",
        "colophon": "Un sito d'esempio: le persone e i fatti raccontati qui sono inventati.",
    },
    "en": {
        "site": "Marta's notebook",
        "motto": "Notes on words, trades and people",
        "languages": "Language",
        "written_by": "By",
        "filed_under": "Filed under",
        "missing": "There is nothing here",
        "missing_text": "Perhaps the address is not complete, or the article has moved.",
        "all_articles": "All the articles",
        "colophon": "An example site: the people and the events told here are invented.",
    },
}


def shown_date(day: date, language: str) -> str:
    """Write `day` out in full, as the language does."""
    return format_date(day, format="long", locale=language)
