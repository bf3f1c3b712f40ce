"""双重预防: methods of assessment, risk objects with their units, events and measures, inspections, and hidden dangers found by them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from data.first_risks import ACCIDENTS, ACCIDENTS_NAME, METHODS, method_row

revision = "0017"
down_revision = "0014"

# Who held a right like it before holds the new one in a running park; a new one gets them with its roles.
RIGHTS = {
    "admin": ("risk.view", "risk.review", "risk.method"),
    "leader": ("risk.view",),
    "officer": ("risk.view", "risk.review", "risk.method"),
    "department": ("risk.view", "risk.review"),
    "town": ("risk.view", "risk.review"),
    "inspector": ("risk.view",),
    "duty": ("risk.view",),
    "enterprise": ("own.risk",),
}
TABLES = ("inspection_task", "inspection_record", "risk_measure", "risk_event", "risk_unit", "risk_object_tank", "risk_object", "risk_band", "risk_factor", "risk_method")


def _kept() -> list[sa.Column[object]]:
    """What every record has besides its own columns."""
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    ]


def upgrade() -> None:
    _tables()
    _rights()
    _methods()
    if op.get_bind().execute(sa.text("SELECT 1 FROM dictionary_item LIMIT 1")).first() is not None:  # the words of a new park come with the seed
        _words()


def _rights() -> None:
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for role, codes in RIGHTS.items():
        for code in codes:
            op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def _words() -> None:
    word = sa.text("INSERT INTO dictionary_item (dictionary, code, name, position, is_active) VALUES (:dictionary, :word, :word, :position, true) ON CONFLICT DO NOTHING")
    op.get_bind().execute(word, [{"dictionary": ACCIDENTS_NAME, "word": one, "position": number} for number, one in enumerate(ACCIDENTS, 1)])


def _methods() -> None:
    bind = op.get_bind()
    method = sa.text("INSERT INTO risk_method (code, edition, name, basis, is_active) VALUES (:code, :edition, :name, :basis, :is_active) RETURNING id")
    factor = sa.text("INSERT INTO risk_factor (method_id, factor, score, name) VALUES (:method, :factor, :score, :name)")
    band = sa.text("INSERT INTO risk_band (method_id, floor, takes_floor, level, name) VALUES (:method, :floor, :takes, :level, :name)")
    for one in METHODS:
        made = bind.execute(method, method_row(one)).scalar_one()
        bind.execute(factor, [{"method": made, "factor": key, "score": score, "name": name} for key, score, name in one.factors])
        bind.execute(band, [{"method": made, "floor": floor, "takes": takes, "level": level, "name": name} for floor, takes, level, name in one.bands])


def _tables() -> None:
    op.create_table(
        "risk_method",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.String(length=300)),
        sa.Column("valid_from", sa.Date()),
        sa.Column("is_active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("remark", sa.Text()),
        *_kept(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_method")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_risk_method_code_edition")),
    )
    op.create_table(
        "risk_band",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("takes_floor", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=100)),
        *_kept(),
        sa.ForeignKeyConstraint(["method_id"], ["risk_method.id"], name=op.f("fk_risk_band_method_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_band")),
    )
    op.create_index(op.f("ix_risk_band_method_id"), "risk_band", ["method_id"])
    op.create_table(
        "risk_factor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("factor", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        *_kept(),
        sa.ForeignKeyConstraint(["method_id"], ["risk_method.id"], name=op.f("fk_risk_factor_method_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_factor")),
    )
    op.create_index(op.f("ix_risk_factor_method_id"), "risk_factor", ["method_id"])
    op.create_table(
        "risk_object",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("department_name", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=30)),
        sa.Column("place", sa.String(length=200)),
        sa.Column("lon", sa.Double()),
        sa.Column("lat", sa.Double()),
        sa.Column("polygon", postgresql.JSONB()),
        sa.Column("installation_id", sa.BigInteger()),
        sa.Column("process_id", sa.BigInteger()),
        sa.Column("description", sa.Text()),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("is_in_force", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("revises_id", sa.BigInteger()),
        *_kept(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_risk_object_enterprise_id")),
        sa.ForeignKeyConstraint(["installation_id"], ["installation.id"], name=op.f("fk_risk_object_installation_id")),
        sa.ForeignKeyConstraint(["process_id"], ["process.id"], name=op.f("fk_risk_object_process_id")),
        sa.ForeignKeyConstraint(["revises_id"], ["risk_object.id"], name=op.f("fk_risk_object_revises_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_object")),
    )
    op.create_index("ix_risk_object_category_id", "risk_object", ["category", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_risk_object_enterprise_id_id", "risk_object", ["enterprise_id", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_risk_object_in_force", "risk_object", ["enterprise_id", "id"], postgresql_where=sa.text("is_in_force AND deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_object_installation_id"), "risk_object", ["installation_id"])
    op.create_index(op.f("ix_risk_object_revises_id"), "risk_object", ["revises_id"])
    op.create_index("ix_risk_object_state_id", "risk_object", ["state", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_table(
        "risk_object_tank",
        sa.Column("risk_object_id", sa.BigInteger(), nullable=False),
        sa.Column("tank_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["risk_object_id"], ["risk_object.id"], name=op.f("fk_risk_object_tank_risk_object_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tank_id"], ["tank.id"], name=op.f("fk_risk_object_tank_tank_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("risk_object_id", "tank_id", name=op.f("pk_risk_object_tank")),
    )
    op.create_table(
        "risk_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("department_name", sa.String(length=60)),
        sa.Column("person", sa.String(length=40)),
        sa.Column("place", sa.String(length=200)),
        sa.Column("place_code", sa.String(length=24), nullable=False),
        sa.Column("origin_id", sa.BigInteger()),
        *_kept(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_risk_unit_enterprise_id")),
        sa.ForeignKeyConstraint(["object_id"], ["risk_object.id"], name=op.f("fk_risk_unit_object_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["risk_unit.id"], name=op.f("fk_risk_unit_origin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_unit")),
        sa.UniqueConstraint("place_code", name=op.f("uq_risk_unit_place_code")),
    )
    op.create_index("ix_risk_unit_enterprise_id_id", "risk_unit", ["enterprise_id", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_unit_object_id"), "risk_unit", ["object_id"])
    op.create_index(op.f("ix_risk_unit_origin_id"), "risk_unit", ["origin_id"])
    op.create_table(
        "risk_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("accident", sa.String(length=40), nullable=False),
        sa.Column("other_accidents", sa.String(length=200)),
        sa.Column("consequence", sa.String(length=500)),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("inherent_likelihood", sa.Double(), nullable=False),
        sa.Column("inherent_exposure", sa.Double()),
        sa.Column("inherent_severity", sa.Double(), nullable=False),
        sa.Column("inherent_score", sa.Double(), nullable=False),
        sa.Column("inherent_level", sa.SmallInteger(), nullable=False),
        sa.Column("present_likelihood", sa.Double(), nullable=False),
        sa.Column("present_exposure", sa.Double()),
        sa.Column("present_severity", sa.Double(), nullable=False),
        sa.Column("present_score", sa.Double(), nullable=False),
        sa.Column("present_level", sa.SmallInteger(), nullable=False),
        sa.Column("department_name", sa.String(length=60)),
        sa.Column("person", sa.String(length=40)),
        sa.Column("origin_id", sa.BigInteger()),
        *_kept(),
        sa.ForeignKeyConstraint(["edition_id"], ["risk_method.id"], name=op.f("fk_risk_event_edition_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_risk_event_enterprise_id")),
        sa.ForeignKeyConstraint(["object_id"], ["risk_object.id"], name=op.f("fk_risk_event_object_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["risk_event.id"], name=op.f("fk_risk_event_origin_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["risk_unit.id"], name=op.f("fk_risk_event_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_event")),
    )
    op.create_index(op.f("ix_risk_event_edition_id"), "risk_event", ["edition_id"])
    op.create_index("ix_risk_event_enterprise_id_id", "risk_event", ["enterprise_id", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_risk_event_object_id_level", "risk_event", ["object_id", "present_level"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_event_origin_id"), "risk_event", ["origin_id"])
    op.create_index("ix_risk_event_present_level_id", "risk_event", ["present_level", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_event_unit_id"), "risk_event", ["unit_id"])
    op.create_table(
        "risk_measure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=10)),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("point_id", sa.BigInteger()),
        sa.Column("content", sa.String(length=500)),
        sa.Column("cycle_count", sa.SmallInteger()),
        sa.Column("cycle_unit", sa.String(length=10)),
        sa.Column("person", sa.String(length=40)),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("origin_id", sa.BigInteger()),
        *_kept(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_risk_measure_enterprise_id")),
        sa.ForeignKeyConstraint(["event_id"], ["risk_event.id"], name=op.f("fk_risk_measure_event_id")),
        sa.ForeignKeyConstraint(["object_id"], ["risk_object.id"], name=op.f("fk_risk_measure_object_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["risk_measure.id"], name=op.f("fk_risk_measure_origin_id")),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=op.f("fk_risk_measure_point_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["risk_unit.id"], name=op.f("fk_risk_measure_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_measure")),
    )
    op.create_index("ix_risk_measure_enterprise_id_id", "risk_measure", ["enterprise_id", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_measure_event_id"), "risk_measure", ["event_id"])
    op.create_index("ix_risk_measure_object_id_way", "risk_measure", ["object_id", "way"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_risk_measure_origin_id"), "risk_measure", ["origin_id"])
    op.create_index("ix_risk_measure_point_id", "risk_measure", ["point_id"], postgresql_where=sa.text("point_id IS NOT NULL"))
    op.create_index(op.f("ix_risk_measure_unit_id"), "risk_measure", ["unit_id"])
    op.create_table(
        "inspection_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checker", sa.String(length=40), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger()),
        sa.Column("is_at_place", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text()),
        *_kept(),
        sa.ForeignKeyConstraint(["checked_by_id"], ["user.id"], name=op.f("fk_inspection_record_checked_by_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_record_enterprise_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["risk_measure.id"], name=op.f("fk_inspection_record_measure_id")),
        sa.ForeignKeyConstraint(["object_id"], ["risk_object.id"], name=op.f("fk_inspection_record_object_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["risk_unit.id"], name=op.f("fk_inspection_record_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_record")),
    )
    op.create_index("ix_inspection_record_checked_at_id", "inspection_record", ["checked_at", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_inspection_record_enterprise_id_checked_at", "inspection_record", ["enterprise_id", "checked_at"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_inspection_record_measure_id_checked_at", "inspection_record", ["measure_id", "checked_at"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_table(
        "inspection_task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("measure_id", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=40)),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.BigInteger()),
        *_kept(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_task_enterprise_id")),
        sa.ForeignKeyConstraint(["measure_id"], ["risk_measure.id"], name=op.f("fk_inspection_task_measure_id")),
        sa.ForeignKeyConstraint(["object_id"], ["risk_object.id"], name=op.f("fk_inspection_task_object_id")),
        sa.ForeignKeyConstraint(["record_id"], ["inspection_record.id"], name=op.f("fk_inspection_task_record_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["risk_unit.id"], name=op.f("fk_inspection_task_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_task")),
    )
    op.create_index("ix_inspection_task_due_at_id", "inspection_task", ["due_at", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_inspection_task_enterprise_id_due_at", "inspection_task", ["enterprise_id", "due_at"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_inspection_task_object_id"), "inspection_task", ["object_id"])
    op.create_index("ix_inspection_task_open", "inspection_task", ["due_at"], postgresql_where=sa.text("state = 'open' AND deleted_at IS NULL"))
    op.create_index(op.f("ix_inspection_task_record_id"), "inspection_task", ["record_id"])
    op.create_index("ix_inspection_task_state_id", "inspection_task", ["state", "id"], postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(op.f("ix_inspection_task_unit_id"), "inspection_task", ["unit_id"])
    op.create_index("uq_inspection_task_measure_id_begins_at", "inspection_task", ["measure_id", "begins_at"], unique=True)
    op.add_column("hidden_danger", sa.Column("measure_id", sa.BigInteger()))
    op.add_column("hidden_danger", sa.Column("inspection_id", sa.BigInteger()))
    op.create_index("ix_hidden_danger_inspection_id", "hidden_danger", ["inspection_id"], postgresql_where=sa.text("inspection_id IS NOT NULL"))
    op.create_index("ix_hidden_danger_measure_id", "hidden_danger", ["measure_id"], postgresql_where=sa.text("measure_id IS NOT NULL"))
    op.create_foreign_key(op.f("fk_hidden_danger_inspection_id"), "hidden_danger", "inspection_record", ["inspection_id"], ["id"])
    op.create_foreign_key(op.f("fk_hidden_danger_measure_id"), "hidden_danger", "risk_measure", ["measure_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f("fk_hidden_danger_measure_id"), "hidden_danger", type_="foreignkey")
    op.drop_constraint(op.f("fk_hidden_danger_inspection_id"), "hidden_danger", type_="foreignkey")
    op.drop_index("ix_hidden_danger_measure_id", table_name="hidden_danger", postgresql_where=sa.text("measure_id IS NOT NULL"))
    op.drop_index("ix_hidden_danger_inspection_id", table_name="hidden_danger", postgresql_where=sa.text("inspection_id IS NOT NULL"))
    op.drop_column("hidden_danger", "inspection_id")
    op.drop_column("hidden_danger", "measure_id")
    op.execute("UPDATE hidden_danger SET source = 'self' WHERE source = 'patrol'")
    for name in TABLES:
        op.drop_table(name)
    op.get_bind().execute(sa.text("DELETE FROM dictionary_item WHERE dictionary = :name"), {"name": ACCIDENTS_NAME})
    op.execute("UPDATE role SET permissions = permissions - 'risk.view' - 'risk.review' - 'risk.method' - 'own.risk'")
