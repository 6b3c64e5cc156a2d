"""One public answer as bytes: its strong ETag, its headers, and its content codings."""

import hashlib
from dataclasses import dataclass, field

from commentkit.web.read_path import coding

CACHE_CONTROL = "public, max-age=0, s-maxage=1, stale-while-revalidate=10"
"""Browsers ask each time, and mostly hear 304; a shared cache may hold it for a second."""
EVERYONE = (
    ("Cache-Control", CACHE_CONTROL),
    ("Vary", "Accept-Encoding"),
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)
ALONE = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
"""A part of a page stands on its page. Opened by itself or framed, it runs and sends nothing."""

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Form:
    """The page in one content coding."""

    etag: str
    body: bytes
    headers: Headers
    not_modified: Headers


@dataclass(frozen=True)
class Page:
    """The same bytes for everyone."""

    label: str
    """What it shows, for the ETag: the thread's id and version."""
    content_type: str
    body: bytes
    forms: dict[str, Form] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return about how many bytes it takes here with its compressed forms."""
        return len(self.body) + len(self.body) // 2

    def form(self, accept_encoding: str) -> Form:
        """Return it in the best coding that the header takes."""
        wanted = coding.chosen(accept_encoding) if len(self.body) >= coding.MIN_BYTES else ""
        return self.forms.get(wanted) or self._made(wanted)

    def _made(self, wanted: str) -> Form:
        """Make a form; two readers at once may both, and make the same."""
        body = coding.encode(self.body, wanted) if wanted else self.body
        etag = f'"{self._digest}{"-" if wanted else ""}{wanted}"'
        common = [("ETag", etag), *EVERYONE]
        headers = [
            ("Content-Type", self.content_type),
            ("Content-Length", str(len(body))),
            ALONE,
            *([("Content-Encoding", wanted)] if wanted else []),
            *common,
        ]
        form = self.forms[wanted] = Form(etag, body, headers, common)
        return form

    @property
    def _digest(self) -> str:
        """Name the bytes by themselves: rows may be newer than the version read before them."""
        return f"{self.label}-{hashlib.sha256(self.body).hexdigest()[:24]}"


def matches(if_none_match: str, etag: str) -> bool:
    """Tell whether the reader has those bytes (RFC 9110 §13.1.2: compared weakly)."""
    if if_none_match == etag:
        return True
    tags = (tag.strip().removeprefix("W/") for tag in if_none_match[:1000].split(","))
    return any(tag in (etag, "*") for tag in tags)
