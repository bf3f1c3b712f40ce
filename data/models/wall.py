"""大屏: the walls that may show screens without a person signed in, when each was last alive, and how the park composes its screens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.monitoring import SCREENS
from data.fields import FileSlot, field
from data.models.base import Base, Record
from data.rules import entries


class Wall(Record):
    """A wall with its read-only token, of which only the digest is kept. Without one it has not been opened to the platform yet."""

    __tablename__ = "wall"
    __title__ = "大屏"
    name: Mapped[str] = field("大屏名称", String(40), required=True, search=True, help="例如：中控室主屏")
    place: Mapped[str | None] = field("安装位置", String(100), search=True)
    screens: Mapped[list[str]] = field("可看画面", JSONB, required=True, help="令牌只能打开选中的画面")
    expires_at: Mapped[datetime | None] = field("有效期至", help="留空即长期有效，到时画面自动停止")
    digest: Mapped[str | None] = field("令牌摘要", String(64), unique=True, secret=True)
    issued_at: Mapped[datetime | None] = mapped_column(info={"label": "签发时间"})
    revoked_at: Mapped[datetime | None] = mapped_column(info={"label": "停用时间"})
    last_used_at: Mapped[datetime | None] = mapped_column(info={"label": "最近使用"})


class WallBeat(Base):
    """The last sign of life of one window of a wall; ``seat`` is the window's own random mark. Written every few seconds."""

    __tablename__ = "wall_beat"
    __title__ = "大屏状态"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    wall_id: Mapped[int] = field("大屏", ForeignKey("wall.id", ondelete="CASCADE"), required=True, index=True)
    seat: Mapped[str] = field("窗口", String(40), required=True, unique=True)
    at: Mapped[datetime] = field("最近心跳", required=True)
    since: Mapped[datetime] = field("打开时间", required=True)
    showing: Mapped[str] = field("当前画面", String(20), required=True, choices=SCREENS)
    state: Mapped[str] = field("画面状态", String(20), required=True)
    width: Mapped[int] = field("宽度", Integer, required=True, unit="px")
    height: Mapped[int] = field("高度", Integer, required=True, unit="px")
    app_version: Mapped[str] = field("程序版本", String(20), required=True)
    address: Mapped[str] = field("地址", String(60), required=True, search=True)
    agent: Mapped[str] = field("浏览器", String(200), required=True)
    clock_off_s: Mapped[int] = field("时钟偏差", Integer, required=True, unit="秒")
    memory_mb: Mapped[int | None] = field("页面内存", Integer, unit="MB")
    figures: Mapped[dict[str, int]] = field("画面数字", JSONB, required=True)

    wall: Mapped[Wall] = relationship(lazy="joined", innerjoin=True)


class ScreenSetting(Record):
    """How the park composes one screen; what is not said stays as the platform has it."""

    __tablename__ = "screen_setting"
    __title__ = "大屏画面"
    __files__ = (FileSlot("logo", "标志", most=1, is_photo=True),)
    screen: Mapped[str] = field("画面", String(20), required=True, unique=True)
    title: Mapped[str] = field("标题", String(40), required=True, search=True)
    panels: Mapped[list[str]] = field("栏目", JSONB, required=True)
    cameras: Mapped[list[int]] = field("视频", JSONB, required=True, default=list, help="视频栏目中的摄像机")
    panes: Mapped[int] = field("视频画面数", SmallInteger, required=True, default=4)
    position: Mapped[int] = field("轮播顺序", SmallInteger, required=True, check=entries.not_negative)
