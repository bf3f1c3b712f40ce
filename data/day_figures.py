"""What a day of the park is told by: each figure counts rows, says what it counts, and knows the list that shows exactly these rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Date, Integer, Select, cast, func, literal, or_, select, union_all

from data.calendar import end_of, start_of
from data.choices.risks import RISK_LEVELS
from data.models import Alarm, Base, DutyCall, DutyHandover, HiddenDanger, Incident, InspectionTask, ZoneColour
from data.query import Question, answer
from data.settings import current_settings
from data.statistics.parameters import FILLED, any_of, listed, question
from data.viewer import Viewer, system_viewer

_A_DAY, _AN_INSTANT = timedelta(days=1), timedelta(microseconds=1)
_EVERYBODY = system_viewer("day figures")


@dataclass(frozen=True)
class DayFigure:
    """One figure of a day.

    Without ``ends`` it counts what happened: rows whose ``begins`` lies in the day. With it, it counts what stood when the day was over
    (now, while it runs): begun by then and not ended. ``where`` are further conditions as an address has them, ``besides`` one that
    only an advanced query can ask. ``after_days`` puts the beginning that many days later; ``is_by_end`` says that ``begins``
    is an end, so that midnight belongs to the day before. ``good`` is the direction that is welcome: low, high or neither.
    """

    key: str
    label: str
    unit: str
    definition: str
    model: type[Base]
    begins: str
    records: str
    permission: str
    ends: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    besides: Mapping[str, Any] = field(default_factory=dict)
    after_days: int = 0
    is_by_end: bool = False
    good: str = "low"

    @property
    def is_of_days(self) -> bool:
        """Whether the columns hold days, not instants."""
        return getattr(self.model, self.begins).type.python_type is date

    def conditions(self, first: date, last: date) -> dict[str, Any]:
        """What rows meet besides ``where``, of the days from first to last (of what stands only the last counts)."""
        if not self.ends:
            return {"all": [_is(self.begins, "ge", self._from(first)), _is(self.begins, "le", self._until(last))]}
        stood = {"any": [_is(self.ends, "empty"), _is(self.ends, "ge", self._text(last + _A_DAY))]}
        return {"all": [_is(self.begins, "le", self._until(last)), stood]}

    def question(self, first: date, last: date | None = None) -> Question:
        """The question to which exactly the rows of the day, or of the days until ``last``, are the answer."""
        asked = question(self.model, self.where)
        parts = [one for one in (self.besides, asked.conditions, self.conditions(first, last or first)) if one]
        return replace(asked, conditions={"all": parts})

    def rows(self, viewer: Viewer, first: date, last: date | None = None) -> Select[Any]:
        """The rows that the viewer sees of the day or days."""
        return answer(self.model, viewer, self.question(first, last))

    def address(self, first: date, last: date | None = None, **more: str) -> str:
        """Where the same rows are listed."""
        last = last or first
        given = {**self.where, **more}
        if not self.ends and not self.is_by_end:
            given |= {f"{self.begins}_from": first.isoformat(), f"{self.begins}_to": last.isoformat()}
        plain = listed(self.model, given)
        asked = [json.loads(plain.pop("where"))] if "where" in plain else []
        asked += [self.besides] if self.besides else []
        if self.ends or self.is_by_end:
            asked.append(self.conditions(first, last))
        if not asked:
            return f"{self.records}?{urlencode(plain)}"
        tree = {"all": asked}
        return f"{self.records}?{urlencode({**plain, 'where': json.dumps(tree, separators=(',', ':'))})}"

    def counted(self, since: date | None = None) -> Select[Any]:
        """Rows (figure, day, enterprise_id, count) of all days, or of those from ``since`` on, as ``DayCount`` keeps them."""
        model: Any = self.model
        # What belongs to the park alone is of no enterprise.
        begun, firm = self._day_of(self.begins, self.after_days), func.coalesce(getattr(model, "enterprise_id", None), 0)
        asked = question(self.model, self.where)
        parts = [one for one in (self.besides, asked.conditions) if one]
        rows = answer(self.model, _EVERYBODY, replace(asked, conditions={"all": parts} if parts else {})).order_by(None)
        rows = rows.where(getattr(model, self.begins).is_not(None))
        new = rows if since is None else rows.where(getattr(model, self.begins) >= self._edge(self.begins, since))
        ways = [new.with_only_columns(begun.label("day"), firm.label("firm"), literal(1).label("step"), maintain_column_froms=True)]
        if self.ends:
            ended = self._day_of(self.ends)
            ways = [ways[0].where(or_(ended.is_(None), ended > begun))]
            over = rows.where(ended > begun)
            over = over if since is None else over.where(getattr(model, self.ends) >= self._edge(self.ends, since))
            ways.append(over.with_only_columns(ended.label("day"), firm.label("firm"), literal(-1).label("step"), maintain_column_froms=True))
        steps = union_all(*ways).subquery()
        total = func.sum(steps.c.step)
        grouped = select(literal(self.key).label("figure"), steps.c.day, steps.c.firm.label("enterprise_id"), cast(total, Integer).label("count"))
        return grouped.group_by(steps.c.day, steps.c.firm).having(total != 0)

    def days_of(self) -> tuple[Any, ...]:
        """The days to which a row belongs, as columns: that on which it begins, and that on which it ends where it does."""
        return (self._day_of(self.begins, self.after_days), *((self._day_of(self.ends),) if self.ends else ()))

    def _edge(self, name: str, day: date) -> date | datetime:
        """From which value of the column on a row belongs to the day or a later one."""
        if self.is_of_days:
            return day - timedelta(days=self.after_days if name == self.begins else 0)
        return start_of(day) + (_AN_INSTANT if self.is_by_end and name == self.begins else timedelta())

    def _day_of(self, name: str, after: int = 0) -> Any:
        column = getattr(self.model, name)
        if self.is_of_days:
            return cast(column + after, Date)
        shifted = column - _AN_INSTANT if self.is_by_end and name == self.begins else column
        return cast(func.timezone(current_settings().time_zone, shifted), Date)

    def _from(self, day: date) -> str:
        if self.is_of_days:
            return (day - timedelta(days=self.after_days)).isoformat()
        return _iso(start_of(day) + (_AN_INSTANT if self.is_by_end else timedelta()))

    def _until(self, day: date) -> str:
        if self.is_of_days:
            return (day - timedelta(days=self.after_days)).isoformat()
        return _iso(end_of(day) - (timedelta() if self.is_by_end else _AN_INSTANT))

    def _text(self, day: date) -> str:
        return day.isoformat() if self.is_of_days else _iso(start_of(day))


def _is(name: str, op: str, value: str = "") -> dict[str, Any]:
    return {"field": name, "op": op, **({"value": value} if value else {})}


def _iso(at: datetime) -> str:
    return at.isoformat()


_ALARM: dict[str, Any] = {"model": Alarm, "unit": "条", "records": "/alarms/records", "permission": "alarm.view"}
_DANGER: dict[str, Any] = {"model": HiddenDanger, "unit": "条", "records": "/dangers/all", "permission": "danger.view"}
_PATROL: dict[str, Any] = {"model": InspectionTask, "unit": "次", "begins": "due_at", "is_by_end": True, "records": "/risks/inspections", "permission": "risk.view"}
_NO_DRAFT = _is("state", "ne", "draft")

ALARMS = DayFigure("alarm", "新增报警", definition="当日发生的报警，各级别、各来源都计；同一报警未关闭前再次发生只计一次。", begins="raised_at", **_ALARM)
ALARMS_URGENT = DayFigure("alarm-urgent", "紧急报警", definition="当日发生的紧急（一级）报警。", begins="raised_at", where={"level": "1"}, **_ALARM)
ALARMS_OF_TANKS = DayFigure("alarm-tank", "储罐报警", definition="当日发生的、来自储罐监测点的报警。", begins="raised_at", where={"tank_id": FILLED}, **_ALARM)
ALARMS_OF_VEHICLES = DayFigure("alarm-vehicle", "车辆报警", definition="当日发生的、来自危化品车辆的报警。", begins="raised_at", where={"source_type": "vehicle"}, **_ALARM)
ALARMS_OF_SPEED = DayFigure("alarm-speed", "车辆超速", definition="当日发生的危化品车辆超速报警，终端自报和平台判定的合计。", begins="raised_at", where={"kind": "overspeed"}, **_ALARM)
ALARMS_OF_DATA = DayFigure("alarm-data", "数据停更", definition="当日发生的数据停更、网关无心跳报警。", begins="raised_at", where={"kind": any_of(("no_data", "gateway_lost"))}, **_ALARM)
ALARMS_CLOSED = DayFigure("alarm-closed", "关闭报警", definition="当日关闭的报警，不论何日发生。", begins="closed_at", good="high", **_ALARM)
ALARMS_OPEN = DayFigure("alarm-open", "未关闭报警", definition="当日终了时（当天为此刻）已发生、尚未关闭的报警。", begins="raised_at", ends="closed_at", **_ALARM)
FOUND = DayFigure("danger-found", "新增隐患", definition="发现日期在当日的隐患，草稿不计。", begins="found_on", besides=_NO_DRAFT, good="", **_DANGER)
CLOSED = DayFigure("danger-closed", "销号隐患", definition="当日整改销号的隐患，不论何日发现。", begins="closed_on", besides=_NO_DRAFT, good="high", **_DANGER)
OPEN = DayFigure("danger-open", "未整改隐患", definition="当日终了时（当天为此刻）已发现、尚未整改销号的隐患，草稿不计。", begins="found_on", ends="closed_on", besides=_NO_DRAFT, **_DANGER)
OPEN_MAJOR = DayFigure("danger-major", "未销号重大隐患", definition="当日终了时尚未销号的重大隐患。", begins="found_on", ends="closed_on", besides=_NO_DRAFT, where={"level": "major"}, **_DANGER)
LATE = DayFigure("danger-late", "超期隐患", definition="当日终了时整改期限已过、尚未销号的隐患；按现在登记的整改期限计算。", begins="deadline_on", after_days=1, ends="closed_on", besides=_NO_DRAFT, **_DANGER)
INSPECTED = DayFigure("patrol-done", "已巡检", definition="巡检周期在当日截止（24:00 属当日）、已经完成的人工巡检任务。", where={"state": "done"}, good="high", **_PATROL)
MISSED = DayFigure("patrol-missed", "漏检", definition="巡检周期在当日截止（24:00 属当日）、没有完成的人工巡检任务。", where={"state": "missed"}, **_PATROL)
_INCIDENT: dict[str, Any] = {"model": Incident, "unit": "起", "begins": "received_at", "besides": _is("is_drill", "eq", "0"), "records": "/incidents", "permission": "incident.view"}
INCIDENTS = DayFigure("incident", "突发事件", definition="当日接报的突发事件，演练不计；误报、重复的也计为接报。", **_INCIDENT)
INCIDENTS_OPEN = DayFigure("incident-open", "未结束突发事件", definition="当日终了时（当天为此刻）已接报、尚未结束或排除的突发事件，演练不计。", ends="ended_at", **_INCIDENT)

CALLS = DayFigure("call", "查岗", "次", "当日发起的查岗，人工和随机合计。", DutyCall, "asked_at", "/duty-calls", "duty.view", good="")
CALLS_MISSED = DayFigure("call-missed", "查岗未应答", "次", "当日发起、时限内没有应答的查岗。", DutyCall, "asked_at", "/duty-calls", "duty.view", where={"state": "missed"})
HANDOVERS_MISSING = DayFigure("handover-missing", "缺交接班记录", "班", "当日结束、没有交接班记录的班次。", DutyHandover, "ends_at", "/duty-handovers", "duty.view", where={"state": "missing"})


def _zones(level: str, label: str) -> DayFigure:
    meaning = f"当日终了时（当天为此刻）为{label}风险的风险区域，颜色由动态风险规则得出。"
    return DayFigure(f"zone-{level}", f"{label}风险区域", "个", meaning, ZoneColour, "begins_at", "/risk-map/colours", "risk_map.view", ends="ends_at", where={"level": level}, good="low" if level in "12" else "")


ZONES: Mapping[int, DayFigure] = {int(one.code): _zones(one.code, one.word.removesuffix("风险")) for one in RISK_LEVELS}
ALL: Sequence[DayFigure] = (ALARMS, ALARMS_URGENT, ALARMS_OF_TANKS, ALARMS_OF_VEHICLES, ALARMS_OF_SPEED, ALARMS_OF_DATA, ALARMS_CLOSED, ALARMS_OPEN, FOUND, CLOSED, OPEN, OPEN_MAJOR, LATE, INSPECTED, MISSED, INCIDENTS, INCIDENTS_OPEN, *ZONES.values(), CALLS, CALLS_MISSED, HANDOVERS_MISSING)
BY_KEY: Mapping[str, DayFigure] = {one.key: one for one in ALL}
STOCKS = frozenset(one.key for one in ALL if one.ends)

