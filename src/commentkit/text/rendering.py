"""The one way from what a person typed to HTML."""

from __future__ import annotations

import logging
import re
from html import escape
from typing import Final

from commentkit.text.allowlist import DistrustedHtmlError, Event, agreed
from commentkit.text.bounds import (
    MAX_HTML_BYTES,
    OutOfBoundsError,
    check_html,
    check_source,
    check_tokens,
)
from commentkit.text.characters import is_visible, shown
from commentkit.text.markdown import html_of, tokens_of
from commentkit.text.safe_html import SafeHtml, sealed
from commentkit.text.tokens import prepared

# One character becomes at most six bytes (&quot;), so this many fit whatever they are.
_PLAIN_CHARS: Final = MAX_HTML_BYTES // 6 - len("<p></p>")
_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

_log = logging.getLogger("commentkit.text")


def render(source: str) -> SafeHtml:
    """Turn any source into safe HTML; what cannot be rendered is shown as plain text."""
    return _rendered(source) or sealed(_plain(source))


def _rendered(source: str) -> SafeHtml | None:
    """Render Markdown, or None where a bound, a disagreement or a failing parser forbids it."""
    try:
        return sealed(_markdown(source))
    except OutOfBoundsError:
        return None
    except DistrustedHtmlError as reason:
        _log.error("comment shown as plain text: %s", reason)
    except Exception as failure:  # noqa: BLE001 - a parser that fails must not cost the comment
        # Its message may quote the comment, which belongs in no log.
        _log.error("comment shown as plain text: renderer raised %s", type(failure).__name__)
    return None


def _markdown(source: str) -> str:
    check_source(source)
    tokens = tokens_of(shown(source))
    check_tokens(tokens)
    html = html_of(prepared(tokens))
    check_html(html)
    safe, structure = agreed(html)
    check_html(safe)
    _check_shows(structure)
    return safe


def _check_shows(structure: list[Event]) -> None:
    """Refuse a page of nothing: a source of link definitions alone would vanish."""
    if not any(kind == "text" and is_visible(text) for kind, text, *_ in structure):
        raise OutOfBoundsError("nothing to see")


def _plain(source: str) -> str:
    text = shown(source).replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _PLAIN_CHARS:
        text = text[:_PLAIN_CHARS] + "…"
    paragraphs = _EMPTY_LINES.split(escape(text).strip("\n"))
    return "\n".join(f"<p>{_with_breaks(part)}</p>" for part in paragraphs)


def _with_breaks(escaped: str) -> str:
    return escaped.replace("\n", "<br>\n")
