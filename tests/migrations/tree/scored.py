"""Score every comment

A revision of the tests alone: it does once what revisions may do.
"""

from alembic import op
from sqlalchemy import Integer, column

from commentkit.migrations.steps import AddColumn, AddIndex, BackFill, apply, revert
from commentkit.model.revision import REVISIONS

revision = "scored"
down_revision = [known for known in REVISIONS if known != revision][-1]

steps = (
    AddColumn("commentkit_comment", "score", Integer()),
    BackFill(
        "commentkit_comment",
        {"score": column("reply_count") * 10 + 1},
        lacking=column("score").is_(None),
    ),
    AddIndex("ix_commentkit_comment_score", "commentkit_comment", ("site_id", "score", "id")),
)


def upgrade() -> None:
    apply(op, steps)


def downgrade() -> None:
    revert(op, steps)
