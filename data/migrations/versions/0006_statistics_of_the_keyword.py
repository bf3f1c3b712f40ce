"""The planner learns how often words stand in what a keyword of the enterprise list is looked for in.

The partial index of that text keeps statistics, but the planner takes none from a partial index, and then believes every
word to be rare: a frequent one made it fetch and sort all its rows.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

# The text of data.query.search_text(Enterprise), as in 0002.
_SEARCHED = ("code", "name", "short_name", "credit_code", "legal_person", "contact")
_SEARCH_TEXT = " || E'\\n' || ".join(f"coalesce({name}, '')" for name in _SEARCHED)


def upgrade() -> None:
    op.execute(f"CREATE STATISTICS st_enterprise_search ON ({_SEARCH_TEXT}) FROM enterprise")
    # A thousand samples tell a word in a hundred names from one in a thousand, where the better plan changes.
    op.execute("ALTER STATISTICS st_enterprise_search SET STATISTICS 1000")


def downgrade() -> None:
    op.execute("DROP STATISTICS st_enterprise_search")
