"""When labs were started, when home pages were seen, and the hints that were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    # A nullable column: SQLite adds it in place, without copying the table.
    op.add_column("users", sa.Column("home_seen_at", _TIME, nullable=True))
    op.create_table(
        "lab_starts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("lab_slug", sa.String(40), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_lab_starts_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "lab_slug", name="pk_lab_starts"),
    )
    op.create_table(
        "hint_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("lab_slug", sa.String(40), nullable=False),
        sa.Column("code", sa.String(40), nullable=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("question", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_hint_requests_user_id_users"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.session_id"], name="fk_hint_requests_session_id_sessions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hint_requests"),
    )
    for column in ("user_id", "session_id", "created_at"):
        op.create_index(f"ix_hint_requests_{column}", "hint_requests", [column])


def downgrade() -> None:
    op.drop_table("hint_requests")
    op.drop_table("lab_starts")
    with op.batch_alter_table("users") as table:
        table.drop_column("home_seen_at")
