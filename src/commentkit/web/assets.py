"""The script tag's file and the static files."""

from flask import Response

from commentkit.web.kit import Kit
from commentkit.web.read_path import responses

_MINUTES = "public, max-age=300, stale-while-revalidate=86400"
_FOR_GOOD, _NOT_WITHOUT_ASKING = "public, max-age=31536000, immutable", "public, no-cache"


def embed(kit: Kit) -> Response:
    """Answer with the widget's first file; its address is for ever, so browsers ask again."""
    return _file(kit, "embed.js", _MINUTES)


def static(kit: Kit, digest: str, name: str) -> Response:
    """Answer with a static file; an old digest gets today's file, but not for ever."""
    current = digest == kit.files.digest
    return _file(kit, name, _FOR_GOOD if current else _NOT_WITHOUT_ASKING)


def _file(kit: Kit, name: str, kept: str) -> Response:
    response = responses.said(kit.files.find(name))
    response.headers["Cache-Control"] = kept
    return response
