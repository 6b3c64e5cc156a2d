"""Source to safe HTML, and every other thing that typed text goes through; pure.

What parses and sanitises is imported by the first text that needs it: a process that only reads
never does.
"""

from commentkit.text.bounds import MAX_SOURCE_CHARS
from commentkit.text.characters import UnusableText, clean_line, clean_source, is_visible
from commentkit.text.safe_html import SafeHtml
from commentkit.text.urls import display_host, http_url
from commentkit.text.version import RENDERER_VERSION

__all__ = [
    "MAX_SOURCE_CHARS",
    "RENDERER_VERSION",
    "SafeHtml",
    "UnusableText",
    "clean_line",
    "clean_source",
    "display_host",
    "excerpt",
    "http_url",
    "is_visible",
    "look_alike",
    "render",
]


def render(source: str) -> SafeHtml:
    """Turn any source into safe HTML; what cannot be rendered is shown as plain text."""
    from commentkit.text.rendering import render as rendered

    return rendered(source)


def look_alike(name: str, other: str) -> bool:
    """Tell whether somebody could take one name for the other."""
    from commentkit.text.lookalikes import look_alike as alike

    return alike(name, other)


def excerpt(source: str, *, limit: int) -> str:
    """Give at most `limit` characters of what a reader reads, on one line, cut between words."""
    from commentkit.text.excerpts import excerpt as excerpted

    return excerpted(source, limit=limit)
