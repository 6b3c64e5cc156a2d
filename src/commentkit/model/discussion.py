"""Threads and their comments."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    Boolean,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from commentkit.model.base import Base
from commentkit.model.types import Hash, Id, Instant, LongText, line


class Thread(Base):
    """One page's discussion."""

    __tablename__ = "commentkit_thread"
    __table_args__ = (UniqueConstraint("site_id", "key_hash"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(LongText)
    key_hash: Mapped[bytes] = mapped_column(Hash)
    url: Mapped[str | None] = mapped_column(LongText)
    title: Mapped[str] = mapped_column(line(200), default="")
    language: Mapped[str | None] = mapped_column(line(20))
    version: Mapped[int] = mapped_column(Integer, default=1)
    comment_count: Mapped[int] = mapped_column(Integer, default=0)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    """Closed by hand; closing after N days is the site's rule and follows from `created_at`."""
    url_checked_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the server itself last fetched `url` and found our tag there."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class Comment(Base):
    """A root comment or a reply, with a snapshot of its author as they were."""

    __tablename__ = "commentkit_comment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "thread_id"], ["commentkit_thread.site_id", "commentkit_thread.id"]
        ),
        UniqueConstraint("site_id", "idempotency_hash"),
        Index(
            "ix_commentkit_comment_children",
            "site_id",
            "thread_id",
            "parent_id",
            "shown",
            "created_at",
            "id",
        ),
        Index(
            "ix_commentkit_comment_replies",
            "site_id",
            "thread_id",
            "root_id",
            "shown",
            "created_at",
            "id",
        ),
        # Status before thread: whether somebody was ever approved is asked with each comment.
        Index(
            "ix_commentkit_comment_author",
            "site_id",
            "account_id",
            "status",
            "thread_id",
            "created_at",
            "id",
        ),
        Index("ix_commentkit_comment_queue", "site_id", "status", "created_at", "id"),
        # Long enough that SQLite prefers it without statistics to the thread's whole order.
        Index(
            "ix_commentkit_comment_same_words",
            "site_id",
            "thread_id",
            "source_hash",
            "parent_id",
            "created_at",
        ),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(Id)
    parent_id: Mapped[int | None] = mapped_column(Id)
    root_id: Mapped[int] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(Id)
    identity_id: Mapped[int] = mapped_column(Id)
    author_name: Mapped[str] = mapped_column(line(200))
    author_url: Mapped[str | None] = mapped_column(LongText)
    author_picture_id: Mapped[int | None] = mapped_column(Id)
    author_provider: Mapped[str] = mapped_column(line(64))
    source: Mapped[str] = mapped_column(LongText)
    source_hash: Mapped[bytes] = mapped_column(Hash)
    html: Mapped[str] = mapped_column(LongText)
    renderer_version: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(line(16))
    shown: Mapped[bool] = mapped_column(Boolean)
    """Approved, or a tombstone that holds the place of one with shown replies."""
    reply_count: Mapped[int] = mapped_column(Integer, default=0)
    """Of a root: its shown replies at any depth."""
    idempotency_hash: Mapped[bytes | None] = mapped_column(Hash)
    created_at: Mapped[datetime] = mapped_column(Instant)
    edited_at: Mapped[datetime | None] = mapped_column(Instant)
    announced_at: Mapped[datetime | None] = mapped_column(Instant)
    """When subscribers were told of it, which happens once, whatever its status does later."""
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class Draft(Base):
    """What a reader without JavaScript has typed, kept from one page to the next."""

    __tablename__ = "commentkit_draft"
    __table_args__ = (Index(None, "site_id", "expires_at"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    secret_hash: Mapped[bytes] = mapped_column(Hash)
    thread_key_hash: Mapped[bytes] = mapped_column(Hash)
    typed: Mapped[dict[str, str]] = mapped_column(JSON)
    """The form's fields by name."""
    state: Mapped[str] = mapped_column(line(16), default="")
    """The state of the identity part that was asked for: `changing`, `guest` or empty."""
    notice: Mapped[str] = mapped_column(line(64), default="")
    """The code of an error to show with it, and whom it concerns."""
    notice_about: Mapped[str] = mapped_column(line(200), default="")
    expires_at: Mapped[datetime] = mapped_column(Instant)
