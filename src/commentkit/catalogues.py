"""The words: catalogues read from `.po` files at first use, and the choice of a language."""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

DEFAULT_LANGUAGE = "en"
"""The language of the sentences in the source."""
_DOMAIN = "commentkit"
_WISHES_KEPT = 256
_LONGEST_WISH = 200
"""Characters of an Accept-Language header that are looked at; no browser's own is longer."""


class Catalogues:
    """The catalogues under `<folder>/<language>/LC_MESSAGES/commentkit.po`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, NullTranslations] = {}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Return what there is, the language of the source first."""
        found = sorted(path.parts[-3] for path in self.folder.glob(f"*/LC_MESSAGES/{_DOMAIN}.po"))
        return (DEFAULT_LANGUAGE, *(name for name in found if name != DEFAULT_LANGUAGE))

    def translations(self, language: str) -> NullTranslations:
        """Return the catalogue of one of `languages`; English has none and needs none."""
        if language not in self._read:
            self._read[language] = self._load(language)
        return self._read[language]

    def gettext(self, language: str, message: str, values: Mapping[str, object]) -> str:
        """Translate and fill; a sentence without places may hold a bare percent sign."""
        translated: str = self._known(language).gettext(message)
        return translated % values if values else translated

    def ngettext(self, language: str, one: str, many: str, count: int) -> str:
        """Translate by the plural rule of the language and fill %(num)s."""
        translated: str = self._known(language).ngettext(one, many, count)
        return translated % {"num": count}

    def negotiate(self, asked: str | None, default: str) -> str:
        """Choose among `languages` for a tag or a header; at most 200 characters are read."""
        for tag in _wishes(asked[:_LONGEST_WISH]) if asked else ():
            if known := self._match(tag):
                return known
        return self._match(default) or DEFAULT_LANGUAGE

    def _match(self, tag: str) -> str | None:
        wanted = tag.replace("_", "-").lower()
        return self._by_tag.get(wanted) or self._by_tag.get(wanted.partition("-")[0])

    @cached_property
    def _by_tag(self) -> Mapping[str, str]:
        return {name.replace("_", "-").lower(): name for name in self.languages}

    def _known(self, language: str) -> NullTranslations:
        return self.translations(language if language in self.languages else DEFAULT_LANGUAGE)

    def _load(self, language: str) -> NullTranslations:
        path = self.folder / language / "LC_MESSAGES" / f"{_DOMAIN}.po"
        if language == DEFAULT_LANGUAGE or not path.is_file():
            return NullTranslations()
        # Only a catalogue needs Babel: a server that speaks English starts without.
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        return GNUTranslations(compiled)


def direction(language: str) -> str:
    """Return `ltr` or `rtl`, as the HTML attribute `dir` wants it."""
    if language == DEFAULT_LANGUAGE:
        return "ltr"
    from babel import Locale

    text_direction: str = Locale.parse(language, sep="_" if "_" in language else "-").text_direction
    return text_direction


@lru_cache(_WISHES_KEPT)
def _wishes(header: str) -> tuple[str, ...]:
    """Return the tags of an Accept-Language value (RFC 9110 §12.5.4), most wanted first."""
    weighed: list[tuple[float, int, str]] = []
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter.strip())
        if tag.strip() and weight > 0:
            weighed.append((-weight, len(weighed), tag.strip()))
    return tuple(tag for _, _, tag in sorted(weighed))


def _weight(parameter: str) -> float:
    if not parameter.startswith("q="):
        return 1.0
    try:
        return min(max(float(parameter[2:]), 0.0), 1.0)
    except ValueError:
        return 0.0
