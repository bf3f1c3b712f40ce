"""Commands to vehicle terminals, and the pictures that they send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

RIGHTED = ("admin", "officer", "duty")


def _bookkeeping() -> list[sa.Column]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _whose(table: str) -> list[sa.Column | sa.Constraint]:
    names = ("vehicle", "terminal", "enterprise")
    columns = [sa.Column(f"{name}_id", sa.BigInteger(), nullable=False) for name in names]
    keys = [sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}.id"], name=op.f(f"fk_{table}_{name}_id")) for name in names]
    return [*columns, *keys]


def upgrade() -> None:
    op.create_table(
        "vehicle_command",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_whose("vehicle_command"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("text", sa.String(length=700), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=500), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        *_bookkeeping(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_command")),
    )
    op.create_index(op.f("ix_vehicle_command_enterprise_id"), "vehicle_command", ["enterprise_id"])
    op.create_index("ix_vehicle_command_open", "vehicle_command", ["state"], postgresql_where=sa.text("state IN ('waiting', 'sent')"))
    op.create_index("ix_vehicle_command_vehicle_id", "vehicle_command", ["vehicle_id", "id"])
    op.create_table(
        "vehicle_media",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *_whose("vehicle_media"),
        sa.Column("command_id", sa.BigInteger(), nullable=True),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=4), nullable=False),
        sa.Column("event", sa.String(length=4), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *_bookkeeping(),
        sa.ForeignKeyConstraint(["command_id"], ["vehicle_command.id"], name=op.f("fk_vehicle_media_command_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_media")),
        sa.UniqueConstraint("terminal_id", "media_id", "sha256", name=op.f("uq_vehicle_media_terminal_id_media_id_sha256")),
    )
    op.create_index(op.f("ix_vehicle_media_command_id"), "vehicle_media", ["command_id"])
    op.create_index(op.f("ix_vehicle_media_enterprise_id"), "vehicle_media", ["enterprise_id"])
    op.create_index("ix_vehicle_media_vehicle_id", "vehicle_media", ["vehicle_id", "taken_at"])
    add = sa.text(
        "UPDATE role SET permissions = permissions || CAST(:code AS jsonb) "
        "WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)"
    )
    for role in RIGHTED:
        op.get_bind().execute(add, {"code": '["vehicle.command"]', "role": role})


def downgrade() -> None:
    op.drop_table("vehicle_media")
    op.drop_table("vehicle_command")
