"""Since when something is news to a learner, and when an attempt was judged again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Nullable columns: SQLite adds them in place, without copying the tables.
    op.add_column("users", sa.Column("home_news_since", _TIME, nullable=True))
    op.add_column("judge_attempts", sa.Column("judged_again_at", _TIME, nullable=True))


def downgrade() -> None:
    for name, column in (("judge_attempts", "judged_again_at"), ("users", "home_news_since")):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
