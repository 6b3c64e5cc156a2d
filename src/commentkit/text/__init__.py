"""Source to safe HTML, and every other thing that typed text goes through; pure."""

from commentkit.text.bounds import MAX_SOURCE_CHARS
from commentkit.text.characters import UnusableText, clean_line, clean_source, is_visible
from commentkit.text.excerpts import excerpt
from commentkit.text.rendering import RENDERER_VERSION, render
from commentkit.text.safe_html import SafeHtml
from commentkit.text.urls import display_host, http_url

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
    "render",
]
