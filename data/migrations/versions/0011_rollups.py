"""Readings in small: a minute and an hour a row, and the marks of what is not summed up yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for name in ("reading_minute", "reading_hour"):
        op.create_table(
            name,
            sa.Column("point_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
            *(sa.Column(column, sa.Double(), nullable=False) for column in ("low", "high", "total")),
            sa.Column("samples", sa.Integer(), nullable=False),
            *(sa.Column(column, sa.Double(), nullable=False) for column in ("first_value", "last_value")),
            sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("point_id", "ts", name=op.f(f"pk_{name}")),
            postgresql_partition_by="RANGE (ts)",
        )
    op.create_table(
        "rollup_mark",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("point_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_mark")),
    )
    op.create_table(
        "rollup_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("minute_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_state")),
    )


def downgrade() -> None:
    for name in ("rollup_state", "rollup_mark", "reading_hour", "reading_minute"):
        op.drop_table(name)
