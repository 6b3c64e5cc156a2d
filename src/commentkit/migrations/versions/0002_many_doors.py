"""Many doors to one person

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from commentkit.migrations.steps import AddColumn, AddIndex, AddTable, BackFill, apply, revert
from commentkit.model import types

revision = "0002"
down_revision = "0001"


def _account_change() -> list[SchemaItem]:
    return [
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("other_account_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", types.line(16), nullable=False),
        sa.Column("identities", sa.JSON(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("undone_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id", "account_id"],
            ["commentkit_account.site_id", "commentkit_account.id"],
            name=op.f("fk_commentkit_account_change_site_id_account_id_commentkit_account"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_account_change")),
    ]


def _passkey() -> list[SchemaItem]:
    return [
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_hash", types.Hash, nullable=False),
        sa.Column("credential", types.Blob, nullable=False),
        sa.Column("public_key", types.Blob, nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "identity_id"],
            ["commentkit_identity.site_id", "commentkit_identity.id"],
            name=op.f("fk_commentkit_passkey_site_id_identity_id_commentkit_identity"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_passkey")),
        sa.UniqueConstraint(
            "site_id", "credential_hash", name=op.f("uq_commentkit_passkey_site_id_credential_hash")
        ),
    ]


def _registration() -> list[SchemaItem]:
    return [
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issuer_hash", types.Hash, nullable=False),
        sa.Column("provider", types.line(64), nullable=False),
        sa.Column("issuer", types.LongText, nullable=False),
        sa.Column("client_id", types.LongText, nullable=False),
        sa.Column("sealed_secret", types.LongText, nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_registration_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_registration")),
        sa.UniqueConstraint(
            "site_id", "issuer_hash", name=op.f("uq_commentkit_registration_site_id_issuer_hash")
        ),
    ]


def _spent() -> list[SchemaItem]:
    return [
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("key_hash", types.Hash, nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["commentkit_site.id"],
            name=op.f("fk_commentkit_spent_site_id_commentkit_site"),
        ),
        sa.PrimaryKeyConstraint("site_id", "key_hash", name=op.f("pk_commentkit_spent")),
    ]


steps = (
    AddTable(
        "commentkit_account_change",
        _account_change,
        {
            "ix_commentkit_account_change_site_id_account_id_created_at": (
                "site_id",
                "account_id",
                "created_at",
            )
        },
    ),
    AddTable(
        "commentkit_passkey",
        _passkey,
        {
            "ix_commentkit_passkey_site_id_identity_id": (
                "site_id",
                "identity_id",
            )
        },
    ),
    AddTable(
        "commentkit_registration",
        _registration,
        {
            "ix_commentkit_registration_site_id_expires_at": (
                "site_id",
                "expires_at",
            )
        },
    ),
    AddTable(
        "commentkit_spent",
        _spent,
        {
            "ix_commentkit_spent_site_id_expires_at": (
                "site_id",
                "expires_at",
            )
        },
    ),
    AddColumn("commentkit_attempt", "purpose", types.line(16), default="sign_in"),
    AddColumn("commentkit_attempt", "account_id", types.Id),
    AddColumn("commentkit_attempt", "instance", types.LongText),
    AddColumn("commentkit_attempt", "session_hash", types.Hash),
    AddColumn("commentkit_token_identity", "session_hash", types.Hash),
    AddIndex(
        "ix_commentkit_token_identity_session",
        "commentkit_token_identity",
        ("site_id", "session_hash"),
    ),
    # What is erased or moved with a person is found from the person.
    AddIndex(
        "ix_commentkit_token_identity_identity",
        "commentkit_token_identity",
        ("identity_id", "site_id", "token_id"),
    ),
    AddIndex(
        "ix_commentkit_attempt_site_id_identity_id",
        "commentkit_attempt",
        ("site_id", "identity_id"),
    ),
    AddIndex(
        "ix_commentkit_subscription_site_id_account_id",
        "commentkit_subscription",
        ("site_id", "account_id"),
    ),
    # Addresses that never answered are forgotten.
    AddIndex(
        "ix_commentkit_subscription_site_id_confirmed_at_created_at",
        "commentkit_subscription",
        ("site_id", "confirmed_at", "created_at"),
    ),
    AddIndex(
        "ix_commentkit_identity_site_id_picture_id",
        "commentkit_identity",
        ("site_id", "picture_id"),
    ),
    # People find what they wrote by the address they gave, however they spelled it.
    BackFill(
        "commentkit_identity",
        {"email": sa.func.lower(sa.column("email"))},
        lacking=sa.column("email") != sa.func.lower(sa.column("email")),
    ),
    AddIndex(
        "ix_commentkit_identity_site_id_email_email_verified",
        "commentkit_identity",
        ("site_id", "email", "email_verified"),
    ),
    # Who runs a site is asked with each comment, since nobody else may look like them.
    AddIndex("ix_commentkit_account_role_site_id", "commentkit_account", ("role", "site_id")),
)


def upgrade() -> None:
    apply(op, steps)


def downgrade() -> None:
    revert(op, steps)
