"""Which cameras stand on a big screen, in how many panes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("screen_setting", sa.Column("cameras", JSONB(), server_default="[]", nullable=False))
    op.add_column("screen_setting", sa.Column("panes", sa.SmallInteger(), server_default="4", nullable=False))


def downgrade() -> None:
    op.execute("UPDATE screen_setting SET panels = panels - 'video'")
    op.drop_column("screen_setting", "panes")
    op.drop_column("screen_setting", "cameras")
