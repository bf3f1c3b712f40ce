"""Live video: where a camera's picture comes from, what the jobs role knows of it, and the rights to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

RIGHTS = (
    *(("video.view", role) for role in ("admin", "leader", "officer", "department", "town", "inspector", "duty", "enterprise")),
    *(("video.edit", role) for role in ("admin", "officer", "department", "town")),
)


def upgrade() -> None:
    op.add_column("camera", sa.Column("source", sa.String(10), server_default="hls", nullable=False))
    op.add_column("camera", sa.Column("stream", sa.String(170)))
    op.add_column("camera", sa.Column("snapshot_url", sa.String(300)))
    op.add_column("camera", sa.Column("credential", sa.String(300)))
    op.create_table(
        "camera_state",
        sa.Column("camera_id", sa.BigInteger(), sa.ForeignKey("camera.id", name="fk_camera_state_camera_id", ondelete="CASCADE"), autoincrement=False, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("mark", sa.String(400)),
        sa.Column("reason", sa.String(200)),
        sa.Column("pictured_at", sa.DateTime(timezone=True)),
        sa.Column("picture", sa.String(64)),
        sa.Column("picture_tried_at", sa.DateTime(timezone=True)),
        sa.Column("picture_reason", sa.String(200)),
    )
    add = sa.text("UPDATE role SET permissions = permissions || CAST(:code AS jsonb) WHERE code = :role AND NOT permissions @> CAST(:code AS jsonb)")
    for code, role in RIGHTS:
        op.get_bind().execute(add, {"code": f'["{code}"]', "role": role})


def downgrade() -> None:
    op.execute("UPDATE role SET permissions = permissions - 'video.view' - 'video.edit'")
    op.drop_table("camera_state")
    for name in ("credential", "snapshot_url", "stream", "source"):
        op.drop_column("camera", name)
