"""What the lists of hidden dangers read of very many rows stands in an index: the heads of 未整改隐患, and who supervises an enterprise."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_OPEN = sa.text("deleted_at IS NULL AND closed_on IS NULL")


def upgrade() -> None:
    op.drop_index("ix_hidden_danger_open", table_name="hidden_danger")
    op.create_index("ix_hidden_danger_open", "hidden_danger", ["deadline_on", "id"], postgresql_where=_OPEN, postgresql_include=["enterprise_id", "level", "state"])
    op.create_index("ix_enterprise_scope", "enterprise", ["id"], postgresql_include=["department_id", "division_id"])


def downgrade() -> None:
    op.drop_index("ix_enterprise_scope", table_name="enterprise")
    op.drop_index("ix_hidden_danger_open", table_name="hidden_danger")
    op.create_index("ix_hidden_danger_open", "hidden_danger", ["deadline_on", "id"], postgresql_where=_OPEN)
