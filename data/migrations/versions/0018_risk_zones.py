"""The four-colour map: zones, plan pictures, the rules with their versions, and every colour that a zone had."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0018"
down_revision = "0017"

# Who held a right like it before holds the new one in a running park; a new one gets them with its roles.
_ALL = ("admin", "leader", "officer", "department", "town", "inspector", "duty", "enterprise")
RIGHTS = (*(("risk_map.view", role) for role in _ALL), ("risk_map.zone", "admin"), ("risk_map.zone", "officer"), ("risk_map.rule", "admin"))


def _record(*columns: sa.Column[Any]) -> list[sa.Column[Any]]:
    """The columns of a business record around its own."""
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        *columns,
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    ]


def _link(table: str, column: str, target: str, *, whole: bool = False) -> sa.Column[Any]:
    name = f"fk_{table}_{column}_{target}"
    gone = "CASCADE" if whole else None
    return sa.Column(column, sa.BigInteger(), sa.ForeignKey(f"{target}.id", name=name, ondelete=gone), nullable=False)


def _links(table: str, target: str) -> None:
    op.create_table(
        table,
        _link(table, "zone_id", "risk_zone", whole=True),
        _link(table, f"{target}_id", target, whole=True),
        sa.PrimaryKeyConstraint("zone_id", f"{target}_id", name=f"pk_{table}"),
    )


def upgrade() -> None:
    figures = ("first_x", "first_y", "lon", "lat", "second_x", "second_y", "second_lon", "second_lat")
    op.create_table(
        "risk_plan",
        *_record(
            _link("risk_plan", "enterprise_id", "enterprise"),
            sa.Column("name", sa.String(100), nullable=False),
            *(sa.Column(name, sa.Float(), nullable=False) for name in figures),
        ),
    )
    op.create_index("ix_risk_plan_enterprise_id", "risk_plan", ["enterprise_id"])
    op.create_table(
        "risk_zone",
        *_record(
            _link("risk_zone", "enterprise_id", "enterprise"),
            sa.Column("name", sa.String(100), nullable=False),
            sa.Column("is_whole", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("object_id", sa.BigInteger(), sa.ForeignKey("risk_object.id", name="fk_risk_zone_object_id_risk_object")),
            sa.Column("outline", JSONB()),
            sa.Column("person", sa.String(40)),
            sa.Column("phone", sa.String(30)),
            sa.Column("remark", sa.String(300)),
        ),
    )
    op.create_index("ix_risk_zone_enterprise_id", "risk_zone", ["enterprise_id"])
    op.create_index("uq_risk_zone_whole", "risk_zone", ["enterprise_id"], unique=True, postgresql_where=sa.text("is_whole AND deleted_at IS NULL"))
    op.create_index("uq_risk_zone_object", "risk_zone", ["object_id"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
    _links("risk_zone_object", "risk_object")
    _links("risk_zone_installation", "installation")
    _links("risk_zone_tank", "tank")
    op.create_table(
        "risk_rule",
        *_record(
            sa.Column("kind", sa.String(30), nullable=False),
            sa.Column("threshold", sa.Integer(), server_default="0", nullable=False),
            sa.Column("effect", sa.String(10), nullable=False),
            sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("remark", sa.String(200)),
        ),
    )
    op.create_table(
        "risk_rule_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("user_name", sa.String(60), nullable=False),
    )
    _colours()
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for code, role in RIGHTS:
        op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def _colours() -> None:
    op.create_table(
        "zone_colour",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        _link("zone_colour", "zone_id", "risk_zone"),
        _link("zone_colour", "enterprise_id", "enterprise"),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("before", sa.SmallInteger()),
        sa.Column("level_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
    )
    op.create_index("uq_zone_colour_now", "zone_colour", ["zone_id"], unique=True, postgresql_where=sa.text("ends_at IS NULL"))
    op.create_index("ix_zone_colour_zone", "zone_colour", ["zone_id", "begins_at"])
    op.create_index("ix_zone_colour_ends_at", "zone_colour", ["ends_at"])
    op.create_index("ix_zone_colour_enterprise", "zone_colour", ["enterprise_id", "begins_at"])


def downgrade() -> None:
    for table in ("zone_colour", "risk_rule_version", "risk_rule", "risk_zone_tank", "risk_zone_installation", "risk_zone_object", "risk_zone", "risk_plan"):
        op.drop_table(table)
    op.execute("UPDATE role SET permissions = permissions - 'risk_map.view' - 'risk_map.zone' - 'risk_map.rule'")
