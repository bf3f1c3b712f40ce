"""Types of unit instead of a text, the whole file of an enterprise, dictionaries, emergency resources."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from data.dictionaries import first_items
from data.first_types import FIRST_RULES, type_rows

revision = "0002"
down_revision = "0001"

_LIVE = sa.text("deleted_at IS NULL")
_SORTED = (
    "name",
    "code",
    "credit_code",
    "scale",
    "grade",
    "state",
    "confirm_state",
    "standard_state",
    "completeness",
    "updated_at",
    "division_id",
    "department_id",
    "unit_type_id",
)
# Empty values stand last in both orders, so these two, which may be empty, need an index for each.
_MAY_BE_EMPTY = ("credit_code", "grade")
# The text of data.query.search_text(Enterprise), to the letter: another expression would not be found by the planner.
_SEARCHED = ("code", "name", "short_name", "credit_code", "legal_person", "contact")
_SEARCH_TEXT = " || E'\\n' || ".join(f"coalesce({name}, '')" for name in _SEARCHED)


def _record(*columns: Any) -> tuple[Any, ...]:
    """The columns, between the key and what every record remembers."""
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    )


_FILE: tuple[sa.Column[Any], ...] = (
    sa.Column("founded_on", sa.Date(), nullable=True),
    sa.Column("registered_address", sa.String(length=200), nullable=True),
    sa.Column("business_scope", sa.Text(), nullable=True),
    sa.Column("industry_code", sa.String(length=40), nullable=True),
    sa.Column("economic_type", sa.String(length=40), nullable=True),
    sa.Column("registered_capital", sa.Double(), nullable=True),
    sa.Column("annual_output", sa.Double(), nullable=True),
    sa.Column("area_m2", sa.Double(), nullable=True),
    sa.Column("email", sa.String(length=100), nullable=True),
    sa.Column("postcode", sa.String(length=6), nullable=True),
    sa.Column("principal", sa.String(length=40), nullable=True),
    sa.Column("principal_phone", sa.String(length=30), nullable=True),
    sa.Column("safety_staff_count", sa.Integer(), nullable=True),
    sa.Column("certified_engineer_count", sa.Integer(), nullable=True),
    sa.Column("standardization_level", sa.String(length=40), nullable=True),
    sa.Column("standardization_until", sa.Date(), nullable=True),
    sa.Column("safety_license_no", sa.String(length=60), nullable=True),
    sa.Column("safety_license_until", sa.Date(), nullable=True),
    sa.Column("key_processes", sa.String(length=300), nullable=True),
    sa.Column("key_chemicals", sa.String(length=300), nullable=True),
    sa.Column("remark", sa.Text(), nullable=True),
    sa.Column("confirm_state", sa.String(length=10), server_default="pending", nullable=False),
    sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
    sa.Column("return_reason", sa.String(length=500), nullable=True),
    sa.Column("standard_state", sa.String(length=10), server_default="unrated", nullable=False),
    sa.Column("completeness", sa.Integer(), server_default="0", nullable=False),
)


def upgrade() -> None:
    _create_tables()
    for column in _FILE:
        op.add_column("enterprise", column)
    op.create_foreign_key(op.f("fk_enterprise_confirmed_by_id"), "enterprise", "user", ["confirmed_by_id"], ["id"])
    op.add_column("camera", sa.Column("department_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_camera_department_id"), "camera", "department", ["department_id"], ["id"])
    op.add_column("enterprise", sa.Column("unit_type_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_enterprise_unit_type_id"), "enterprise", "unit_type", ["unit_type_id"], ["id"])
    if op.get_bind().scalar(sa.text('SELECT EXISTS (SELECT FROM "user") OR EXISTS (SELECT FROM enterprise)')):
        _enter_first_words()
        _enter_roles()
        _types_from_texts()
    op.alter_column("enterprise", "unit_type_id", nullable=False)
    op.drop_column("enterprise", "kind")
    op.drop_index(op.f("ix_enterprise_department_id"), table_name="enterprise")
    op.drop_index(op.f("ix_enterprise_division_id"), table_name="enterprise")
    for name in _SORTED:
        op.create_index(f"ix_enterprise_{name}_id", "enterprise", [name, "id"], postgresql_where=_LIVE)
    for name in _MAY_BE_EMPTY:
        order = [sa.text(f"{name} DESC NULLS LAST"), sa.text("id DESC")]
        op.create_index(f"ix_enterprise_{name}_down", "enterprise", order, postgresql_where=_LIVE)
    op.execute(
        f"CREATE INDEX ix_enterprise_search ON enterprise USING gin (({_SEARCH_TEXT}) gin_trgm_ops) WHERE deleted_at IS NULL"
    )


def _enter_first_words() -> None:
    """What a new database is filled with, for one that already runs. Later migrations add later words."""
    enter = sa.text(
        "INSERT INTO unit_type (code, name, parent_id, position) "
        "VALUES (:code, :name, (SELECT id FROM unit_type WHERE code = :parent), :position)"
    )
    connection = op.get_bind()
    for level in (1, 2):
        connection.execute(enter, type_rows(level))
    connection.execute(
        sa.text(
            "INSERT INTO field_rule (unit_type_id, item, is_shown, is_required) "
            "SELECT id, :item, true, true FROM unit_type WHERE code = :code"
        ),
        [{"code": code, "item": item} for code, item in FIRST_RULES],
    )
    connection.execute(
        sa.text(
            "INSERT INTO dictionary_item (dictionary, code, name, position, is_active) "
            "VALUES (:dictionary, :code, :name, :position, true)"
        ),
        first_items(),
    )


def _enter_roles() -> None:
    """The officers of a department and of a town, with the rights that officers have in this database."""
    for code, name, scope in (("department", "部门监管人员", "departments"), ("town", "乡镇街道人员", "divisions")):
        op.get_bind().execute(
            sa.text(
                "INSERT INTO role (code, name, permissions, scope) "
                "SELECT :code, :name, permissions, :scope FROM role WHERE code = 'officer' ON CONFLICT DO NOTHING"
            ),
            {"code": code, "name": name, "scope": scope},
        )


def _types_from_texts() -> None:
    """Give every enterprise the type that its text 类-子类 names; texts that no type has become types of their own.

    A type is then supervised by the department that has most of its enterprises.
    """
    op.execute("UPDATE enterprise SET kind = '其他类-其他单位' WHERE btrim(kind, ' -') = ''")
    op.execute("UPDATE enterprise SET kind = '交通运输类-道路危险货物运输' WHERE kind = '交通运输类-危险货物运输'")
    op.execute("""
        INSERT INTO unit_type (code, name, position)
        SELECT 'K' || row_number() OVER (ORDER BY top), top, 100
        FROM (SELECT DISTINCT btrim(split_part(kind, '-', 1)) AS top FROM enterprise) AS used
        WHERE NOT EXISTS (SELECT FROM unit_type WHERE parent_id IS NULL AND name = top)
    """)
    op.execute("""
        INSERT INTO unit_type (code, name, parent_id, position)
        SELECT above.code || 'K' || row_number() OVER (PARTITION BY above.id ORDER BY below), below, above.id, 100
        FROM (
            SELECT DISTINCT btrim(split_part(kind, '-', 1)) AS top, btrim(substr(kind, strpos(kind, '-') + 1)) AS below
            FROM enterprise WHERE strpos(kind, '-') > 0
        ) AS used
        JOIN unit_type AS above ON above.parent_id IS NULL AND above.name = top
        WHERE below <> '' AND NOT EXISTS (SELECT FROM unit_type WHERE parent_id = above.id AND name = below)
    """)
    op.execute("""
        UPDATE enterprise SET unit_type_id = above.id FROM unit_type AS above
        WHERE above.parent_id IS NULL AND above.name = btrim(split_part(kind, '-', 1))
    """)
    op.execute("""
        UPDATE enterprise SET unit_type_id = unit_type.id FROM unit_type
        WHERE unit_type.parent_id = enterprise.unit_type_id AND strpos(kind, '-') > 0
        AND unit_type.name = btrim(substr(kind, strpos(kind, '-') + 1))
    """)
    op.execute("""
        UPDATE unit_type SET department_id = (
            SELECT department_id FROM enterprise WHERE unit_type_id = unit_type.id AND department_id IS NOT NULL
            GROUP BY department_id ORDER BY count(*) DESC, department_id LIMIT 1
        )
    """)


def _create_tables() -> None:
    op.create_table(
        "dictionary_item",
        *_record(
            sa.Column("dictionary", sa.String(length=40), nullable=False),
            sa.Column("code", sa.String(length=40), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column("is_active", sa.Boolean(), nullable=False),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_item")),
        sa.UniqueConstraint("dictionary", "code", name=op.f("uq_dictionary_item_dictionary_code")),
    )
    op.create_table(
        "committee_member",
        *_record(
            sa.Column("name", sa.String(length=40), nullable=False),
            sa.Column("unit_name", sa.String(length=100), nullable=False),
            sa.Column("role", sa.String(length=40), nullable=False),
            sa.Column("post", sa.String(length=60), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("duties", sa.Text(), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_committee_member_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_member")),
    )
    op.create_index(op.f("ix_committee_member_department_id"), "committee_member", ["department_id"], unique=False)
    op.create_table(
        "emergency_organization",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("head", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("duty_phone", sa.String(length=30), nullable=True),
            sa.Column("duties", sa.Text(), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_emergency_organization_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_organization")),
    )
    op.create_index(
        op.f("ix_emergency_organization_department_id"), "emergency_organization", ["department_id"], unique=False
    )
    op.create_table(
        "expert_group",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("head", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_expert_group_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_group")),
    )
    op.create_index(op.f("ix_expert_group_department_id"), "expert_group", ["department_id"], unique=False)
    op.create_table(
        "rescue_supply",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("model", sa.String(length=100), nullable=True),
            sa.Column("stock", sa.Double(), nullable=False),
            sa.Column("least_stock", sa.Double(), nullable=True),
            sa.Column("stock_unit", sa.String(length=10), nullable=False),
            sa.Column("expires_on", sa.Date(), nullable=True),
            sa.Column("keeper", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_rescue_supply_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue_supply")),
    )
    op.create_index(op.f("ix_rescue_supply_department_id"), "rescue_supply", ["department_id"], unique=False)
    op.create_table(
        "rescue_team",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("unit_name", sa.String(length=100), nullable=True),
            sa.Column("head", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("duty_phone", sa.String(length=30), nullable=True),
            sa.Column("member_count", sa.Integer(), nullable=True),
            sa.Column("speciality", sa.String(length=200), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_rescue_team_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue_team")),
    )
    op.create_index(op.f("ix_rescue_team_department_id"), "rescue_team", ["department_id"], unique=False)
    op.create_table(
        "shelter",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("capacity", sa.Integer(), nullable=False),
            sa.Column("area_m2", sa.Double(), nullable=True),
            sa.Column("facilities", sa.String(length=200), nullable=True),
            sa.Column("keeper", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_shelter_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelter")),
    )
    op.create_index(op.f("ix_shelter_department_id"), "shelter", ["department_id"], unique=False)
    op.create_table(
        "support_institution",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=20), nullable=False),
            sa.Column("capability", sa.String(length=300), nullable=True),
            sa.Column("contact", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("duty_phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_support_institution_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_institution")),
    )
    op.create_index(
        op.f("ix_support_institution_department_id"), "support_institution", ["department_id"], unique=False
    )
    op.create_table(
        "unit_type",
        *_record(
            sa.Column("code", sa.String(length=20), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("parent_id", sa.BigInteger(), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=True),
            sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_unit_type_department_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["unit_type.id"], name=op.f("fk_unit_type_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_type")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_type_code")),
    )
    op.create_index(op.f("ix_unit_type_department_id"), "unit_type", ["department_id"], unique=False)
    op.create_index(op.f("ix_unit_type_parent_id"), "unit_type", ["parent_id"], unique=False)
    op.create_table(
        "emergency_person",
        *_record(
            sa.Column("name", sa.String(length=40), nullable=False),
            sa.Column("organization_id", sa.BigInteger(), nullable=False),
            sa.Column("role", sa.String(length=40), nullable=False),
            sa.Column("post", sa.String(length=60), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("office_phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_emergency_person_department_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["emergency_organization.id"], name=op.f("fk_emergency_person_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_person")),
    )
    op.create_index(op.f("ix_emergency_person_department_id"), "emergency_person", ["department_id"], unique=False)
    op.create_index(op.f("ix_emergency_person_organization_id"), "emergency_person", ["organization_id"], unique=False)
    op.create_table(
        "expert",
        *_record(
            sa.Column("name", sa.String(length=40), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("group_id", sa.BigInteger(), nullable=True),
            sa.Column("unit_name", sa.String(length=100), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("title", sa.String(length=40), nullable=True),
            sa.Column("speciality", sa.String(length=200), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_expert_department_id")),
        sa.ForeignKeyConstraint(["group_id"], ["expert_group.id"], name=op.f("fk_expert_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert")),
    )
    op.create_index(op.f("ix_expert_department_id"), "expert", ["department_id"], unique=False)
    op.create_index(op.f("ix_expert_group_id"), "expert", ["group_id"], unique=False)
    op.create_table(
        "field_rule",
        *_record(
            sa.Column("unit_type_id", sa.BigInteger(), nullable=True),
            sa.Column("item", sa.String(length=60), nullable=False),
            sa.Column("is_shown", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("is_required", sa.Boolean(), server_default="false", nullable=False),
        ),
        sa.ForeignKeyConstraint(["unit_type_id"], ["unit_type.id"], name=op.f("fk_field_rule_unit_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_rule")),
    )
    op.create_index(
        "uq_field_rule_unit_type_id_item",
        "field_rule",
        ["unit_type_id", "item"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "rescue_equipment",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("model", sa.String(length=100), nullable=True),
            sa.Column("count", sa.Integer(), nullable=False),
            sa.Column("count_unit", sa.String(length=10), server_default="台", nullable=False),
            sa.Column("state", sa.String(length=20), server_default="ready", nullable=False),
            sa.Column("team_id", sa.BigInteger(), nullable=True),
            sa.Column("keeper", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("department_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_rescue_equipment_department_id")),
        sa.ForeignKeyConstraint(["team_id"], ["rescue_team.id"], name=op.f("fk_rescue_equipment_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescue_equipment")),
    )
    op.create_index(op.f("ix_rescue_equipment_department_id"), "rescue_equipment", ["department_id"], unique=False)
    op.create_index(op.f("ix_rescue_equipment_team_id"), "rescue_equipment", ["team_id"], unique=False)
    op.create_table(
        "certificate",
        *_record(
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("number", sa.String(length=60), nullable=False),
            sa.Column("issuer", sa.String(length=100), nullable=True),
            sa.Column("issued_on", sa.Date(), nullable=True),
            sa.Column("valid_until", sa.Date(), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_certificate_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
    )
    op.create_index(op.f("ix_certificate_enterprise_id"), "certificate", ["enterprise_id"], unique=False)
    op.create_table(
        "chemical_in_use",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("cas", sa.String(length=20), nullable=True),
            sa.Column("use", sa.String(length=20), nullable=False),
            sa.Column("max_stock_t", sa.Double(), nullable=True),
            sa.Column("annual_t", sa.Double(), nullable=True),
            sa.Column("is_key", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_chemical_in_use_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chemical_in_use")),
    )
    op.create_index(op.f("ix_chemical_in_use_enterprise_id"), "chemical_in_use", ["enterprise_id"], unique=False)
    op.create_table(
        "equipment",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("model", sa.String(length=100), nullable=True),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("count", sa.Integer(), nullable=False),
            sa.Column("registered_no", sa.String(length=60), nullable=True),
            sa.Column("next_inspection_on", sa.Date(), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_equipment_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
    )
    op.create_index(op.f("ix_equipment_enterprise_id"), "equipment", ["enterprise_id"], unique=False)
    op.create_table(
        "insurance",
        *_record(
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("insurer", sa.String(length=100), nullable=False),
            sa.Column("policy_no", sa.String(length=60), nullable=True),
            sa.Column("amount", sa.Double(), nullable=True),
            sa.Column("valid_from", sa.Date(), nullable=True),
            sa.Column("valid_until", sa.Date(), nullable=True),
            sa.Column("insured_count", sa.Integer(), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_insurance_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurance")),
    )
    op.create_index(op.f("ix_insurance_enterprise_id"), "insurance", ["enterprise_id"], unique=False)
    op.create_table(
        "occupational_hazard",
        *_record(
            sa.Column("factor", sa.String(length=60), nullable=False),
            sa.Column("workplace", sa.String(length=100), nullable=False),
            sa.Column("exposed_count", sa.Integer(), nullable=True),
            sa.Column("measured_on", sa.Date(), nullable=True),
            sa.Column("result", sa.String(length=10), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_occupational_hazard_enterprise_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupational_hazard")),
    )
    op.create_index(
        op.f("ix_occupational_hazard_enterprise_id"), "occupational_hazard", ["enterprise_id"], unique=False
    )
    op.create_table(
        "process",
        *_record(
            sa.Column("name", sa.String(length=100), nullable=False),
            sa.Column("is_key", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("key_unit", sa.String(length=100), nullable=True),
            sa.Column("description", sa.Text(), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_process_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process")),
    )
    op.create_index(op.f("ix_process_enterprise_id"), "process", ["enterprise_id"], unique=False)
    op.create_table(
        "safety_person",
        *_record(
            sa.Column("name", sa.String(length=40), nullable=False),
            sa.Column("post", sa.String(length=40), nullable=False),
            sa.Column("certificate_no", sa.String(length=60), nullable=True),
            sa.Column("certificate_until", sa.Date(), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_safety_person_enterprise_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_person")),
    )
    op.create_index(op.f("ix_safety_person_enterprise_id"), "safety_person", ["enterprise_id"], unique=False)
    op.create_table(
        "secondary_unit",
        *_record(
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
            sa.Column("name", sa.String(length=200), nullable=False),
            sa.Column("unit_type_id", sa.BigInteger(), nullable=False),
            sa.Column("department_id", sa.BigInteger(), nullable=True),
            sa.Column("division_id", sa.BigInteger(), nullable=False),
            sa.Column("address", sa.String(length=200), nullable=True),
            sa.Column("principal", sa.String(length=40), nullable=True),
            sa.Column("phone", sa.String(length=30), nullable=True),
            sa.Column("lon", sa.Double(), nullable=True),
            sa.Column("lat", sa.Double(), nullable=True),
            sa.Column("remark", sa.Text(), nullable=True),
        ),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_secondary_unit_department_id")),
        sa.ForeignKeyConstraint(["division_id"], ["division.id"], name=op.f("fk_secondary_unit_division_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_secondary_unit_enterprise_id")),
        sa.ForeignKeyConstraint(["unit_type_id"], ["unit_type.id"], name=op.f("fk_secondary_unit_unit_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secondary_unit")),
    )
    op.create_index(op.f("ix_secondary_unit_department_id"), "secondary_unit", ["department_id"], unique=False)
    op.create_index(op.f("ix_secondary_unit_division_id"), "secondary_unit", ["division_id"], unique=False)
    op.create_index(op.f("ix_secondary_unit_enterprise_id"), "secondary_unit", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_secondary_unit_unit_type_id"), "secondary_unit", ["unit_type_id"], unique=False)
    op.create_table(
        "enterprise_change",
        *_record(
            sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
            sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
            sa.Column("state", sa.String(length=10), nullable=False),
            sa.Column("reason", sa.String(length=500), nullable=True),
            sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
            sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
            sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_enterprise_change_decided_by_id")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_enterprise_change_enterprise_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["user.id"], name=op.f("fk_enterprise_change_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise_change")),
    )
    op.create_index(op.f("ix_enterprise_change_enterprise_id"), "enterprise_change", ["enterprise_id"], unique=False)
    op.create_index("ix_enterprise_change_state_id", "enterprise_change", ["state", "id"], unique=False)
    op.create_index(
        "uq_enterprise_change_open",
        "enterprise_change",
        ["enterprise_id"],
        unique=True,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "saved_query",
        *_record(
            sa.Column("user_id", sa.BigInteger(), nullable=False),
            sa.Column("resource", sa.String(length=60), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("question", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
            sa.Column("is_shared", sa.Boolean(), server_default="false", nullable=False),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_query_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_query")),
    )
    op.create_index(op.f("ix_saved_query_user_id"), "saved_query", ["user_id"], unique=False)


def downgrade() -> None:
    op.execute("DROP INDEX ix_enterprise_search")
    for name in _MAY_BE_EMPTY:
        op.drop_index(f"ix_enterprise_{name}_down", table_name="enterprise", postgresql_where=_LIVE)
    for name in _SORTED:
        op.drop_index(f"ix_enterprise_{name}_id", table_name="enterprise", postgresql_where=_LIVE)
    op.create_index(op.f("ix_enterprise_division_id"), "enterprise", ["division_id"])
    op.create_index(op.f("ix_enterprise_department_id"), "enterprise", ["department_id"])
    op.add_column("enterprise", sa.Column("kind", sa.String(length=60), nullable=True))
    op.execute("""
        UPDATE enterprise SET kind = left(concat_ws('-', above.name, unit_type.name), 60)
        FROM unit_type LEFT JOIN unit_type AS above ON above.id = unit_type.parent_id
        WHERE unit_type.id = enterprise.unit_type_id
    """)
    op.alter_column("enterprise", "kind", nullable=False)
    op.drop_constraint(op.f("fk_enterprise_confirmed_by_id"), "enterprise", type_="foreignkey")
    op.drop_column("enterprise", "unit_type_id")
    for column in _FILE:
        op.drop_column("enterprise", column.name)
    op.drop_column("camera", "department_id")
    for name in _TABLES:
        op.drop_table(name)


_TABLES = (
    "saved_query",
    "enterprise_change",
    "secondary_unit",
    "safety_person",
    "process",
    "occupational_hazard",
    "insurance",
    "equipment",
    "chemical_in_use",
    "certificate",
    "rescue_equipment",
    "field_rule",
    "expert",
    "emergency_person",
    "unit_type",
    "support_institution",
    "shelter",
    "rescue_team",
    "rescue_supply",
    "expert_group",
    "emergency_organization",
    "committee_member",
    "dictionary_item",
)
