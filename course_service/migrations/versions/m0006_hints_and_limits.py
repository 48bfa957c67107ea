"""What a hint was, and how often hints were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ADDED = ("kind", "ladder_step", "model", "ai_failure")


def upgrade() -> None:
    # Nullable, or with a default: SQLite adds them in place.
    op.add_column("hint_requests", sa.Column("kind", sa.String(16), server_default="hint", nullable=False))
    op.add_column("hint_requests", sa.Column("ladder_step", sa.Integer(), nullable=True))
    op.add_column("hint_requests", sa.Column("model", sa.String(255), nullable=True))
    op.add_column("hint_requests", sa.Column("ai_failure", sa.String(16), nullable=True))
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_limits"),
    )


def downgrade() -> None:
    op.drop_table("rate_limits")
    with op.batch_alter_table("hint_requests") as table:
        for column in _ADDED:
            table.drop_column(column)
