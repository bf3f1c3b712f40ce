"""Inspections of a span are counted from an index alone: by when they were due, and by when their period began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
LIVE = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    op.create_index("ix_inspection_task_state_due_at", "inspection_task", ["state", "due_at", "enterprise_id"], postgresql_where=LIVE)
    op.create_index("ix_inspection_task_begins_at", "inspection_task", ["begins_at", "state", "enterprise_id"], postgresql_where=LIVE)


def downgrade() -> None:
    op.drop_index("ix_inspection_task_begins_at", "inspection_task")
    op.drop_index("ix_inspection_task_state_due_at", "inspection_task")
