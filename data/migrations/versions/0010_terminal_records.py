"""What vehicle terminals report besides positions: waybills, drivers' cards, CAN data, data passed through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "terminal_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("terminal_id", sa.BigInteger(), nullable=False),
        sa.Column("vehicle_id", sa.BigInteger(), nullable=True),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["terminal_id"], ["terminal.id"], name=op.f("fk_terminal_record_terminal_id_terminal"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_terminal_record_vehicle_id_vehicle")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_terminal_record_enterprise_id_enterprise")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal_record")),
        sa.UniqueConstraint("terminal_id", "kind", "serial", "digest", name=op.f("uq_terminal_record_terminal_id_kind_serial_digest")),
    )
    op.create_index("ix_terminal_record_received_at", "terminal_record", ["received_at"])
    op.create_index("ix_terminal_record_vehicle_id", "terminal_record", ["vehicle_id", "ts"])
    op.create_index(op.f("ix_terminal_record_enterprise_id"), "terminal_record", ["enterprise_id"])


def downgrade() -> None:
    op.drop_table("terminal_record")
