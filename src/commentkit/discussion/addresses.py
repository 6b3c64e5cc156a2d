"""From a page's address to a thread's stable key."""

from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from commentkit.errors import CommentKitError
from commentkit.sites import origin_of

MAX_CHARS = 2_000
_KEPT = 256
"""Addresses that are worked out once: the readers of a page ask for the same."""
_TRACKING = frozenset(
    {"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "igshid", "ref_src"}
)
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "commentkit")


@lru_cache(_KEPT)
def canonical_url(url: str) -> str:
    """Return an absolute address without fragment and tracking parameters.

    Raises `thread_not_allowed` for what is no address of a page.
    """
    origin = origin_of(url) if len(url) <= MAX_CHARS else None
    if origin is None or any(_cannot_be(c) for c in url):
        raise CommentKitError("thread_not_allowed")
    parts = urlsplit(url)
    query = urlencode([pair for pair in parse_qsl(parts.query, True) if not _tracks(pair[0])])
    scheme, _, host = origin.partition("://")
    address = urlunsplit((scheme, host, parts.path or "/", query, ""))
    if len(address) > MAX_CHARS:  # percent-encoding makes some queries longer
        raise CommentKitError("thread_not_allowed")
    return address


def _cannot_be(character: str) -> bool:
    """Tell control characters, spaces and lone surrogates, which no database or page takes."""
    return character <= " " or character == "\x7f" or "\ud800" <= character <= "\udfff"


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def key_of(*, key: str | None, url: str | None) -> str:
    """Return a thread's key: the one given, else the address without its scheme.

    Raises `thread_missing` where neither is given or the key cannot be one.
    """
    if key:
        if len(key) > MAX_CHARS or not key.isprintable():
            raise CommentKitError("thread_missing")
        return key
    if url:
        return canonical_url(url).partition("://")[2]
    raise CommentKitError("thread_missing")
