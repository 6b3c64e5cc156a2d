"""Consents that are withdrawn when a person goes

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from commentkit.migrations.steps import AddTable, apply, revert
from commentkit.model import types

revision = "0003"
down_revision = "0002"


def _consent() -> list[SchemaItem]:
    return [
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("provider", types.line(64), nullable=False),
        sa.Column("sealed_token", types.LongText, nullable=False),
        sa.Column("withdraw_at", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id", "identity_id"],
            ["commentkit_identity.site_id", "commentkit_identity.id"],
            name=op.f("fk_commentkit_consent_site_id_identity_id_commentkit_identity"),
        ),
        sa.PrimaryKeyConstraint("site_id", "id", name=op.f("pk_commentkit_consent")),
        sa.UniqueConstraint(
            "site_id", "identity_id", name=op.f("uq_commentkit_consent_site_id_identity_id")
        ),
    ]


steps = (
    AddTable(
        "commentkit_consent",
        _consent,
        {
            "ix_commentkit_consent_site_id_withdraw_at": (
                "site_id",
                "withdraw_at",
            )
        },
    ),
)


def upgrade() -> None:
    apply(op, steps)


def downgrade() -> None:
    revert(op, steps)
