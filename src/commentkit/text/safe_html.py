"""The type of HTML that may be shown: only this package makes it."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar, dataclass
from typing import Final, final

from markupsafe import Markup

_SEAL: Final = object()


@final
@dataclass(frozen=True, slots=True, repr=False)
class SafeHtml:
    """Hold HTML made from a comment's source; it cannot be joined, cut or edited.

    Templates show it as it is (`__html__`); everything else reads `.html` and says so by doing it.
    """

    html: str
    _: KW_ONLY
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("SafeHtml is made by commentkit.text.render, not by hand")

    @classmethod
    def stored(cls, html: str) -> SafeHtml:
        """Read back HTML that `render` made and our own column kept.

        For `discussion` and `view` only; a test reads who calls it.
        """
        return cls(html, seal=_SEAL)

    def __html__(self) -> Markup:
        return Markup(self.html)  # noqa: S704 - the one place: `html` left the sanitisers or our store

    def __str__(self) -> str:
        # str() and f-strings would turn it into a plain string by accident.
        raise TypeError("say SafeHtml.html, or let the template show it")

    def __repr__(self) -> str:
        return f"<SafeHtml of {len(self.html)} characters>"


def sealed(html: str) -> SafeHtml:
    """Vouch for HTML that the sanitisers agreed on, or that was escaped whole."""
    return SafeHtml(html, seal=_SEAL)
