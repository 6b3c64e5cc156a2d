"""Keyset cursors: where the next page begins, as (time, id)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from commentkit.errors import CommentKitError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(r"(-?[0-9]{1,17})\.([0-9]{1,19})", re.ASCII)
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in the order (created_at, id); knowing one opens nothing that is not public."""

    created_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.created_at - _EPOCH) // timedelta(microseconds=1)}.{self.id}"


def read_cursor(text: str | None) -> Cursor | None:
    """Read what a page's link carried; raises `bad_cursor`."""
    if not text:
        return None
    match = _FORM.fullmatch(text)
    if match is None or int(match[2]) > _MAX_ID:
        raise CommentKitError("bad_cursor")
    try:
        return Cursor(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))
    except OverflowError as error:
        raise CommentKitError("bad_cursor") from error
