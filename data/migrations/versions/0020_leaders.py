"""Leaders: counts of each day, duty reports, and the rights to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"

RIGHTS = (
    *(("decision.view", role) for role in ("admin", "leader", "officer", "department", "town", "duty")),
    *(("duty.report", role) for role in ("admin", "leader", "officer", "duty")),
    *(("duty.sign", role) for role in ("admin", "leader", "officer")),
)
PAPER = {"kind": "duty_report", "name": "值班报告", "pattern": "值班〔{year}〕{number}号"}


def _record(name: str, *columns: sa.Column) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )


def _reports() -> None:
    _record(
        "duty_report",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("incidents", sa.Text()),
        sa.Column("orders", sa.Text()),
        sa.Column("handover", sa.Text()),
        sa.Column("state", sa.String(10), server_default="draft", nullable=False),
        sa.Column("content", JSONB()),
        sa.Column("signed_at", sa.DateTime(timezone=True)),
        sa.Column("signed_by_id", sa.BigInteger(), sa.ForeignKey("user.id", name="fk_duty_report_signed_by_id")),
    )
    op.create_index("uq_duty_report_day", "duty_report", ["kind", "day"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
    _record(
        "duty_correction",
        sa.Column("report_id", sa.BigInteger(), sa.ForeignKey("duty_report.id", name="fk_duty_correction_report_id"), nullable=False),
        sa.Column("figure", sa.String(30), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_index("ix_duty_correction_report_id", "duty_correction", ["report_id"])
    op.get_bind().execute(sa.text("INSERT INTO paper_template (kind, name, pattern) VALUES (:kind, :name, :pattern)"), PAPER)


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
    for code, role in RIGHTS:
        op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})
    _reports()


def downgrade() -> None:
    op.get_bind().execute(sa.text("DELETE FROM paper_template WHERE kind = :kind"), {"kind": PAPER["kind"]})
    op.drop_table("duty_correction")
    op.drop_table("duty_report")
    op.drop_table("day_count_check")
    op.drop_table("day_count")
    op.execute("UPDATE role SET permissions = permissions - 'decision.view' - 'duty.report' - 'duty.sign'")
