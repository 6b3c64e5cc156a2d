"""Content codings: which one a reader takes, and the bytes in it."""

import zlib
from functools import lru_cache

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # an extra of its own: `commentkit[serve]` brings it
    brotli = None

MIN_BYTES = 256
"""Less is not worth a coding's own overhead."""
_MAX_HEADER = 200
_GZIP_LEVEL, _BROTLI_LEVEL = 6, 5
_GZIP_WINDOW = 31


def codings() -> tuple[str, ...]:
    """Return what can be made here, the smallest first."""
    return ("br", "gzip") if brotli is not None else ("gzip",)


def chosen(accept_encoding: str) -> str:
    """Choose the smallest coding that an Accept-Encoding takes, or "" (RFC 9110 §12.5.3)."""
    return _chosen(accept_encoding) if len(accept_encoding) <= _MAX_HEADER else ""


@lru_cache(256)
def _chosen(accept_encoding: str) -> str:
    accepted = parse_accept_header(accept_encoding, Accept)
    wanted = [coding for coding in codings() if accepted.quality(coding) > 0]
    return max(wanted, key=accepted.quality, default="")


def encode(body: bytes, coding: str) -> bytes:
    """Return the bytes in one of the `codings`; always the same, so that a strong ETag holds."""
    if coding == "br":
        return bytes(brotli.compress(body, quality=_BROTLI_LEVEL))
    return zlib.compress(body, _GZIP_LEVEL, wbits=_GZIP_WINDOW)
