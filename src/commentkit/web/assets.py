"""The script tag's file and the static files."""

from pathlib import Path

from flask import Response, request

from commentkit.errors import CommentKitError
from commentkit.web.kit import Kit

_FOLDER = Path(__file__).parents[1] / "static"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".map": "application/json",
}


def embed(kit: Kit) -> Response:
    """Answer with the widget's first file; its address is for ever, so browsers ask again."""
    response = _file("embed.js")
    response.set_etag(kit.renderer.digest[:24])
    response.headers["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
    response.make_conditional(request)
    return response


def static(kit: Kit, digest: str, name: str) -> Response:
    """Answer with a static file; an old digest gets today's file, but not for ever."""
    response = _file(name)
    current = digest == kit.renderer.digest[:16]
    kept = "public, max-age=31536000, immutable" if current else "public, no-cache"
    response.headers["Cache-Control"] = kept
    response.set_etag(kit.renderer.digest[:24])
    response.make_conditional(request)
    return response


def _file(name: str) -> Response:
    path = _FOLDER / name
    if path.parent != _FOLDER or path.suffix not in _TYPES or not path.is_file():
        raise CommentKitError("not_found")
    return Response(path.read_bytes(), content_type=f"{_TYPES[path.suffix]}; charset=utf-8")
