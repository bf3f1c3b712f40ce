"""Alarms by the time in which they were open, for the park at a past instant, and by the hour of the day for statistics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"


HOUR = "(EXTRACT(hour FROM (raised_at AT TIME ZONE 'Asia/Shanghai'::text)))::smallint"


def upgrade() -> None:
    op.add_column("alarm", sa.Column("raised_hour", sa.SmallInteger(), sa.Computed(HOUR, persisted=True), nullable=True))
    lasting = "tstzrange(raised_at, GREATEST(raised_at, COALESCE(closed_at, 'infinity'::timestamptz)))"
    op.create_index("ix_alarm_lasting", "alarm", [sa.text(lasting)], postgresql_using="gist")


def downgrade() -> None:
    op.drop_index("ix_alarm_lasting", "alarm")
    op.drop_column("alarm", "raised_hour")
