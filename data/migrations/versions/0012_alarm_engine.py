"""The duty roster, suspension of a point's alarms, what was done about an alarm, and which alarms came of one cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# Who held a right like it before holds the new one in a running park; a new one gets them with its roles.
RIGHTS = dict.fromkeys(("admin", "officer", "duty"), ("alarm.suspend", "duty.edit"))

ANSWER_S = "CASE WHEN (acknowledged_at IS NOT NULL) THEN (GREATEST((0)::numeric, EXTRACT(epoch FROM (acknowledged_at - raised_at))))::integer ELSE NULL::integer END"


def upgrade() -> None:
    op.create_table(
        "alarm_suspension",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("enterprise_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=op.f("fk_alarm_suspension_point_id_point")),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_alarm_suspension_enterprise_id_enterprise")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_alarm_suspension_ended_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_suspension")),
    )
    op.create_index("ix_alarm_suspension_point_id", "alarm_suspension", ["point_id", "until"])
    op.create_index(op.f("ix_alarm_suspension_enterprise_id"), "alarm_suspension", ["enterprise_id"])
    op.add_column("alarm", sa.Column("measures", sa.String(length=500), nullable=True))
    op.add_column("alarm", sa.Column("result", sa.String(length=500), nullable=True))
    op.add_column("alarm", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_alarm_group_id_alarm"), "alarm", "alarm", ["group_id"], ["id"], ondelete="SET NULL")
    op.create_index("ix_alarm_group_id", "alarm", ["group_id"], postgresql_where=sa.text("group_id IS NOT NULL"))
    op.add_column("alarm", sa.Column("escalations", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("alarm", sa.Column("answer_s", sa.Integer(), sa.Computed(ANSWER_S, persisted=True), nullable=True))
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_duty_shift_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shift")),
    )
    op.create_index("ix_duty_shift_begins_at", "duty_shift", ["begins_at", "ends_at"])
    op.create_index(op.f("ix_duty_shift_user_id"), "duty_shift", ["user_id"])
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for role, codes in RIGHTS.items():
        for code in codes:
            op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def downgrade() -> None:
    op.drop_table("duty_shift")
    op.drop_column("alarm", "answer_s")
    op.drop_column("alarm", "escalations")
    op.drop_column("alarm", "group_id")
    op.drop_column("alarm", "result")
    op.drop_column("alarm", "measures")
    op.drop_table("alarm_suspension")
    op.execute("UPDATE role SET permissions = permissions - 'alarm.suspend' - 'duty.edit'")
