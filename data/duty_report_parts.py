"""The eight sections of a duty report, in the order of the form: figures of the platform, and places for what it does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import day_figures as of
from data.alarms import title
from data.calendar import end_of, park_day, start_of
from data.choices import word
from data.choices.monitoring import ALARM_LEVELS, DUTY_TIERS
from data.daily import duty, late
from data.day_figure_words import BY_HAND
from data.day_figures import DayFigure
from data.hazard_dues import dues
from data.models import Alarm, Enterprise, HiddenDanger, Installation, LatestPosition, Message, Terminal
from data.query import count, visible
from data.viewer import system_viewer

NOT_FILLED = "/"
PARK = system_viewer("duty report")
TOP, UNHANDLED = 3, 10


class Line(NamedTuple):
    """One line: where it stands, what it is called, its number or words, and beside a figure the one before, its rows, and what a
    person put in its place. ``why`` says why it is "/"."""

    section: str
    label: str
    text: str
    unit: str = ""
    key: str = ""
    value: int | None = None
    before: int | None = None
    href: str = ""
    corrected: int | None = None
    why: str = ""

    @property
    def shown(self) -> str:
        """What counts: the number put in by hand, else the platform's."""
        return f"{self.corrected:,}" if self.corrected is not None else self.text

    @property
    def by_hand(self) -> str:
        """What a person did to it, in words; empty when nothing."""
        if self.corrected is None:
            return ""
        return "人工填报" if self.value is None else f"人工更正，系统数 {self.text} {self.unit}"

    @property
    def words(self) -> str:
        """The line as it stands in the document."""
        before = "" if self.before is None or self.value is None else f"，{_change(self.value - self.before)}"
        mark = f"（{self.by_hand}：{self.why}）" if self.by_hand else f"（{self.why}）" if self.why else ""
        unit = self.unit if self.shown != NOT_FILLED else ""
        return f"{self.label}：{self.shown} {unit}".rstrip() + before + mark


class ByHand(NamedTuple):
    """A place for a number that the platform does not know, and why."""

    key: str
    unit: str
    why: str


class Asked(NamedTuple):
    """Which report is counted, when, and what was put in by hand: figure → (number, reason)."""

    kind: str
    first: date
    last: date
    now: datetime
    by_hand: Mapping[str, tuple[int, str]]


Part = DayFigure | ByHand | Callable[[Session, Asked, str], Iterable[Line]]


def _change(number: int) -> str:
    return f"比上期{'增加' if number > 0 else '减少'} {abs(number):,}" if number else "与上期持平"


# ---- What is more than a figure ----------------------------------------------------------------------------------------


def _duty(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    if asked.kind != "daily":
        yield Line(section, "值班人员", NOT_FILLED, why="周报不列值班人员，见各日日报")
        return
    posts = duty(session, asked.last, end_of(asked.last))
    for tier in reversed(DUTY_TIERS):
        names = "、".join(dict.fromkeys(one.user.name for one in posts.get(int(tier.code), ())))
        yield Line(section, tier.word, names or NOT_FILLED, why="" if names else "值班表上没有人")


def _installations(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    number = count(session, visible(Installation, PARK), Installation, None)
    if asked.last != park_day(asked.now):
        yield Line(section, "重大危险源", NOT_FILLED, why="登记只保留当前状态，过去某日的不可知")
        return
    levels = dict(session.execute(visible(Installation, PARK).with_only_columns(Installation.level, func.count(), maintain_column_froms=True).order_by(None).group_by(Installation.level)).all())
    words = "，".join(f"{'一二三四'[level - 1]}级 {levels[level]}" for level in sorted(one for one in levels if one))
    yield Line(section, "重大危险源", f"{number:,}", "处", value=number, href="/hazards" if number else "", why=words)


def _hazards(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    if asked.last != park_day(asked.now):
        yield Line(section, "事项过期", NOT_FILLED, why="到期情况只保留当前状态，过去某日的不可知")
        return
    over = sum(one.is_over for one in dues(session, PARK, asked.last))
    yield Line(section, "事项过期", f"{over:,}", "项", value=over, href="/hazards/due?state=over" if over else "")


def _positions(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    if asked.last != park_day(asked.now):
        yield Line(section, "有轨迹的车辆", NOT_FILLED, why="只统计当天，过去某日的见历史轨迹")
        return
    there = select(func.count(func.distinct(Terminal.vehicle_id))).join(LatestPosition, LatestPosition.terminal_id == Terminal.id).where(LatestPosition.ts >= start_of(asked.last), Terminal.deleted_at.is_(None))
    known = session.scalar(select(func.count()).select_from(Terminal).where(Terminal.vehicle_id.is_not(None), Terminal.deleted_at.is_(None))) or 0
    number = session.scalar(there) or 0
    yield Line(section, "有轨迹的车辆", f"{number:,}", "辆", value=number, href="/vehicles" if number else "", why=f"已装终端 {known:,} 辆")


def _reminders(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    told = select(func.count(func.distinct(func.coalesce(Message.once, Message.title)))).where(Message.kind.in_(("due", "overdue")), Message.created_at >= start_of(asked.first), Message.created_at < end_of(asked.last))
    number = session.scalar(told) or 0
    yield Line(section, "到期、超期提醒", f"{number:,}", "件", value=number, why="发给各责任人，在各自的消息中查看")


def _warnings(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    yield Line(section, "预警", NOT_FILLED, why="平台不另设预警，高报、低报计入报警；风险变化见双重预防的风险区域")


def _rating(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    yield Line(section, "运行效果（优、良、中、差）", NOT_FILLED, why="平台不评定等次，下列数字为依据")


def _weather(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    yield Line(section, "天气和预警", NOT_FILLED, why="平台没有接入气象数据")


# ---- What a week tells besides ----------------------------------------------------------------------------------------


def _most(figure: DayFigure) -> Callable[[Session, Asked, str], Iterable[Line]]:
    def lines(session: Session, asked: Asked, section: str) -> Iterable[Line]:
        """The enterprises with most of the figure in the span."""
        firm: Any = figure.model.enterprise_id  # type: ignore[attr-defined]
        grouped = figure.rows(PARK, asked.first, asked.last).with_only_columns(firm, func.count(), maintain_column_froms=True).where(firm.is_not(None))
        found = session.execute(grouped.order_by(None).group_by(firm).order_by(func.count().desc(), firm).limit(TOP)).all()
        names = dict(session.execute(select(Enterprise.id, Enterprise.name).where(Enterprise.id.in_([key for key, _ in found]))).all())
        for place, (key, number) in enumerate(found):
            href = figure.address(asked.first, asked.last, enterprise_id=str(key))
            yield Line(section, f"{figure.label}第 {place + 1}：{names.get(key, '')}", f"{number:,}", figure.unit, value=number, href=href)
        if not found:
            yield Line(section, figure.label, "0", figure.unit, value=0)

    return lines


def _late(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    today = park_day(asked.now)
    found = late(session, PARK, asked.last, today, UNHANDLED)
    for one in found:
        why = f"等待{one.whom}" if one.whom else "办理环节只有当天可知" if asked.last != today else "尚未进入流程"
        firm = one.danger.enterprise
        yield Line(section, f"隐患：{one.danger.name}（{firm.short_name or firm.name}）", f"超期 {one.days:,}", "天", href=f"/dangers/{one.danger.id}", why=why)
    total = count(session, of.LATE.rows(PARK, asked.last), HiddenDanger, None)
    if total > len(found):
        yield Line(section, "其余超期隐患", f"{total - len(found):,}", "条", href=of.LATE.address(asked.last), why="按超期天数只列前 10 条")


def _open_alarms(session: Session, asked: Asked, section: str) -> Iterable[Line]:
    rows = of.ALARMS_OPEN.rows(PARK, asked.last).where(Alarm.level <= 2).order_by(Alarm.level, Alarm.raised_at, Alarm.id)
    for one in session.scalars(rows.limit(UNHANDLED)):
        why = "处置中" if one.in_progress_at else "已确认，未处置" if one.acknowledged_at else "未确认"
        days = (asked.last - park_day(one.raised_at)).days
        yield Line(section, f"{word(ALARM_LEVELS, str(one.level))}报警：{title(one)}（{one.place}）", f"未关闭 {days:,}", "天", href=f"/alarms?id={one.id}", why=why)


# ---- The form ---------------------------------------------------------------------------------------------------------

_NO_PROMISE = "平台没有接入企业安全承诺公告"
_NO_GATE = "平台没有接入卡口和电子运单"
_NO_WORK = "平台没有接入特殊作业票"
_NO_PEOPLE = "平台没有接入人员定位"

SECTIONS: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("安全承诺", (ByHand("promise-due", "家", _NO_PROMISE), ByHand("promise-made", "家", _NO_PROMISE))),
    ("封闭化管理", (of.ALARMS_OF_VEHICLES, of.ALARMS_OF_SPEED, _positions, ByHand("vehicle-in", "辆", _NO_GATE), ByHand("vehicle-out", "辆", _NO_GATE), ByHand("hazmat-tons", "吨", _NO_GATE), ByHand("waybill-checks", "次", _NO_GATE))),
    ("特殊作业", tuple(ByHand(key, "项", _NO_WORK) for key in ("work-promised", "work-done", "work-fire", "work-space", "work-checks"))),
    ("重大危险源", (_installations, _hazards, of.ALARMS_OF_TANKS, of.ALARMS_OF_DATA, ByHand("camera-off", "路", "平台没有接入视频在线状态"), ByHand("control-room", "次", "平台没有接入中控室视频分析"))),
    ("双重预防", (_rating, of.FOUND, of.CLOSED, of.OPEN, of.LATE, of.OPEN_MAJOR, of.INSPECTED, of.MISSED, *of.ZONES.values())),
    ("人员定位", (ByHand("people-in", "人", _NO_PEOPLE), ByHand("people-alarm", "条", _NO_PEOPLE))),
    ("提醒、预警、报警", (_reminders, _warnings, of.ALARMS, of.ALARMS_URGENT, of.ALARMS_CLOSED, of.ALARMS_OPEN)),
    ("其他", (of.INCIDENTS, of.INCIDENTS_OPEN, _duty, of.CALLS, of.CALLS_MISSED, of.HANDOVERS_MISSING, _weather)),
)
OF_A_WEEK: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("重点企业（前三）", (_most(of.ALARMS), _most(of.FOUND), _most(of.LATE))),
    ("未办结事项", (_late, _open_alarms)),
)
FIGURES: tuple[DayFigure, ...] = tuple(part for _, parts in SECTIONS for part in parts if isinstance(part, DayFigure))


def counted(session: Session, asked: Asked) -> list[Line]:
    """All lines as the rows of the whole park are now."""
    sections = (*SECTIONS, *(OF_A_WEEK if asked.kind == "weekly" else ()))
    return [line for section, parts in sections for part in parts for line in _lines(session, asked, section, part)]


def _lines(session: Session, asked: Asked, section: str, part: Part) -> Iterable[Line]:
    if isinstance(part, DayFigure):
        return [of_figure(session, asked, part, section)]
    if isinstance(part, ByHand):
        number, why = asked.by_hand.get(part.key, (None, part.why))
        return [Line(section, word(BY_HAND, part.key), NOT_FILLED, part.unit, part.key, corrected=number, why=why)]
    return part(session, asked, section)


def of_figure(session: Session, asked: Asked, figure: DayFigure, section: str = "") -> Line:
    """A figure of the span beside that of the span before, with its rows."""
    length = asked.last - asked.first + timedelta(days=1)
    spans = ((asked.first, asked.last), (asked.first - length, asked.last - length))
    value, before = (count(session, figure.rows(PARK, one, other), figure.model, None) for one, other in spans)
    href = figure.address(asked.first, asked.last) if value else ""
    corrected, why = asked.by_hand.get(figure.key, (None, ""))
    return Line(section, figure.label, f"{value:,}", figure.unit, figure.key, value, before, href, corrected, why)
