"""Enterprises that a list has found are put in the order of their codes without reading their rows."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    _index("department_id", "division_id", "code")


def downgrade() -> None:
    _index("department_id", "division_id")


def _index(*columns: str) -> None:
    op.drop_index("ix_enterprise_scope", table_name="enterprise")
    op.create_index("ix_enterprise_scope", "enterprise", ["id"], postgresql_include=list(columns))
