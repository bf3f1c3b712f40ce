"""The duty room: exchanges of shifts, hand-overs, calls, the rights to them, and what the boards need among very many rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"

RIGHTS = (
    *(("duty.view", role) for role in ("admin", "leader", "officer", "department", "town", "inspector", "duty")),
    *(("duty.approve", role) for role in ("admin", "leader", "officer")),
    *(("duty.call", role) for role in ("admin", "leader", "officer")),
)


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


def _to(table: str, column: str, target: str, *, is_required: bool = False) -> sa.Column:
    return sa.Column(column, sa.BigInteger(), sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}"), nullable=not is_required)


def _at(name: str, *, is_required: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not is_required)


def _exchanges() -> None:
    name = "duty_exchange"
    _record(
        name,
        _to(name, "shift_id", "duty_shift", is_required=True),
        _to(name, "other_shift_id", "duty_shift"),
        _to(name, "asked_by_id", "user", is_required=True),
        _to(name, "other_id", "user", is_required=True),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        _at("begins_at", is_required=True),
        _at("ends_at", is_required=True),
        _at("other_begins_at"),
        _at("other_ends_at"),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), server_default="asked", nullable=False),
        _at("answered_at"),
        _to(name, "decided_by_id", "user"),
        _at("decided_at"),
        sa.Column("remark", sa.String(200)),
    )
    op.create_index("ix_duty_exchange_shift_id", name, ["shift_id"])
    op.create_index("ix_duty_exchange_other_shift_id", name, ["other_shift_id"])
    op.create_index("ix_duty_exchange_open", name, ["shift_id"], postgresql_where=sa.text("state IN ('asked', 'agreed')"))


def _handovers() -> None:
    name = "duty_handover"
    _record(
        name,
        _to(name, "shift_id", "duty_shift", is_required=True),
        _to(name, "user_id", "user", is_required=True),
        _to(name, "incoming_id", "user"),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        _at("begins_at", is_required=True),
        _at("ends_at", is_required=True),
        sa.Column("matters", sa.Text()),
        sa.Column("items", JSONB()),
        sa.Column("state", sa.String(10), server_default="draft", nullable=False),
        _at("handed_at"),
        _at("signed_at"),
        sa.Column("remark", sa.String(200)),
        sa.Column("is_late", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_index("uq_duty_handover_shift_id", name, ["shift_id"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index("ix_duty_handover_ends_at", name, ["ends_at"])


def _calls() -> None:
    name = "duty_call"
    _record(
        name,
        _to(name, "user_id", "user", is_required=True),
        sa.Column("tier", sa.SmallInteger()),
        _to(name, "enterprise_id", "enterprise"),
        sa.Column("kind", sa.String(10), nullable=False),
        _to(name, "asked_by_id", "user"),
        _at("asked_at", is_required=True),
        _at("due_at", is_required=True),
        _at("answered_at"),
        sa.Column("answer_s", sa.Integer()),
        sa.Column("state", sa.String(10), server_default="waiting", nullable=False),
        sa.Column("round", sa.String(40)),
    )
    for column in ("user_id", "enterprise_id", "asked_at"):
        op.create_index(f"ix_duty_call_{column}", name, [column])
    op.create_index("ix_duty_call_waiting", name, ["user_id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("uq_duty_call_round", name, ["round", "user_id"], unique=True, postgresql_where=sa.text("round IS NOT NULL"))


def upgrade() -> None:
    _exchanges()
    _handovers()
    _calls()
    op.create_index("ix_alarm_closed_at", "alarm", ["closed_at"])
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for code, role in RIGHTS:
        op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def downgrade() -> None:
    op.drop_index("ix_alarm_closed_at", table_name="alarm")
    for name in ("duty_call", "duty_handover", "duty_exchange"):
        op.drop_table(name)
    op.execute("UPDATE role SET permissions = permissions - 'duty.view' - 'duty.approve' - 'duty.call'")
