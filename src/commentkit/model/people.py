"""Accounts, identities, and the tokens that prove who asks."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commentkit.model.base import Base
from commentkit.model.types import Blob, Hash, Id, Instant, LongText, line

STAFF = ("moderator", "owner")
"""The roles of who runs a site. Ask for these, not for others than members: an index finds them."""


class Account(Base):
    """The person here; has one or more identities."""

    __tablename__ = "commentkit_account"
    # The role first: with the site first, PostgreSQL would read its whole public for the badges.
    __table_args__ = (Index(None, "role", "site_id"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(line(16), default="member")
    blocked_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Identity(Base):
    """(site, issuer, subject) and the profile last given with it."""

    __tablename__ = "commentkit_identity"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "account_id"], ["commentkit_account.site_id", "commentkit_account.id"]
        ),
        UniqueConstraint("site_id", "subject_hash"),
        Index(None, "site_id", "account_id"),
        Index(None, "site_id", "picture_id"),
        Index(None, "site_id", "email", "email_verified"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(line(64))
    issuer: Mapped[str] = mapped_column(LongText)
    subject: Mapped[str] = mapped_column(LongText)
    subject_hash: Mapped[bytes] = mapped_column(Hash)
    name: Mapped[str] = mapped_column(line(200))
    handle: Mapped[str | None] = mapped_column(line(200))
    profile_url: Mapped[str | None] = mapped_column(LongText)
    picture_id: Mapped[int | None] = mapped_column(Id)
    email: Mapped[str | None] = mapped_column(line(320))
    """In small letters, so that it is found however it was written."""
    email_verified: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class Token(Base):
    """A viewer's proof in one browser on one site; only the hash of its secret is kept."""

    __tablename__ = "commentkit_token"
    __table_args__ = (
        UniqueConstraint("site_id", "secret_hash"),
        Index(None, "site_id", "expires_at"),
    )

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    secret_hash: Mapped[bytes] = mapped_column(Hash)
    transport: Mapped[str] = mapped_column(line(16))
    origin: Mapped[str] = mapped_column(LongText)
    active_identity_id: Mapped[int | None] = mapped_column(Id)
    """None when only guest identities are held: the form is then signed out."""
    persistent: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class TokenIdentity(Base):
    """One of the identities held side by side under a token."""

    __tablename__ = "commentkit_token_identity"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "token_id"],
            ["commentkit_token.site_id", "commentkit_token.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["site_id", "identity_id"], ["commentkit_identity.site_id", "commentkit_identity.id"]
        ),
        Index("ix_commentkit_token_identity_session", "site_id", "session_hash"),
        # The identity first: MariaDB would take it for its foreign key's own, and never drop it.
        # All three, or SQLite reads the site's rows by their key.
        Index("ix_commentkit_token_identity_identity", "identity_id", "site_id", "token_id"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_id: Mapped[int] = mapped_column(Id, primary_key=True)
    identity_id: Mapped[int] = mapped_column(Id, primary_key=True)
    added_at: Mapped[datetime] = mapped_column(Instant)
    session_hash: Mapped[bytes | None] = mapped_column(Hash)
    """Of issuer and its `sid`, so that a logout there ends what began with it."""


class Passkey(Base):
    """One key that proves an identity: what an authenticator registered (WebAuthn)."""

    __tablename__ = "commentkit_passkey"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "identity_id"], ["commentkit_identity.site_id", "commentkit_identity.id"]
        ),
        UniqueConstraint("site_id", "credential_hash"),
        Index(None, "site_id", "identity_id"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    identity_id: Mapped[int] = mapped_column(Id)
    credential_hash: Mapped[bytes] = mapped_column(Hash)
    credential: Mapped[bytes] = mapped_column(Blob)
    public_key: Mapped[bytes] = mapped_column(Blob)
    sign_count: Mapped[int] = mapped_column(Id, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime] = mapped_column(Instant)


class Consent(Base):
    """What a person consented to at a provider that wants it withdrawn when they go from here.

    Its token was kept for that, and is used for nothing else.
    """

    __tablename__ = "commentkit_consent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "identity_id"], ["commentkit_identity.site_id", "commentkit_identity.id"]
        ),
        UniqueConstraint("site_id", "identity_id"),
        Index(None, "site_id", "withdraw_at"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    identity_id: Mapped[int | None] = mapped_column(Id)
    """None once the identity is erased."""
    provider: Mapped[str] = mapped_column(line(64))
    sealed_token: Mapped[str] = mapped_column(LongText)
    """Encrypted with a key that is not in the database."""
    withdraw_at: Mapped[datetime | None] = mapped_column(Instant)
    """From when on it is to be withdrawn; None as long as the person comes by it."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class AccountChange(Base):
    """Identities that came to an account or left it, noted so that it can be undone."""

    __tablename__ = "commentkit_account_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "account_id"], ["commentkit_account.site_id", "commentkit_account.id"]
        ),
        Index(None, "site_id", "account_id", "created_at"),
    )

    site_id: Mapped[int] = mapped_column(Id, primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(Id)
    other_account_id: Mapped[int | None] = mapped_column(Id)
    """Where they came from, or went to; None for an identity that was new."""
    kind: Mapped[str] = mapped_column(line(16))
    """`link`, `merge`, `claim` or `unlink`."""
    identities: Mapped[list[int]] = mapped_column(JSON)
    """Their ids."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)


class Picture(Base):
    """An avatar as we re-encoded it; the address it came from is kept only as a hash."""

    __tablename__ = "commentkit_picture"
    __table_args__ = (UniqueConstraint("site_id", "source_hash"),)

    site_id: Mapped[int] = mapped_column(Id, ForeignKey("commentkit_site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    source_hash: Mapped[bytes] = mapped_column(Hash)
    content_type: Mapped[str] = mapped_column(line(64))
    body: Mapped[bytes] = mapped_column(Blob)
    created_at: Mapped[datetime] = mapped_column(Instant)
