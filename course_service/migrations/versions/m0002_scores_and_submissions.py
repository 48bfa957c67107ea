"""Scores, the submitted files, and the verdicts that judging again replaced."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FOREIGN_KEY = "fk_judge_attempts_context_digest_submissions"
_attempts = sa.table(
    "judge_attempts",
    sa.column("id", sa.Integer()),
    sa.column("graded", sa.Boolean()),
    sa.column("checks", sa.JSON()),
    sa.column("score", sa.Integer()),
    sa.column("max_score", sa.Integer()),
)


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("context_digest", sa.String(80), nullable=False),
        sa.Column("archive", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("context_digest", name="pk_submissions"),
    )
    with op.batch_alter_table("judge_attempts") as table:
        table.add_column(sa.Column("context_digest", sa.String(80), nullable=True))
        table.add_column(sa.Column("score", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("max_score", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("earlier_results", sa.JSON(), nullable=False, server_default="[]"))
        table.create_foreign_key(_FOREIGN_KEY, "submissions", ["context_digest"], ["context_digest"])
    _fill_scores()
    with op.batch_alter_table("judge_attempts") as table:
        for column in ("score", "max_score", "earlier_results"):
            table.alter_column(column, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("judge_attempts") as table:
        table.drop_constraint(_FOREIGN_KEY, type_="foreignkey")
        for column in ("context_digest", "score", "max_score", "earlier_results"):
            table.drop_column(column)
    op.drop_table("submissions")


def _fill_scores() -> None:
    """Every check was worth one point."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_attempts.c.id, _attempts.c.graded, _attempts.c.checks)).all():
        checks: list[dict[str, Any]] = [{**check, "points": 1} for check in row.checks]
        passed = sum(check["status"] == "passed" for check in checks) if row.graded else 0
        values = {"checks": checks, "score": passed, "max_score": len(checks)}
        connection.execute(_attempts.update().where(_attempts.c.id == row.id).values(values))
