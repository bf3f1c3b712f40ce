"""What the jobs role finds out about cameras: whether their picture comes, since when, and the newest snapshot."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped

from data.choices.video import CAMERA_STATES
from data.fields import field
from data.models.base import Base


class CameraState(Base):
    """The last look at a camera's stream. ``source`` is a digest of what was looked at: of another source nothing is known yet."""

    __tablename__ = "camera_state"
    camera_id: Mapped[int] = field("摄像机", BigInteger, ForeignKey("camera.id", ondelete="CASCADE"), primary_key=True, required=True, autoincrement=False)
    source: Mapped[str] = field("视频源", String(64), required=True)
    state: Mapped[str] = field("状态", String(10), required=True, choices=CAMERA_STATES)
    since: Mapped[datetime] = field("状态起始", required=True)
    checked_at: Mapped[datetime] = field("检测时间", required=True)
    seen_at: Mapped[datetime | None] = field("最近有画面", help="播放列表最近一次更新")
    mark: Mapped[str | None] = field("播放列表", String(400), help="最近一段的序号和地址")
    reason: Mapped[str | None] = field("原因", String(200))
    pictured_at: Mapped[datetime | None] = field("抓拍时间")
    picture: Mapped[str | None] = field("抓拍", String(64), help="SHA-256")
    picture_tried_at: Mapped[datetime | None] = field("最近尝试抓拍")
    picture_reason: Mapped[str | None] = field("没有抓拍的原因", String(200))
