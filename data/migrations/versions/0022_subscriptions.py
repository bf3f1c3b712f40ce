"""Subscriptions, what was told, and the rights to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"

RIGHTS = (
    *(("subscription.use", role) for role in ("admin", "leader", "officer", "department", "town", "inspector", "duty")),
    *(("subscription.group", role) for role in ("admin", "leader", "officer", "department", "town")),
)


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("user.id", name="fk_subscription_user_id"), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("query", JSONB(), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("measure", sa.String(40)),
        sa.Column("schedule", sa.String(10), server_default="daily", nullable=False),
        sa.Column("hour", sa.Integer(), server_default="8", nullable=False),
        sa.Column("weekday", sa.Integer(), server_default="1", nullable=False),
        sa.Column("month_day", sa.Integer(), server_default="1", nullable=False),
        sa.Column("rule", sa.String(10)),
        sa.Column("bound", sa.Float()),
        sa.Column("to_email", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("to_robot", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(10), server_default="active", nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("next_at", instant),
        sa.Column("last_at", instant),
        sa.Column("seen", JSONB()),
        sa.Column("is_beyond", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("updated_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by_id", sa.BigInteger()),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", instant),
    )
    op.create_index("ix_subscription_user_id", "subscription", ["user_id", "position"])
    op.create_index("ix_subscription_due", "subscription", ["next_at"], postgresql_where=sa.text("state = 'active' AND deleted_at IS NULL"))
    op.create_table(
        "subscription_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("subscription_id", sa.BigInteger(), sa.ForeignKey("subscription.id", name="fk_subscription_delivery_subscription_id"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("user.id", name="fk_subscription_delivery_user_id"), nullable=False),
        sa.Column("slot", instant, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("rights", sa.String(100), nullable=False),
        sa.Column("note", sa.String(300)),
        sa.UniqueConstraint("subscription_id", "slot", name="uq_subscription_delivery_slot"),
    )
    op.create_index("ix_subscription_delivery_at", "subscription_delivery", ["at"])
    link = sa.ForeignKey("subscription_delivery.id", name="fk_delivery_subscription_delivery_id", ondelete="SET NULL")
    op.add_column("delivery", sa.Column("subscription_delivery_id", sa.BigInteger(), link))
    op.create_index("ix_delivery_subscription_delivery_id", "delivery", ["subscription_delivery_id"])
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for code, role in RIGHTS:
        op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def downgrade() -> None:
    op.drop_index("ix_delivery_subscription_delivery_id", "delivery")
    op.drop_column("delivery", "subscription_delivery_id")
    op.drop_table("subscription_delivery")
    op.drop_table("subscription")
    op.execute("UPDATE role SET permissions = permissions - 'subscription.use' - 'subscription.group'")
