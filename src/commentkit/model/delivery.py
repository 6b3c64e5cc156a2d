"""What leaves the process: subscriptions and the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commentkit.model.base import Base
from commentkit.model.types import Hash, Id, Instant, LongText, line


class Subscription(Base):
    """Somebody's wish to hear of new comments or posts by e-mail."""

    __tablename__ = "commentkit_subscription"
    __table_args__ = (
        UniqueConstraint("site_id", "email_hash", "kind", "thread_id"),
        Index(None, "site_id", "thread_id", "kind", "id"),
        Index(None, "site_id", "mailbox_hash", "created_at"),
        Index(None, "site_id", "account_id"),
        Index(None, "site_id", "confirmed_at", "created_at"),
    )

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(line(16))
    """`comments` (of one thread, replies included) or `posts` (of the site; `thread_id` is 0)."""
    thread_id: Mapped[int] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(Id)
    email: Mapped[str] = mapped_column(line(320))
    email_hash: Mapped[bytes] = mapped_column(Hash)
    mailbox_hash: Mapped[bytes] = mapped_column(Hash)
    """Of the address without its tag: user+anything@host ends in the same mailbox (RFC 5233)."""
    language: Mapped[str] = mapped_column(line(20))
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    """None until the address was proven: by the provider's word, or by the link mailed to it."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class Outbox(Base):
    """A thing to deliver, written in the transaction that causes it."""

    __tablename__ = "commentkit_outbox"
    __table_args__ = (Index(None, "next_at"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(line(32))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    """When to try (again); None once it is delivered or given up."""
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(LongText)
    created_at: Mapped[datetime] = mapped_column(Instant)
