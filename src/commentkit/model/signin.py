"""Sign-ins under way, the tickets they end in, and what makes them safe to answer once."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commentkit.model.base import Base
from commentkit.model.types import Hash, Id, Instant, LongText, line


class Attempt(Base):
    """One sign-in under way, bound to the browser that holds its cookie."""

    __tablename__ = "commentkit_attempt"
    __table_args__ = (
        UniqueConstraint("site_id", "state_hash"),
        Index(None, "site_id", "expires_at"),
        Index(None, "site_id", "identity_id"),
    )

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    state_hash: Mapped[bytes] = mapped_column(Hash)
    cookie_hash: Mapped[bytes] = mapped_column(Hash)
    provider: Mapped[str] = mapped_column(line(64))
    purpose: Mapped[str] = mapped_column(line(16), default="sign_in", server_default="sign_in")
    """`sign_in`; `link`: one more identity for `account_id`."""
    account_id: Mapped[int | None] = mapped_column(Id)
    """Who began it, where that person is the purpose's object; never taken from the answer."""
    instance: Mapped[str | None] = mapped_column(LongText)
    """Which server of a provider that has many: its issuer, as looked up when it began."""
    mode: Mapped[str] = mapped_column(line(8))
    """`popup`, `tab` (the widget, in this tab) or `page` (without JavaScript)."""
    origin: Mapped[str] = mapped_column(LongText)
    aid: Mapped[str] = mapped_column(line(64))
    """The widget's own name for this attempt; public."""
    challenge: Mapped[str | None] = mapped_column(line(64))
    """S256 of the widget's verifier; None only in mode `page`."""
    switch: Mapped[bool] = mapped_column(Boolean, default=False)
    language: Mapped[str] = mapped_column(line(20))
    thread_key: Mapped[str | None] = mapped_column(LongText)
    page_url: Mapped[str | None] = mapped_column(LongText)
    """The page that waits, as the request told; it leads nowhere before we looked at it."""
    return_to: Mapped[str | None] = mapped_column(LongText)
    """Mode `page`: a path of our own, or one that the host signed."""
    provider_secret: Mapped[str | None] = mapped_column(LongText)
    """OAuth 1.0a's request-token secret, or what a page of ours notes; dropped once answered."""
    identity_id: Mapped[int | None] = mapped_column(Id)
    session_hash: Mapped[bytes | None] = mapped_column(Hash)
    """Of issuer and its `sid`, for the token that this ends in."""
    outcome: Mapped[str | None] = mapped_column(line(64))
    """None while under way, `done`, or the code of the error it ended in."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Ticket(Base):
    """Single-use and short-lived: what a finished attempt hands to the widget."""

    __tablename__ = "commentkit_ticket"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "attempt_id"],
            ["commentkit_attempt.site_id", "commentkit_attempt.id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("site_id", "secret_hash"),
        Index(None, "site_id", "attempt_id"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    secret_hash: Mapped[bytes] = mapped_column(Hash)
    attempt_id: Mapped[int] = mapped_column(Id)
    identity_id: Mapped[int] = mapped_column(Id)
    origin: Mapped[str] = mapped_column(LongText)
    challenge: Mapped[str] = mapped_column(line(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    redeemed_at: Mapped[datetime | None] = mapped_column(Instant)
    token_id: Mapped[int | None] = mapped_column(Id)
    """The token it became: a second redemption revokes it."""


class Registration(Base):
    """Our own client at one server of a provider that has many, made by the server on request."""

    __tablename__ = "commentkit_registration"
    __table_args__ = (
        UniqueConstraint("site_id", "issuer_hash"),
        Index(None, "site_id", "expires_at"),
    )

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    issuer_hash: Mapped[bytes] = mapped_column(Hash)
    """Of provider, issuer, and what else the client was registered for."""
    provider: Mapped[str] = mapped_column(line(64))
    issuer: Mapped[str] = mapped_column(LongText)
    client_id: Mapped[str] = mapped_column(LongText)
    sealed_secret: Mapped[str] = mapped_column(LongText)
    """Encrypted with a key that is not in the database."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    """When to ask the server whether it still knows the client."""


class Spent(Base):
    """Something that counts once and was used: a `jti`, a response nonce, a mailed link."""

    __tablename__ = "commentkit_spent"
    __table_args__ = (Index(None, "site_id", "expires_at"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(Hash, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
