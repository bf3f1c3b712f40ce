"""An incident that lies in no enterprise has a place whose people see it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("incident", sa.Column("division_id", sa.BigInteger(), sa.ForeignKey("division.id"), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "division_id")
