"""Leaders: counts of each day, and the right to the dashboards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"

ROLES = ("admin", "leader", "officer", "department", "town", "duty")


def upgrade() -> None:
    op.create_table(
        "day_count",
        sa.Column("figure", sa.String(30), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("enterprise_id", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "day_count_check",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
    )
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for role in ROLES:
        op.get_bind().execute(add, {"code": '["decision.view"]', "role": role})


def downgrade() -> None:
    op.drop_table("day_count_check")
    op.drop_table("day_count")
    op.execute("UPDATE role SET permissions = permissions - 'decision.view'")
