"""趋势分析: up to six points over one another for any period, in the fineness that fits it, beside the same hours of an earlier day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlalchemy.orm import Session, lazyload, selectinload

from data import telemetry
from data.errors import Invalid
from data.models import Alarm, Point
from data.query import visible
from data.settings import current_settings
from data.tanks import in_counting_order, label
from data.telemetry import Bucket
from data.viewer import Viewer

MOST_POINTS = 6
BUCKETS = 600
HOURS = (1, 8, 24, 168, 720)
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(days=366)
MOST_SHIFT_DAYS = 366
MOST_ALARMS = 200
_LONGEST_CODE = 60


class Wish(NamedTuple):
    """Which points (by their codes) from ``start`` to ``end``; beside them the same ``shift_days`` earlier, 0: nothing beside them.

    ``hours`` says that the period goes on with the clock; 0: it is fixed.
    """

    codes: tuple[str, ...]
    start: datetime
    end: datetime
    shift_days: int = 0
    hours: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON with a fixed period; ``Wish.of`` reads it back."""
        return {"points": list(self.codes), "start": self.start.isoformat(), "end": self.end.isoformat(), "shift": self.shift_days}

    @classmethod
    def of(cls, plain: Any, now: datetime) -> Wish:
        """The wish of a browser or a task at ``now``; Invalid with the field it stands at when it cannot be fulfilled."""
        if not isinstance(plain, dict):
            raise Invalid("提交的内容无法理解，请刷新页面。")
        codes = plain.get("points")
        if not isinstance(codes, list) or not codes or not all(isinstance(code, str) and 0 < len(code) <= _LONGEST_CODE for code in codes):
            raise _fault("points", "请选择测点。")
        if len(set(codes)) > MOST_POINTS:
            raise _fault("points", f"一次最多叠放 {MOST_POINTS} 个测点，请先去掉一些。")
        shift = plain.get("shift") or 0
        if type(shift) is not int or not 0 <= shift <= MOST_SHIFT_DAYS:
            raise _fault("shift", f"对比的天数应为 1～{MOST_SHIFT_DAYS} 的整数。")
        hours = plain.get("hours") or 0
        if hours:
            if type(hours) is not int or hours not in HOURS:
                raise _fault("hours", "时段请从列表中选择。")
            start, end = now - timedelta(hours=hours), now
        else:
            start, end = _span(plain.get("start"), plain.get("end"), now)
        return cls(tuple(dict.fromkeys(codes)), start, end, shift, hours)


def _fault(name: str, text: str) -> Invalid:
    return Invalid(text, {name: text})


def _span(start: Any, end: Any, now: datetime) -> tuple[datetime, datetime]:
    """The fixed period, in the park's time where the texts name no zone; it ends now at the latest."""
    first, last = _instant(start, "start", "开始"), _instant(end, "end", "结束")
    if last <= first:
        raise _fault("end", "结束时间应晚于开始时间。")
    if first >= now:
        raise _fault("start", "开始时间还没有到。")
    last = min(last, now)
    if last - first > LONGEST:
        raise _fault("end", f"一次最长 {LONGEST.days} 天，请缩短时段。")
    return first, max(last, first + SHORTEST)


def _instant(text: Any, name: str, word: str) -> datetime:
    zone = ZoneInfo(current_settings().time_zone)
    try:
        found = datetime.fromisoformat(text)
        found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(zone)
        if not 1980 <= found.year <= 9000:
            raise ValueError
        return found
    except (TypeError, ValueError, OverflowError):
        raise _fault(name, f"请填写{word}时间，如 2026-11-24 08:00。") from None


class Curve(NamedTuple):
    """One point's part. ``before`` are the values ``shift_days`` earlier, moved on to the time of the wish; ``alarms`` its own that
    touch the period, the oldest first."""

    point: Point
    curve: list[Bucket]
    before: list[Bucket]
    alarms: Sequence[Alarm]


class Trend(NamedTuple):
    """``missing`` are codes that there are not for this viewer. ``fineness`` is that of all curves."""

    wish: Wish
    curves: list[Curve]
    missing: list[str]
    fineness: telemetry.Fineness


def trend(session: Session, wish: Wish, viewer: Viewer, now: datetime) -> Trend:
    """The curves in the order of the wish."""
    viewer.require("tank.view")
    found = {point.code: point for point in session.scalars(_points(viewer).where(Point.code.in_(wish.codes)))}
    alarms = _alarms(session, [point.id for point in found.values()], wish, viewer)
    curves = []
    for code in wish.codes:
        if code in found:
            point = found[code]
            mine = [alarm for alarm in alarms if alarm.source_id == point.id]
            curves.append(Curve(point, *_values(session, point, wish, now), mine))
    grain = telemetry.fineness(session, wish.start, wish.end, BUCKETS, now=now)
    return Trend(wish, curves, [code for code in wish.codes if code not in found], grain)


def _values(session: Session, point: Point, wish: Wish, now: datetime) -> tuple[list[Bucket], list[Bucket]]:
    curve = telemetry.curve(session, point.id, wish.start, wish.end, BUCKETS, now=now)
    if not wish.shift_days:
        return curve, []
    back = timedelta(days=wish.shift_days)
    before = telemetry.curve(session, point.id, wish.start - back, wish.end - back, BUCKETS, now=now)
    return curve, [bucket._replace(ts=bucket.ts + back) for bucket in before]


def _points(viewer: Viewer) -> Any:
    apart = [selectinload(one).options(lazyload("*")) for one in (Point.tank, Point.installation, Point.enterprise)]
    return visible(Point, viewer).options(lazyload("*"), *apart)


def _alarms(session: Session, points: Sequence[int], wish: Wish, viewer: Viewer) -> list[Alarm]:
    """The newest alarms of the points that lasted at some time of the period; none for who may not see alarms."""
    if not points or not viewer.may("alarm.view"):
        return []
    lasts = or_(Alarm.cleared_at.is_(None) & Alarm.closed_at.is_(None), Alarm.cleared_at >= wish.start, Alarm.closed_at >= wish.start)
    wanted = visible(Alarm, viewer).where(Alarm.source_type == "point", Alarm.source_id.in_(points), Alarm.raised_at < wish.end, lasts)
    newest = session.scalars(wanted.order_by(Alarm.raised_at.desc(), Alarm.id.desc()).limit(MOST_ALARMS))
    return list(newest)[::-1]


def ended_at(alarm: Alarm) -> datetime | None:
    """When what the alarm tells of was over; None while it lasts."""
    return alarm.cleared_at or alarm.closed_at


def name_of(point: Point) -> str:
    """How people speak of the point: V-101 液位, or its own name where it stands at no tank."""
    if point.tank is None:
        return point.name
    return f"{point.tank.code} {label(point.name, (point.tank.code, point.tank.name), point.quantity)}"


def limits_of(point: Point) -> dict[str, float]:
    """The limits that are set, by kind."""
    return {kind: value for kind in ("high_high", "high", "low", "low_low") if (value := getattr(point, kind)) is not None}


_UNITS = ((86_400.0, "天"), (3_600.0, "小时"), (60.0, "分"), (1.0, "秒"))
_ROWS = ("原始数据", "分钟汇总", "小时汇总")


def grain_words(grain: telemetry.Fineness, period_s: float) -> str:
    """原始数据 · 逐点, 分钟汇总 · 每点 2.4 分: from which rows the curves come and how long one of their points is."""
    if grain.level == 0 and grain.width_s <= period_s:
        return f"{_ROWS[0]} · 逐点"
    size, unit = next(one for one in _UNITS if grain.width_s >= one[0] or one[0] == 1.0)
    return f"{_ROWS[grain.level]} · 每点 {grain.width_s / size:.1f}".removesuffix(".0") + f" {unit}"


def choices(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """All points of the viewer as they are chosen: by enterprise and installation, at their tanks, in the order of people."""
    viewer.require("tank.view")
    rows = []
    for point in session.scalars(_points(viewer)):
        tank = point.tank
        rows.append(
            {
                "id": point.id,
                "code": point.code,
                "name": name_of(point),
                "label": label(point.name, (tank.code, tank.name), point.quantity) if tank else point.name,
                "tank": f"{tank.code} {tank.name}" if tank else "",
                "medium": tank.medium if tank else "",
                "area": point.installation.name,
                "firm": point.enterprise.short_name,
                "quantity": point.quantity,
                "unit": point.unit,
            }
        )
    order = {"level": 0, "temperature": 1, "pressure": 2}
    return sorted(rows, key=lambda row: (row["firm"], row["area"], not row["tank"], in_counting_order(row["tank"]), order.get(row["quantity"], 9), row["code"]))
