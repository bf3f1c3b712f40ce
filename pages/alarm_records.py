"""报警记录 and 报警统计: every alarm there was, as a list, and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter
from dashboard.statistic import StatisticPage
from data.choices import Choice, word
from data.choices.monitoring import ALARM_CAUSES, ALARM_KINDS, ALARM_LEVELS, ALARM_STATES
from data.models import Alarm, Enterprise
from data.query import visible
from data.statistics.alarms import STATISTICS
from data.viewer import Viewer

SOURCE_TYPES = (Choice("point", "监测点"), Choice("vehicle", "车辆"), Choice("gateway", "网关"))


def firms(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprises that had alarms which the viewer sees."""
    used = visible(Alarm, viewer).with_only_columns(Alarm.enterprise_id)
    rows = session.execute(select(Enterprise.id, Enterprise.short_name).where(Enterprise.id.in_(used)).order_by(Enterprise.short_name))
    return [Choice(str(key), name) for key, name in rows]


def sources(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """What ever alarmed, by name."""
    names = session.scalars(visible(Alarm, viewer).with_only_columns(Alarm.source_name).distinct().order_by(Alarm.source_name))
    return [Choice(name, name) for name in names]


def abouts(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The areas, routes and key points of which the viewer sees alarms; the day of a key point is left out of sight."""
    wanted = visible(Alarm, viewer).where(Alarm.about != "").with_only_columns(Alarm.about).distinct().order_by(Alarm.about)
    return [Choice(about, about) for about in session.scalars(wanted)]


def _level(alarm: Alarm) -> Choice | str:
    return next((one for one in ALARM_LEVELS if one.code == str(alarm.level)), str(alarm.level))


def _state(alarm: Alarm) -> Choice | str:
    return next((one for one in ALARM_STATES if one.code == alarm.state), alarm.state)


def _kind(alarm: Alarm) -> str:
    return word(ALARM_KINDS, alarm.kind)


def _value(name: str) -> Callable[[Alarm], str]:
    """A value of the alarm with its unit; empty for an alarm of silence."""

    def words(alarm: Alarm) -> str:
        value = getattr(alarm, name)
        if value is None or alarm.condition in ("no_data", "gateway_lost"):
            return ""
        return f"{value:.{alarm.decimals}f} {alarm.unit}".strip()

    return words


def _raised(alarm: Alarm) -> str:
    return moment_words(alarm.raised_at, datetime.now(UTC), seconds=True)


def _answered(alarm: Alarm) -> str:
    if alarm.answer_s is None:
        return ""
    minutes, seconds = divmod(alarm.answer_s, 60)
    return f"{minutes} 分 {seconds} 秒" if minutes else f"{seconds} 秒"


RECORDS = Resource(
    key="alarm_record",
    model=Alarm,
    path="/alarms/records",
    title="报警记录",
    permission="alarm.view",
    module="监测预警",
    group="报警管理",
    icon="card-list",
    sort="-raised_at",
    placeholder="对象、编码、位置",
    columns=(
        Column("raised_at", width=150, show=_raised),
        Column("source_name", label="对象", look="link"),
        Column("kind", width=100, show=_kind),
        Column("level", look="tag", width=90, show=_level),
        Column("place", hint=lambda alarm: alarm.place),
        Column("about", width=180, hint=lambda alarm: alarm.about, is_shown=False),
        Column("raised_value", width=110, look="number", show=_value("raised_value"), is_sortable=False),
        Column("worst_value", label="最高/最低", width=110, look="number", show=_value("worst_value"), is_sortable=False),
        Column("value", label="当前/恢复值", width=110, look="number", show=_value("value"), is_sortable=False, is_shown=False),
        Column("occurrences", width=80, look="number"),
        Column("state", label="状态", look="tag", width=130, show=_state, is_sortable=False),
        Column("answer_s", width=110, show=_answered),
        Column("cause", width=100, show=lambda alarm: word(ALARM_CAUSES, alarm.cause) if alarm.cause else ""),
        Column("closed_at", width=130),
    ),
    filters=(
        Filter("level"),
        Filter("kind"),
        Filter("enterprise_id", options=firms),
        Filter("raised_at"),
        Filter("cause"),
        Filter("source_type", options=lambda session, viewer: SOURCE_TYPES),
        Filter("source_name", "对象", options=sources),
        Filter("about", "区域、线路", options=abouts),
        Filter("closed_at"),
        Filter("answer_s"),
    ),
    heading=lambda alarm: f"{alarm.source_name} {_kind(alarm)}",
    tags=(Fact("level", "级别", _level), Fact("state", "状态", _state)),
    subtitle=lambda alarm: (alarm.source_code, alarm.place),
    facts={
        "报警": (Fact("kind", "类型", _kind), "about", Fact("raised_value", "触发值", _value("raised_value")), Fact("worst_value", "最高/最低", _value("worst_value")), Fact("value", "当前/恢复值", _value("value")), "limit", "occurrences", Fact("raised_at", "发生时间", _raised), "last_at", "cleared_at"),
        "处置": ("acknowledged_at", Fact("answer_s", "确认用时", _answered), "in_progress_at", "closed_at", "cause", "measures", "result", "note"),
    },
    work_page=lambda alarm: f"/alarms?id={alarm.id}",
    empty_title="没有报警",
)

ALARM_STATISTICS = StatisticPage(
    path="/alarms/statistics",
    title="报警统计",
    statistics=STATISTICS,
    permission="alarm.view",
    module="监测预警",
    group="报警管理",
    icon="bar-chart",
)

PAGES = [*RECORDS.pages(), ALARM_STATISTICS.page()]
