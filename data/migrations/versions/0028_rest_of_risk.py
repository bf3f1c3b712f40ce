"""Editions of LEC in assessments of installations, zones of units, plans before they are located, dangers of alarms, alarm hours of points,
values that raised an alarm, papers that are void, applications to file an installation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0027"

FACTORS = ("likelihood", "exposure", "consequence")
POINTS = ("first_x", "first_y", "lon", "lat", "second_x", "second_y", "second_lon", "second_lat")
# What older alarms tell of their values stands in their events.
_RAISED = """
    UPDATE alarm SET raised_value = first.value, worst_value = CASE WHEN alarm.condition = 'low' THEN least(every.least, alarm.value) ELSE greatest(every.most, alarm.value) END
    FROM (SELECT DISTINCT ON (alarm_id) alarm_id, value FROM alarm_event WHERE what = 'raised' ORDER BY alarm_id, id) AS first,
        (SELECT alarm_id, min(value) AS least, max(value) AS most FROM alarm_event WHERE what IN ('raised', 'again', 'worse') GROUP BY alarm_id) AS every
    WHERE first.alarm_id = alarm.id AND every.alarm_id = alarm.id
"""


def upgrade() -> None:
    op.add_column("risk_assessment", sa.Column("edition_id", sa.BigInteger(), sa.ForeignKey("risk_method.id", name="fk_risk_assessment_edition_id"), nullable=True))
    op.create_index("ix_risk_assessment_edition_id", "risk_assessment", ["edition_id"])
    op.alter_column("risk_assessment", "method", type_=sa.String(150))
    for name in FACTORS:
        op.alter_column("assessed_event", name, type_=sa.Double(), postgresql_using=f"{name}::double precision")
    op.create_table(
        "risk_zone_unit",
        sa.Column("zone_id", sa.BigInteger(), sa.ForeignKey("risk_zone.id", name="fk_risk_zone_unit_zone_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("risk_unit_id", sa.BigInteger(), sa.ForeignKey("risk_unit.id", name="fk_risk_zone_unit_risk_unit_id", ondelete="CASCADE"), primary_key=True),
    )
    for name in POINTS:
        op.alter_column("risk_plan", name, nullable=True)
    op.add_column("risk_measure", sa.Column("makes_danger", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("hidden_danger", sa.Column("alarm_id", sa.BigInteger(), sa.ForeignKey("alarm.id", name="fk_hidden_danger_alarm_id", ondelete="SET NULL"), nullable=True))
    op.create_index("ix_hidden_danger_alarm_id", "hidden_danger", ["alarm_id"], postgresql_where=sa.text("alarm_id IS NOT NULL"))
    op.add_column("alarm", sa.Column("raised_value", sa.Double()))
    op.add_column("alarm", sa.Column("worst_value", sa.Double()))
    op.execute(_RAISED)
    op.add_column("point", sa.Column("alarm_days", sa.String(7), server_default="1234567", nullable=False))
    op.add_column("point", sa.Column("alarm_begins_at", sa.String(5)))
    op.add_column("point", sa.Column("alarm_ends_at", sa.String(5)))
    op.add_column("paper", sa.Column("voided_at", sa.DateTime(timezone=True)))
    op.add_column("paper", sa.Column("void_reason", sa.String(200)))
    _filings()


def _filings() -> None:
    op.create_table(
        "hazard_filing",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("enterprise_id", sa.BigInteger(), sa.ForeignKey("enterprise.id", name="fk_hazard_filing_enterprise_id"), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), sa.ForeignKey("installation.id", name="fk_hazard_filing_installation_id"), nullable=False),
        sa.Column("name", sa.String(140), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("remark", sa.Text()),
        sa.Column("content", JSONB()),
        sa.Column("filing_number", sa.String(60)),
        sa.Column("filed_on", sa.Date()),
        sa.Column("filing_expires_on", sa.Date()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    )
    for name in ("enterprise_id", "installation_id"):
        op.create_index(f"ix_hazard_filing_{name}", "hazard_filing", [name])


def downgrade() -> None:
    op.drop_table("hazard_filing")
    for table, names in (("paper", ("voided_at", "void_reason")), ("point", ("alarm_days", "alarm_begins_at", "alarm_ends_at")), ("alarm", ("raised_value", "worst_value")), ("hidden_danger", ("alarm_id",)), ("risk_measure", ("makes_danger",))):
        for name in names:
            op.drop_column(table, name)
    op.execute("DELETE FROM risk_plan WHERE first_x IS NULL OR first_y IS NULL OR lon IS NULL OR lat IS NULL OR second_x IS NULL OR second_y IS NULL OR second_lon IS NULL OR second_lat IS NULL")
    for name in POINTS:
        op.alter_column("risk_plan", name, nullable=False)
    op.drop_table("risk_zone_unit")
    for name in FACTORS:
        op.alter_column("assessed_event", name, type_=sa.String(5), postgresql_using=f"trim(trailing '.' from to_char({name}, 'FM990.9'))")
    op.alter_column("risk_assessment", "method", type_=sa.String(60), postgresql_using="left(method, 60)")
    op.drop_column("risk_assessment", "edition_id")
