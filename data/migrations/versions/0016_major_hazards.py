"""Major hazard installations: what is filed of them, media, identifications, risk assessments, plans and drills."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"

PAPER = {"kind": "hazard_identification", "name": "重大危险源辨识与分级记录", "pattern": "危辨〔{year}〕{number}号"}
RIGHTS = (("admin", "hazard.view"), ("admin", "hazard.edit"), ("enterprise", "own.hazard"))
INDEXED = {
    "hazard_medium": (("enterprise_id",), ("installation_id",)),
    "identification": (("enterprise_id",), ("installation_id", "identified_at")),
    "installation_plan": (("enterprise_id",), ("installation_id",)),
    "risk_assessment": (("enterprise_id",), ("installation_id",)),
    "plan_drill": (("enterprise_id",), ("plan_id",)),
    "assessed_event": (("assessment_id",), ("enterprise_id",)),
}


def upgrade() -> None:
    _tables_of_installations()
    _tables_of_plans()
    for table, keys in INDEXED.items():
        for columns in keys:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    for column in _columns_of_installations():
        op.add_column("installation", column)
    op.alter_column("installation", "level", existing_type=sa.Integer(), nullable=True)
    connection = op.get_bind()
    connection.execute(sa.text("INSERT INTO paper_template (kind, name, pattern) VALUES (:kind, :name, :pattern)"), PAPER)
    add = sa.text(
        "UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)"
    )
    for role, code in RIGHTS:
        connection.execute(add, {"code": f'["{code}"]', "role": role})


def _columns_of_installations() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("unit_kind", sa.String(length=20), server_default="storage", nullable=False),
        sa.Column("place", sa.String(length=200)),
        sa.Column("commissioned_on", sa.Date()),
        sa.Column("identified_on", sa.Date()),
        sa.Column("exposed_people", sa.Integer()),
        sa.Column("nearest_target", sa.String(length=100)),
        sa.Column("nearest_target_m", sa.Double()),
        sa.Column("is_key_process", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_key_chemical", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("main_person", sa.String(length=40)),
        sa.Column("main_phone", sa.String(length=30)),
        sa.Column("technical_person", sa.String(length=40)),
        sa.Column("technical_phone", sa.String(length=30)),
        sa.Column("operating_person", sa.String(length=40)),
        sa.Column("operating_phone", sa.String(length=30)),
        sa.Column("has_dcs", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_sis", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_gds", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_video", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("filing_number", sa.String(length=60)),
        sa.Column("filing_expires_on", sa.Date()),
        sa.Column("assessed_on", sa.Date()),
        sa.Column("assessment_due_on", sa.Date()),
        sa.Column("address", sa.String(length=200)),
        sa.Column("remark", sa.Text()),
    )


def _table(name: str, *columns: Any) -> None:
    """A table of records."""
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def _tables_of_installations() -> None:
    _table(
        "hazard_medium",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("table_row", sa.Integer()),
        sa.Column("hazard_class", sa.String(length=5)),
        sa.Column("beta_class", sa.String(length=5)),
        sa.Column("quantity_t", sa.Double(), nullable=False),
        sa.Column("is_mixture", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_hazard_medium_enterprise_id"),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_hazard_medium_installation_id"),
    )
    _table(
        "identification",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("identified_by_id", sa.BigInteger()),
        sa.Column("standard", sa.String(length=60), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("s", sa.Double(), nullable=False),
        sa.Column("r", sa.Double()),
        sa.Column("level", sa.Integer()),
        sa.Column("substances", JSONB(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("remark", sa.String(length=300)),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_identification_enterprise_id"),
        sa.ForeignKeyConstraint(["identified_by_id"], ["user.id"], name="fk_identification_identified_by_id"),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_identification_installation_id"),
    )
    _table(
        "risk_assessment",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("assessor", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("level", sa.Integer()),
        sa.Column("working", JSONB()),
        sa.Column("conclusion", sa.Text()),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_risk_assessment_enterprise_id"),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_risk_assessment_installation_id"),
    )
    _table(
        "assessed_event",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("likelihood", sa.String(length=5), nullable=False),
        sa.Column("exposure", sa.String(length=5), nullable=False),
        sa.Column("consequence", sa.String(length=5), nullable=False),
        sa.Column("measures", sa.String(length=300)),
        sa.ForeignKeyConstraint(["assessment_id"], ["risk_assessment.id"], name="fk_assessed_event_assessment_id"),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_assessed_event_enterprise_id"),
    )


def _tables_of_plans() -> None:
    _table(
        "installation_plan",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("installation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=20), server_default="current", nullable=False),
        sa.Column("compiled_by", sa.String(length=100)),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("filing_number", sa.String(length=60)),
        sa.Column("filed_on", sa.Date()),
        sa.Column("filing_due_on", sa.Date()),
        sa.Column("reviewed_on", sa.Date()),
        sa.Column("review_due_on", sa.Date()),
        sa.Column("last_drilled_on", sa.Date()),
        sa.Column("drill_due_on", sa.Date()),
        sa.Column("remark", sa.Text()),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_installation_plan_enterprise_id"),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name="fk_installation_plan_installation_id"),
    )
    _table(
        "plan_drill",
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=100)),
        sa.Column("people_count", sa.Integer()),
        sa.Column("evaluation", sa.Text()),
        sa.Column("findings", sa.Text()),
        sa.Column("rectified_on", sa.Date()),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_plan_drill_enterprise_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["installation_plan.id"], name="fk_plan_drill_plan_id"),
    )


def downgrade() -> None:
    op.get_bind().execute(sa.text("DELETE FROM paper_template WHERE kind = :kind"), {"kind": PAPER["kind"]})
    op.execute("UPDATE installation SET level = 4 WHERE level IS NULL")
    op.alter_column("installation", "level", existing_type=sa.Integer(), nullable=False)
    for column in _columns_of_installations():
        op.drop_column("installation", column.name)
    for table in ("plan_drill", "installation_plan", "assessed_event", "risk_assessment", "identification", "hazard_medium"):
        op.drop_table(table)
