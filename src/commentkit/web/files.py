"""The static files in memory, as they are sent."""

from dataclasses import dataclass, field
from pathlib import Path

from commentkit.errors import CommentKitError
from commentkit.web.read_path.page import Page

_FOLDER = Path(__file__).parents[1] / "static"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".map": "application/json",
}
_MARKED, _MARK = "embed.js", b"%digest%"
"""The first file tells where the others are, so that they are asked for without waiting."""


@dataclass(frozen=True)
class Files:
    """Each file, read when first asked for; the digest speaks of the same reading."""

    digest: str
    pages: dict[str, Page] = field(default_factory=dict)

    def find(self, name: str) -> Page:
        """Return a file; raises `not_found` for what is none of ours."""
        page = self.pages.get(name)
        if page is None:
            page = self.pages[name] = self._read(name)
        return page

    def _read(self, name: str) -> Page:
        path = _FOLDER / name
        if path.parent != _FOLDER or path.suffix not in _TYPES or not path.is_file():
            raise CommentKitError("not_found")
        body = path.read_bytes()
        if name == _MARKED:
            body = body.replace(_MARK, self.digest.encode())
        return Page(self.digest, f"{_TYPES[path.suffix]}; charset=utf-8", body)
