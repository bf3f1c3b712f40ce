"""The administrator of a running park may open the pages that came with 0002 to 0004."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NEW = (
    "enterprise.edit",
    "enterprise.delete",
    "enterprise.confirm",
    "enterprise.account",
    "enterprise.enter",
    "unit_type.edit",
    "emergency.view",
    "emergency.edit",
    "role.edit",
    "dictionary.edit",
    "field_rule.edit",
    "division.edit",
    "department.edit",
)


def upgrade() -> None:
    add = sa.text(
        "UPDATE role SET permissions = permissions || CAST(:code AS jsonb) "
        "WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)"
    )
    connection = op.get_bind()
    for code in NEW:
        connection.execute(add, {"code": f'["{code}"]', "role": "admin"})
    # An enterprise keeps its own file; that is what its people sign in for.
    connection.execute(add, {"code": '["own.file"]', "role": "enterprise"})


def downgrade() -> None:
    """Rights that nobody asks for do no harm."""
