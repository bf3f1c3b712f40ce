"""Alarms and what happened to each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Computed, ForeignKey, Identity, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.hours import HOURS_OF_DAY
from data.choices.monitoring import ALARM_CAUSES, ALARM_KINDS, ALARM_LEVELS
from data.fields import field
from data.models.base import Base

_ANSWER_S = "CASE WHEN (acknowledged_at IS NOT NULL) THEN (GREATEST((0)::numeric, EXTRACT(epoch FROM (acknowledged_at - raised_at))))::integer ELSE NULL::integer END"

# By the clock of the park, which lies in China: one zone, without summer time.
_RAISED_HOUR = "(EXTRACT(hour FROM (raised_at AT TIME ZONE 'Asia/Shanghai'::text)))::smallint"
# From when until when an alarm was open; an instant of the past is looked for in it.
LASTING = "tstzrange(raised_at, GREATEST(raised_at, COALESCE(closed_at, 'infinity'::timestamptz)))"


class Alarm(Base):
    """One alarm: what is wrong with one source in one way, from the first occurrence until it is closed.

    Two questions are kept apart: is the condition there now (``cleared_at`` is empty), and has a person answered
    (``acknowledged_at``). An alarm is closed when the condition is gone and a person answered, or when it was resolved.
    Of one (source, condition) at most one alarm is not closed: it counts occurrences instead of making rows.
    """

    __tablename__ = "alarm"
    __title__ = "报警"
    __table_args__ = (
        Index(
            "uq_alarm_open",
            "source_type",
            "source_id",
            "condition",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_alarm_raised_at", "raised_at"),
        Index("ix_alarm_closed_at", "closed_at"),
        Index("ix_alarm_lasting", text(LASTING), postgresql_using="gist"),
        Index("ix_alarm_group_id", "group_id", postgresql_where=text("group_id IS NOT NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source_type: Mapped[str] = field("来源", String(10), required=True, help="point、vehicle、gateway")
    source_id: Mapped[int] = field("来源编号", BigInteger, required=True)
    source_code: Mapped[str] = field("对象编码", String(60), required=True, search=True)
    source_name: Mapped[str] = field("对象", String(160), required=True, search=True)
    place: Mapped[str] = field("位置", String(200), required=True, search=True, help="企业与罐区，或运输企业")
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), index=True)
    tank_id: Mapped[int | None] = field("储罐", ForeignKey("tank.id"))
    condition: Mapped[str] = field("条件", String(30), required=True, help="high、low 两侧，或与类型相同")
    kind: Mapped[str] = field("类型", String(30), required=True, choices=ALARM_KINDS)
    level: Mapped[int] = field("级别", SmallInteger, required=True, choices=ALARM_LEVELS)
    value: Mapped[float | None] = field("当前值")
    raised_value: Mapped[float | None] = field("触发值", help="发生时的数值")
    worst_value: Mapped[float | None] = field("最严重值", help="持续期间离限值最远的数值")
    limit: Mapped[float | None] = field("限值")
    about: Mapped[str] = field("区域、线路", String(160), required=True, default="", server_default="", search=True, help="越过的区域、线路或关键点")
    unit: Mapped[str] = field("单位", String(20), required=True, default="")
    decimals: Mapped[int] = field("小数位", SmallInteger, required=True, default=2)
    lon: Mapped[float | None] = field("经度", unit="°")
    lat: Mapped[float | None] = field("纬度", unit="°")
    group_id: Mapped[int | None] = field("同源", ForeignKey("alarm.id", ondelete="SET NULL"), help="最先发生的那条报警；它自己也指向自己")
    occurrences: Mapped[int] = field("次数", required=True, default=1, unit="次")
    escalations: Mapped[int] = field("上报", SmallInteger, required=True, default=0, server_default="0", help="无人确认时已上报到值班表的第几岗")
    is_simulated: Mapped[bool] = field("模拟数据", required=True, default=False)
    raised_at: Mapped[datetime] = field("发生时间", required=True)
    raised_hour: Mapped[int | None] = field("发生时段", SmallInteger, Computed(_RAISED_HOUR, persisted=True), choices=HOURS_OF_DAY)
    last_at: Mapped[datetime] = field("最近发生", required=True)
    cleared_at: Mapped[datetime | None] = field("恢复时间")
    acknowledged_at: Mapped[datetime | None] = field("确认时间")
    # From the first occurrence on; by the database, so that it can be counted and looked for.
    answer_s: Mapped[int | None] = field("确认用时", Computed(_ANSWER_S, persisted=True), unit="秒")
    acknowledged_by_id: Mapped[int | None] = field("确认人", ForeignKey("user.id"))
    in_progress_at: Mapped[datetime | None] = field("开始处置")
    in_progress_by_id: Mapped[int | None] = field("处置人", ForeignKey("user.id"))
    resolved_at: Mapped[datetime | None] = field("处置完成")
    cause: Mapped[str | None] = field("原因", String(20), choices=ALARM_CAUSES)
    note: Mapped[str | None] = field("处置说明", String(500))
    measures: Mapped[str | None] = field("措施", String(500), help="做了什么")
    result: Mapped[str | None] = field("结果", String(500), help="措施之后怎样")
    closed_at: Mapped[datetime | None] = field("关闭时间")
    version: Mapped[int] = mapped_column(nullable=False, default=1, server_default="1")

    events: Mapped[list[AlarmEvent]] = relationship(order_by="AlarmEvent.id", viewonly=True)

    @property
    def state(self) -> str:
        """One of ``choices.ALARM_STATES``."""
        if self.closed_at is not None:
            return "closed"
        if self.acknowledged_at is None:
            return "unacknowledged" if self.cleared_at is None else "recovered"
        return "in_progress" if self.in_progress_at is not None else "acknowledged"


class AlarmEvent(Base):
    """One step in the life of an alarm: raised, again, worse, cleared, acknowledged, in_progress, handed_over, resolved, closed."""

    __tablename__ = "alarm_event"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id", ondelete="CASCADE"), index=True, nullable=False)
    at: Mapped[datetime] = field("时间", required=True)
    what: Mapped[str] = field("经过", String(20), required=True)
    user_id: Mapped[int | None] = field("人员", ForeignKey("user.id"))
    value: Mapped[float | None] = field("数值")
    note: Mapped[str | None] = field("说明", String(500))
