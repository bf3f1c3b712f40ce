"""Rules on where vehicles are: areas with rules, routes, key points; what an alarm is about; rate of change and flat lines of points."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

# Who may command vehicles may draw for them too, in a running park; a new one gets the right with its roles.
RIGHTS = ("admin", "officer", "duty")
OWNERS = ("geofence", "vehicle_route", "key_point")


def _record() -> list[sa.Column]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _rule() -> list[sa.Column]:
    """For whom and when."""
    return [
        sa.Column("audience", sa.String(length=10), server_default="all", nullable=False),
        sa.Column("days", sa.String(length=7), server_default="1234567", nullable=False),
        sa.Column("begins_at", sa.String(length=5), nullable=True),
        sa.Column("ends_at", sa.String(length=5), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
    ]


def _identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    for column in _rule():
        op.add_column("geofence", column)
    op.add_column("geofence", sa.Column("kind", sa.String(length=10), server_default="polygon", nullable=False))
    for name in ("tells_enter", "tells_leave", "is_parking"):
        op.add_column("geofence", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    op.add_column("geofence", sa.Column("stay_minutes", sa.Integer(), nullable=True))
    op.execute("UPDATE geofence SET kind = 'circle' WHERE shape ->> 'type' = 'Point'")
    op.create_table(
        "vehicle_route",
        _identity(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("shape", JSONB(), nullable=False),
        sa.Column("width_m", sa.Integer(), nullable=False),
        sa.Column("speed_limit_kmh", sa.Integer(), nullable=True),
        *_rule(),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicle_route")),
        sa.UniqueConstraint("name", name=op.f("uq_vehicle_route_name")),
    )
    _sections()
    _key_points()
    for owner in OWNERS:
        for other in ("enterprise", "vehicle"):
            _link(owner, other)
    op.create_table(
        "terminal_track",
        sa.Column("terminal_id", sa.BigInteger(), nullable=False),
        sa.Column("track", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["terminal_id"], ["terminal.id"], name=op.f("fk_terminal_track_terminal_id_terminal"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("terminal_id", name=op.f("pk_terminal_track")),
    )
    op.add_column("alarm", sa.Column("about", sa.String(length=160), server_default="", nullable=False))
    op.add_column("point", sa.Column("rate_limit", sa.Float(), nullable=True))
    op.add_column("point", sa.Column("flat_minutes", sa.Integer(), nullable=True))
    # What terminals say of having left a road is a condition of its own since.
    op.execute("UPDATE alarm SET condition = 'off_route', kind = 'off_route' WHERE condition = 'route'")
    add = sa.text("UPDATE role SET permissions = permissions || CAST('[\"geofence.edit\"]' AS jsonb) WHERE code = :role AND NOT permissions @> CAST('[\"geofence.edit\"]' AS jsonb)")
    for role in RIGHTS:
        op.get_bind().execute(add, {"role": role})


def _sections() -> None:
    op.create_table(
        "route_section",
        _identity(),
        sa.Column("route_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first_corner", sa.Integer(), nullable=False),
        sa.Column("last_corner", sa.Integer(), nullable=False),
        sa.Column("width_m", sa.Integer(), nullable=True),
        sa.Column("speed_limit_kmh", sa.Integer(), nullable=True),
        sa.Column("longest_min", sa.Float(), nullable=True),
        sa.Column("shortest_min", sa.Float(), nullable=True),
        *_record(),
        sa.ForeignKeyConstraint(["route_id"], ["vehicle_route.id"], name=op.f("fk_route_section_route_id_vehicle_route")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route_section")),
    )
    op.create_index(op.f("ix_route_section_route_id"), "route_section", ["route_id"])


def _key_points() -> None:
    op.create_table(
        "key_point",
        _identity(),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        *_rule(),
        *_record(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_point")),
        sa.UniqueConstraint("name", name=op.f("uq_key_point_name")),
    )
    op.create_table(
        "key_point_visit",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("key_point_id", sa.BigInteger(), nullable=False),
        sa.Column("vehicle_id", sa.BigInteger(), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["key_point_id"], ["key_point.id"], name=op.f("fk_key_point_visit_key_point_id_key_point")),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_key_point_visit_vehicle_id_vehicle")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_key_point_visit_enterprise_id_enterprise")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_point_visit")),
        sa.UniqueConstraint("key_point_id", "vehicle_id", "on_date", name=op.f("uq_key_point_visit_key_point_id_vehicle_id_on_date")),
    )
    op.create_index("ix_key_point_visit_on_date", "key_point_visit", ["on_date"])
    op.create_index(op.f("ix_key_point_visit_vehicle_id"), "key_point_visit", ["vehicle_id"])
    op.create_index(op.f("ix_key_point_visit_enterprise_id"), "key_point_visit", ["enterprise_id"])


def _link(owner: str, other: str) -> None:
    table = f"{owner}_{other}"
    op.create_table(
        table,
        sa.Column(f"{owner}_id", sa.BigInteger(), nullable=False),
        sa.Column(f"{other}_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"], name=op.f(f"fk_{table}_{owner}_id_{owner}")),
        sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=op.f(f"fk_{table}_{other}_id_{other}")),
        sa.PrimaryKeyConstraint(f"{owner}_id", f"{other}_id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    op.execute("UPDATE alarm SET condition = 'route', kind = 'route' WHERE condition = 'off_route'")
    op.drop_column("point", "flat_minutes")
    op.drop_column("point", "rate_limit")
    op.drop_column("alarm", "about")
    op.drop_table("terminal_track")
    for owner in OWNERS:
        for other in ("enterprise", "vehicle"):
            op.drop_table(f"{owner}_{other}")
    op.drop_table("key_point_visit")
    op.drop_table("key_point")
    op.drop_table("route_section")
    op.drop_table("vehicle_route")
    for name in ("stay_minutes", "tells_enter", "tells_leave", "is_parking", "kind", *(column.name for column in _rule())):
        op.drop_column("geofence", name)
    op.execute("UPDATE role SET permissions = permissions - 'geofence.edit'")
