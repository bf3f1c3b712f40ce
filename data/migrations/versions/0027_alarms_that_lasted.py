"""Alarms by the time in which they were open, for the park at a past instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0020"


def upgrade() -> None:
    lasting = "tstzrange(raised_at, GREATEST(raised_at, COALESCE(closed_at, 'infinity'::timestamptz)))"
    op.create_index("ix_alarm_lasting", "alarm", [sa.text(lasting)], postgresql_using="gist")


def downgrade() -> None:
    op.drop_index("ix_alarm_lasting", "alarm")
