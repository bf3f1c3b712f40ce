"""An index for what officers look for together: a place, what waits for confirmation, a grade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    columns = ["division_id", "confirm_state", "grade", "id"]
    op.create_index("ix_enterprise_place", "enterprise", columns, postgresql_where=sa.text("deleted_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_enterprise_place", table_name="enterprise")
