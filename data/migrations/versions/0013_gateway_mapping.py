"""Gateways say how their messages are written and where they come; points say under which key; what no point claims is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("gateway", sa.Column("shape", sa.String(20), server_default="own", nullable=False))
    op.add_column("gateway", sa.Column("topic", sa.String(200), nullable=True))
    op.add_column("gateway", sa.Column("status_topic", sa.String(200), nullable=True))
    op.add_column("point", sa.Column("key_path", sa.String(200), nullable=True))
    op.create_table(
        "gateway_state",
        sa.Column("gateway_id", sa.BigInteger, sa.ForeignKey("gateway.id", ondelete="CASCADE", name="fk_gateway_state_gateway_id"), nullable=False),
        sa.Column("is_online", sa.Boolean, nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("gateway_id", name="pk_gateway_state"),
    )
    op.create_table(
        "unknown_point",
        sa.Column("id", sa.BigInteger, autoincrement=True, nullable=False),
        sa.Column("gateway_id", sa.BigInteger, sa.ForeignKey("gateway.id", ondelete="CASCADE", name="fk_unknown_point_gateway_id"), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger, sa.ForeignKey("enterprise.id", ondelete="CASCADE", name="fk_unknown_point_enterprise_id"), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("value", sa.String(60), nullable=False),
        sa.Column("topic", sa.String(200), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_ignored", sa.Boolean, server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_point"),
        sa.UniqueConstraint("gateway_id", "key", name="uq_unknown_point_gateway_id_key"),
    )
    op.create_index("ix_unknown_point_enterprise_id", "unknown_point", ["enterprise_id"])
    op.create_index("ix_unknown_point_last_at", "unknown_point", ["last_at"])


def downgrade() -> None:
    op.drop_table("unknown_point")
    op.drop_table("gateway_state")
    op.drop_column("point", "key_path")
    for name in ("status_topic", "topic", "shape"):
        op.drop_column("gateway", name)
