"""Monthly reports and the right to them; the screen of the day for walls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"

PAPER = {"kind": "monthly_report", "name": "安全生产月报", "pattern": "月报〔{year}〕{number}号"}

SCREEN = {"screen": "daily", "title": "每日看板", "panels": '["day_first", "duty", "day_figures", "day_towns"]'}


def upgrade() -> None:
    op.create_table(
        "monthly_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(60)),
        sa.Column("made_by_id", sa.BigInteger(), sa.ForeignKey("user.id", name="fk_monthly_report_made_by_id")),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_monthly_report_month", "monthly_report", ["month"])
    op.get_bind().execute(sa.text("INSERT INTO paper_template (kind, name, pattern) VALUES (:kind, :name, :pattern)"), PAPER)
    op.get_bind().execute(sa.text("INSERT INTO screen_setting (screen, title, panels, position) SELECT :screen, :title, CAST(:panels AS jsonb), max(position) + 1 FROM screen_setting"), SCREEN)
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for role in ("admin", "leader", "officer"):
        op.get_bind().execute(add, {"code": '["decision.report"]', "role": role})


def downgrade() -> None:
    op.execute("DELETE FROM screen_setting WHERE screen = 'daily'")
    op.execute("UPDATE role SET permissions = permissions - 'decision.report'")
    op.get_bind().execute(sa.text("DELETE FROM paper_template WHERE kind = :kind"), {"kind": PAPER["kind"]})
    op.drop_table("monthly_report")
