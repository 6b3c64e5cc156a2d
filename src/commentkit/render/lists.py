"""Names one after the other, as a language joins them."""

from collections.abc import Callable, Iterable


def joiner(language: str) -> Callable[[Iterable[str]], str]:
    """Return what joins names in a language: “A, B, and C”."""
    from babel import Locale
    from babel.lists import format_list

    locale = Locale.parse(language, sep="_" if "_" in language else "-")
    return lambda names: str(format_list(list(names), locale=locale))
