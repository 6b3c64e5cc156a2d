"""The first tables

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

from commentkit.model import types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "commentkit_site",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", types.line(40), nullable=False),
        sa.Column("title", types.line(200), nullable=False),
        sa.Column("language", types.line(20), nullable=False),
        sa.Column("return_url", types.LongText, nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commentkit_site")),
        sa.UniqueConstraint("name", name=op.f("uq_commentkit_site_name")),
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_account",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", types.line(16), nullable=False),
        sa.Column("blocked_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_account_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_account")),
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_attempt",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state_hash", types.Hash, nullable=False),
        sa.Column("cookie_hash", types.Hash, nullable=False),
        sa.Column("provider", types.line(64), nullable=False),
        sa.Column("mode", types.line(8), nullable=False),
        sa.Column("origin", types.LongText, nullable=False),
        sa.Column("aid", types.line(64), nullable=False),
        sa.Column("challenge", types.line(64), nullable=True),
        sa.Column("switch", sa.Boolean(), nullable=False),
        sa.Column("language", types.line(20), nullable=False),
        sa.Column("thread_key", types.LongText, nullable=True),
        sa.Column("page_url", types.LongText, nullable=True),
        sa.Column("return_to", types.LongText, nullable=True),
        sa.Column("provider_secret", types.LongText, nullable=True),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", types.line(64), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_attempt_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_attempt")),
        sa.UniqueConstraint(
            "site_id", "state_hash", name=op.f("uq_commentkit_attempt_site_id_state_hash")
        ),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_attempt_site_id_expires_at"),
        "commentkit_attempt",
        ["site_id", "expires_at"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_draft",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret_hash", types.Hash, nullable=False),
        sa.Column("thread_key_hash", types.Hash, nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("state", types.line(16), nullable=False),
        sa.Column("notice", types.line(64), nullable=False),
        sa.Column("notice_about", types.line(200), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_draft_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_draft")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_draft_site_id_expires_at"),
        "commentkit_draft",
        ["site_id", "expires_at"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_outbox",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", types.line(32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", types.Instant(), nullable=True),
        sa.Column("done_at", types.Instant(), nullable=True),
        sa.Column("failed_at", types.Instant(), nullable=True),
        sa.Column("last_error", types.LongText, nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_outbox_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_outbox")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_outbox_next_at"), "commentkit_outbox", ["next_at"], if_not_exists=True
    )

    op.create_table(
        "commentkit_picture",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_hash", types.Hash, nullable=False),
        sa.Column("content_type", types.line(64), nullable=False),
        sa.Column("body", types.Blob, nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_picture_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_picture")),
        sa.UniqueConstraint(
            "site_id", "source_hash", name=op.f("uq_commentkit_picture_site_id_source_hash")
        ),
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_site_origin",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_hash", types.Hash, nullable=False),
        sa.Column("origin", types.LongText, nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_site_origin_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "origin_hash", name=op.f("pk_commentkit_site_origin")),
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_subscription",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", types.line(16), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("email", types.line(320), nullable=False),
        sa.Column("email_hash", types.Hash, nullable=False),
        sa.Column("mailbox_hash", types.Hash, nullable=False),
        sa.Column("language", types.line(20), nullable=False),
        sa.Column("confirmed_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_subscription_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_subscription")),
        sa.UniqueConstraint(
            "site_id",
            "email_hash",
            "kind",
            "thread_id",
            name=op.f("uq_commentkit_subscription_site_id_email_hash_kind_thread_id"),
        ),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_subscription_site_id_thread_id_kind_id"),
        "commentkit_subscription",
        ["site_id", "thread_id", "kind", "id"],
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_subscription_site_id_mailbox_hash_created_at"),
        "commentkit_subscription",
        ["site_id", "mailbox_hash", "created_at"],
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_thread",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", types.LongText, nullable=False),
        sa.Column("key_hash", types.Hash, nullable=False),
        sa.Column("url", types.LongText, nullable=True),
        sa.Column("title", types.line(200), nullable=False),
        sa.Column("language", types.line(20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("url_checked_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_thread_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_thread")),
        sa.UniqueConstraint(
            "site_id", "key_hash", name=op.f("uq_commentkit_thread_site_id_key_hash")
        ),
        if_not_exists=True,
    )
    op.create_table(
        "commentkit_token",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret_hash", types.Hash, nullable=False),
        sa.Column("transport", types.line(16), nullable=False),
        sa.Column("origin", types.LongText, nullable=False),
        sa.Column("active_identity_id", sa.BigInteger(), nullable=True),
        sa.Column("persistent", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("revoked_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_token_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_token")),
        sa.UniqueConstraint(
            "site_id", "secret_hash", name=op.f("uq_commentkit_token_site_id_secret_hash")
        ),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_token_site_id_expires_at"),
        "commentkit_token",
        ["site_id", "expires_at"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_comment",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("author_name", types.line(200), nullable=False),
        sa.Column("author_url", types.LongText, nullable=True),
        sa.Column("author_picture_id", sa.BigInteger(), nullable=True),
        sa.Column("author_provider", types.line(64), nullable=False),
        sa.Column("source", types.LongText, nullable=False),
        sa.Column("source_hash", types.Hash, nullable=False),
        sa.Column("html", types.LongText, nullable=False),
        sa.Column("renderer_version", sa.Integer(), nullable=False),
        sa.Column("status", types.line(16), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("reply_count", sa.Integer(), nullable=False),
        sa.Column("idempotency_hash", types.Hash, nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("edited_at", types.Instant(), nullable=True),
        sa.Column("announced_at", types.Instant(), nullable=True),
        sa.Column("deleted_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "thread_id"],
            ["commentkit_thread.site_id", "commentkit_thread.id"],
            name=op.f("fk_commentkit_comment_site_id_thread_id_commentkit_thread"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_comment")),
        sa.UniqueConstraint(
            "site_id",
            "idempotency_hash",
            name=op.f("uq_commentkit_comment_site_id_idempotency_hash"),
        ),
        if_not_exists=True,
    )
    op.create_index(
        "ix_commentkit_comment_author",
        "commentkit_comment",
        ["site_id", "account_id", "status", "thread_id", "created_at", "id"],
        if_not_exists=True,
    )
    op.create_index(
        "ix_commentkit_comment_children",
        "commentkit_comment",
        ["site_id", "thread_id", "parent_id", "shown", "created_at", "id"],
        if_not_exists=True,
    )
    op.create_index(
        "ix_commentkit_comment_queue",
        "commentkit_comment",
        ["site_id", "status", "created_at", "id"],
        if_not_exists=True,
    )
    op.create_index(
        "ix_commentkit_comment_replies",
        "commentkit_comment",
        ["site_id", "thread_id", "root_id", "shown", "created_at", "id"],
        if_not_exists=True,
    )
    op.create_index(
        "ix_commentkit_comment_same_words",
        "commentkit_comment",
        ["site_id", "thread_id", "source_hash", "parent_id", "created_at"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_identity",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", types.line(64), nullable=False),
        sa.Column("issuer", types.LongText, nullable=False),
        sa.Column("subject", types.LongText, nullable=False),
        sa.Column("subject_hash", types.Hash, nullable=False),
        sa.Column("name", types.line(200), nullable=False),
        sa.Column("handle", types.line(200), nullable=True),
        sa.Column("profile_url", types.LongText, nullable=True),
        sa.Column("picture_id", sa.BigInteger(), nullable=True),
        sa.Column("email", types.line(320), nullable=True),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "account_id"],
            ["commentkit_account.site_id", "commentkit_account.id"],
            name=op.f("fk_commentkit_identity_site_id_account_id_commentkit_account"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_identity")),
        sa.UniqueConstraint(
            "site_id", "subject_hash", name=op.f("uq_commentkit_identity_site_id_subject_hash")
        ),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_identity_site_id_account_id"),
        "commentkit_identity",
        ["site_id", "account_id"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_ticket",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret_hash", types.Hash, nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", types.LongText, nullable=False),
        sa.Column("challenge", types.line(64), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("redeemed_at", types.Instant(), nullable=True),
        sa.Column("token_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "attempt_id"],
            ["commentkit_attempt.site_id", "commentkit_attempt.id"],
            name=op.f("fk_commentkit_ticket_site_id_attempt_id_commentkit_attempt"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_ticket")),
        sa.UniqueConstraint(
            "site_id", "secret_hash", name=op.f("uq_commentkit_ticket_site_id_secret_hash")
        ),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_commentkit_ticket_site_id_attempt_id"),
        "commentkit_ticket",
        ["site_id", "attempt_id"],
        if_not_exists=True,
    )

    op.create_table(
        "commentkit_token_identity",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "identity_id"],
            ["commentkit_identity.site_id", "commentkit_identity.id"],
            name=op.f("fk_commentkit_token_identity_site_id_identity_id_commentkit_identity"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id", "token_id"],
            ["commentkit_token.site_id", "commentkit_token.id"],
            name=op.f("fk_commentkit_token_identity_site_id_token_id_commentkit_token"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "site_id", "token_id", "identity_id", name=op.f("pk_commentkit_token_identity")
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_table("commentkit_token_identity")

    op.drop_table("commentkit_ticket")

    op.drop_table("commentkit_identity")

    op.drop_table("commentkit_comment")

    op.drop_table("commentkit_token")
    op.drop_table("commentkit_thread")
    op.drop_table("commentkit_subscription")
    op.drop_table("commentkit_site_origin")
    op.drop_table("commentkit_picture")

    op.drop_table("commentkit_outbox")

    op.drop_table("commentkit_draft")

    op.drop_table("commentkit_attempt")
    op.drop_table("commentkit_account")
    op.drop_table("commentkit_site")
