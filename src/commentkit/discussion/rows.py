"""A comment as the read side needs it: columns without an entity, at a quarter of the cost."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Table

from commentkit.model import Comment, Thread


class ShownRow(NamedTuple):
    """The columns of a comment that are shown, under the names they have in the table."""

    id: int
    parent_id: int | None
    root_id: int
    account_id: int
    author_name: str
    author_url: str | None
    author_picture_id: int | None
    author_provider: str
    html: str
    status: str
    reply_count: int
    created_at: datetime
    edited_at: datetime | None

    @classmethod
    def of(cls, row: "Shown") -> "ShownRow":
        """Keep of a comment what this holds."""
        if isinstance(row, cls):
            return row
        return cls._make(getattr(row, name) for name in cls._fields)


class ThreadRow(NamedTuple):
    """What a viewer answer says of a thread, under the names it has in the table."""

    site_id: int
    id: int
    url: str | None
    title: str
    version: int
    comment_count: int
    closed_at: datetime | None
    created_at: datetime


AnyThread = Thread | ThreadRow
"""What says how a thread stands, likewise."""
Shown = Comment | ShownRow
"""What showing a comment is content with: an entity has all that a row has."""

TABLE: Table = Comment.__table__  # type: ignore[assignment]
COLUMNS: tuple[Any, ...] = tuple(TABLE.c[name] for name in ShownRow._fields)
