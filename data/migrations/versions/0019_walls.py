"""Walls with their tokens, their signs of life, and how the park composes its screens."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

# The screens as the platform has them; the park composes them as it likes.
SCREENS = (
    ("park", "综合态势", ["levels", "running", "alarms", "duty", "tanks", "vehicles"]),
    ("risk", "风险四色图", ["risk_counts", "risk_worst"]),
    ("tanks", "储罐实时监测", ["abnormal", "all"]),
    ("vehicles", "危化品车辆", ["states", "loads", "alarms", "today"]),
)


def _record(*columns: sa.Column) -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    wall = (
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("place", sa.String(100)),
        sa.Column("screens", JSONB(), nullable=False),
        sa.Column("expires_at", instant),
        sa.Column("digest", sa.String(64)),
        sa.Column("issued_at", instant),
        sa.Column("revoked_at", instant),
        sa.Column("last_used_at", instant),
    )
    op.create_table("wall", *_record(*wall), sa.UniqueConstraint("digest", name="uq_wall_digest"))
    op.create_table(
        "wall_beat",
        sa.Column("id", sa.BigInteger(), autoincrement=True, primary_key=True),
        sa.Column("wall_id", sa.BigInteger(), sa.ForeignKey("wall.id", ondelete="CASCADE", name="fk_wall_beat_wall_id"), nullable=False),
        sa.Column("seat", sa.String(40), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("showing", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("app_version", sa.String(20), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("clock_off_s", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer()),
        sa.Column("figures", JSONB(), nullable=False),
        sa.UniqueConstraint("seat", name="uq_wall_beat_seat"),
    )
    op.create_index("ix_wall_beat_wall_id", "wall_beat", ["wall_id"])
    setting = (
        sa.Column("screen", sa.String(20), nullable=False),
        sa.Column("title", sa.String(40), nullable=False),
        sa.Column("panels", JSONB(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
    )
    op.create_table("screen_setting", *_record(*setting), sa.UniqueConstraint("screen", name="uq_screen_setting_screen"))
    rows = [{"screen": screen, "title": title, "panels": json.dumps(panels), "position": place} for place, (screen, title, panels) in enumerate(SCREENS, 1)]
    op.get_bind().execute(sa.text("INSERT INTO screen_setting (screen, title, panels, position) VALUES (:screen, :title, CAST(:panels AS jsonb), :position)"), rows)
    # The administrator of a running park may open the new pages.
    add = "UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = 'admin' AND NOT permissions @> CAST(:code AS jsonb)"
    op.get_bind().execute(sa.text(add), {"code": '["screen.edit"]'})


def downgrade() -> None:
    for table in ("screen_setting", "wall_beat", "wall"):
        op.drop_table(table)
