"""Keyset cursors: where the next page begins, signed for the one list that they lead on in."""

import hmac
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct

from commentkit import ids
from commentkit.errors import CommentKitError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = Struct(">qQ")
_MARK_BYTES = 8
"""A guess costs a call, and a lucky one buys one page: 64 bits are plenty."""
_FORM = re.compile(r"[A-Za-z0-9_-]{32}")
"""Place and mark as base64url; no bit is left over, so that each cursor has one spelling."""


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in the order (created_at, id); knowing one opens nothing that is not public."""

    created_at: datetime
    id: int


@dataclass(frozen=True)
class List:
    """What a cursor is good for: one order of one list."""

    name: str


def roots_of(site_id: int, key: str, sort: str) -> List:
    """Name the roots of a thread, in an order."""
    return List(repr((site_id, "roots", key, sort)))


def replies_of(site_id: int, root_id: int) -> List:
    """Name the replies of a root."""
    return List(repr((site_id, "replies", root_id)))


class Cursors:
    """Writes and reads cursors with the deployment's secret; what it wrote is good for ever.

    Without a signature anybody could invent cursors without end, each of which is a page to render.
    """

    def __init__(self, secret: str) -> None:
        self._key = ids.derive(secret, "commentkit.cursor").encode()

    def write(self, place: Cursor, of: List) -> str:
        """Write a place in a list for a link."""
        microseconds = (place.created_at - _EPOCH) // timedelta(microseconds=1)
        packed = _PLACE.pack(microseconds, place.id)
        return ids.base64url(packed + self._mark(packed, of))

    def read(self, text: str | None, of: List) -> Cursor | None:
        """Read what a link carried; raises `bad_cursor` for what was not written for this list."""
        if not text:
            return None
        if _FORM.fullmatch(text) is None:
            raise CommentKitError("bad_cursor")
        said = urlsafe_b64decode(text)
        packed, mark = said[: _PLACE.size], said[_PLACE.size :]
        if not ids.same(mark, self._mark(packed, of)):
            raise CommentKitError("bad_cursor")
        microseconds, number = _PLACE.unpack(packed)
        return Cursor(_EPOCH + timedelta(microseconds=microseconds), number)

    def _mark(self, packed: bytes, of: List) -> bytes:
        return hmac.digest(self._key, packed + of.name.encode(), "sha256")[:_MARK_BYTES]
