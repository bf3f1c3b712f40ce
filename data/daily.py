"""A day of the park for its leaders: figures against yesterday and the usual, what is late and with whom, and what comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from data import day_figures as of
from data.alarms import title
from data.calendar import end_of, park_day, start_of
from data.danger_lists import standings
from data.day_counts import DAYS_BACK, series
from data.day_figures import DayFigure
from data.hazard_dues import Due, dues
from data.models import Alarm, Division, DutyShift, Enterprise, HiddenDanger, InspectionTask, RiskZone, ZoneColour
from data.query import count
from data.rules.priorities import Candidate, first_of
from data.viewer import Viewer

SHOWN: tuple[DayFigure, ...] = (of.INCIDENTS, of.ALARMS, of.ALARMS_OPEN, of.ALARMS_OF_TANKS, of.ALARMS_OF_VEHICLES, of.FOUND, of.CLOSED, of.OPEN, of.LATE, of.INSPECTED, of.MISSED, of.ZONES[1])
ASKED = (*SHOWN, of.ZONES[2], of.ZONES[3], of.ZONES[4])  # the strip has the other colours
WEEK, LATEST, EACH = 7, 8, 2


class Told(NamedTuple):
    """A figure of the day. None is not known: nothing was recorded on that day. ``usual`` is a mean and of how many days."""

    figure: DayFigure
    value: int | None
    before: int | None
    usual: tuple[float, int] | None
    week: tuple[int | None, ...]
    href: str

    @property
    def change(self) -> int | None:
        """Against the day before."""
        return None if self.value is None or self.before is None else self.value - self.before


class Late(NamedTuple):
    """A hidden danger past its deadline: by how many days, whose it is, and who must act."""

    danger: HiddenDanger
    days: int
    whom: str


class Town(NamedTuple):
    """A town with what is open in it, and how much of that is late."""

    key: int
    name: str
    open: int
    late: int


def figures(session: Session, viewer: Viewer, day: date, wanted: Iterable[DayFigure] = ASKED) -> dict[str, Told]:
    """The figures that the viewer may see, by key; the day itself is counted from its rows, what it is compared with from the kept counts.

    What stood at the end of a day that is over comes from the kept counts too: of years ago it would be most of all rows."""
    is_over = day < park_day(datetime.now(UTC))
    mine = [one for one in wanted if viewer.may(one.permission)]
    kept = series(session, viewer, [one.key for one in mine], day, day - timedelta(days=DAYS_BACK))
    found = {}
    for one in mine:
        past = kept[one.key]
        value = past.on(day) if past.first is not None and (day < past.first or (is_over and one.ends)) else count(session, one.rows(viewer, day), one.model, None)
        week = tuple(past.on(day - timedelta(days=back)) for back in range(WEEK - 1, 0, -1))
        found[one.key] = Told(one, value, past.on(day - timedelta(days=1)), past.usual(day), (*week, value), one.address(day) if value else "")
    return found


def late(session: Session, viewer: Viewer, day: date, today: date, most: int = LATEST) -> list[Late]:
    """The dangers that were longest past their deadline when the day was over; whom they wait for is known of today only."""
    if not viewer.may(of.LATE.permission):
        return []
    rows = session.scalars(_oldest(of.LATE.rows(viewer, day), HiddenDanger, HiddenDanger.deadline_on, most)).unique().all()
    known = standings(session, rows) if day == today else {}
    return [Late(one, (day - one.deadline_on).days, known[one.id].whom if one.id in known else "") for one in rows if one.deadline_on]


def towns(session: Session, viewer: Viewer, day: date) -> list[Town]:
    """The towns with dangers that were open when the day was over, the most first."""
    if not viewer.may(of.OPEN.permission):
        return []
    place_of = dict(session.execute(select(Enterprise.id, Enterprise.division_id)).all())
    divisions = {row.id: row for row in session.execute(select(Division.id, Division.name, Division.level, Division.parent_id))}

    def town(firm: int) -> Any:
        found = divisions.get(place_of.get(firm) or 0)
        while found is not None and found.level == "village" and found.parent_id:
            found = divisions.get(found.parent_id)
        return found

    totals: dict[int, list[int]] = {}
    for place, figure in enumerate((of.OPEN, of.LATE)):
        counted = figure.rows(viewer, day).with_only_columns(HiddenDanger.enterprise_id, func.count(), maintain_column_froms=True)
        for firm, number in session.execute(counted.order_by(None).group_by(HiddenDanger.enterprise_id)):
            there = town(firm)
            if there is not None:
                totals.setdefault(there.id, [0, 0])[place] += number
    found = [Town(key, divisions[key].name, rows, over) for key, (rows, over) in totals.items()]
    return sorted(found, key=lambda one: (-one.open, one.key))


def duty(session: Session, day: date, now: datetime) -> Mapping[int, Sequence[DutyShift]]:
    """Post → who is on duty: at this moment, or of another day whoever was at any time of it."""
    is_now = day == park_day(now)
    first, last = (now, now) if is_now else (start_of(day), end_of(day))
    wanted = select(DutyShift).where(DutyShift.begins_at <= last, DutyShift.ends_at > first, DutyShift.deleted_at.is_(None)).order_by(DutyShift.begins_at, DutyShift.id)
    found: dict[int, list[DutyShift]] = {}
    for one in session.scalars(wanted).unique():
        found.setdefault(one.tier, []).append(one)
    return found


def first_things(session: Session, viewer: Viewer, day: date, now: datetime, over: Sequence[Due] = ()) -> list[Candidate]:
    """The three most important things of the day by ``data.rules.priorities``; ``over`` is what of installations is past its day."""
    until = min(now, end_of(day))
    sources = ((of.ALARMS, _alarms), (of.LATE, _dangers), (of.ZONES[1], _zones), (of.MISSED, _missed))
    found = [one for figure, ask in sources if viewer.may(figure.permission) for one in ask(session, viewer, day, until)]
    late_ones = [Candidate("due", (day - one.due_on).days * 24.0, f"{one.title}{one.word}{one.standing.word}", one.enterprise, "/hazards/due?state=over", "查看事项") for one in over[:EACH]]
    return first_of([*found, *late_ones])


def hazards_over(session: Session, viewer: Viewer, day: date, now: datetime) -> list[Due] | None:
    """What of installations and plans is past its day; None of a day that is over: only the present is kept. Nothing without the right."""
    if day != park_day(now):
        return None
    return [one for one in dues(session, viewer, day) if one.is_over] if viewer.may("hazard.view") else []


def _oldest(standing: Select[Any], model: Any, since: Any, most: int) -> Select[Any]:
    """The rows that stand longest. Without the fence PostgreSQL walks along the index of ``since`` through all that ended long ago."""
    keys = standing.with_only_columns(model.id.label("id"), since.label("since"), maintain_column_froms=True).order_by(None).cte().prefix_with("MATERIALIZED")
    first = select(keys.c.id).order_by(keys.c.since, keys.c.id).limit(most)
    return select(model).where(model.id.in_(first)).order_by(since, model.id)


def _hours(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds() / 3600)


def lasting(hours: float) -> str:
    """26 分钟, 5 小时, 12 天."""
    return f"{hours * 60:.0f} 分钟" if hours < 2 else f"{hours:.0f} 小时" if hours < 48 else f"{hours / 24:.0f} 天"


def _alarms(session: Session, viewer: Viewer, day: date, until: datetime) -> list[Candidate]:
    standing = _oldest(of.ALARMS_OPEN.rows(viewer, day).where(Alarm.level == 1), Alarm, Alarm.raised_at, EACH)
    ended = of.ALARMS_URGENT.rows(viewer, day).where(Alarm.closed_at <= until).order_by((Alarm.closed_at - Alarm.raised_at).desc()).limit(1)
    found = []
    for kind, rows in (("alarm", standing), ("ended", ended)):
        for one in session.scalars(rows):
            hours = _hours(one.raised_at, one.closed_at if kind == "ended" and one.closed_at else until)
            state = "已持续" if kind == "alarm" else "当日持续"
            answered = "已确认" if one.acknowledged_at and one.acknowledged_at <= until else "尚未确认"
            found.append(Candidate(kind, hours, f"{title(one)}，{state} {lasting(hours)}", f"{one.place}，{answered}", f"/alarms?id={one.id}", "查看报警"))
    return found


def _dangers(session: Session, viewer: Viewer, day: date, until: datetime) -> list[Candidate]:
    found = []
    for kind, level in (("major", "major"), ("danger", "general")):
        rows = _oldest(of.LATE.rows(viewer, day).where(HiddenDanger.level == level), HiddenDanger, HiddenDanger.deadline_on, EACH)
        for one in session.scalars(rows).unique():
            days = (day - one.deadline_on).days if one.deadline_on else 0
            firm = one.enterprise
            who = f"{firm.department.short_name} · {one.person or firm.contact or ''}".rstrip(" ·") if firm.department else one.person or ""
            found.append(Candidate(kind, days * 24.0, f"{one.name}，超期 {days} 天", firm.short_name or firm.name, f"/dangers/{one.id}", "查看办理", who, one.phone or firm.phone or ""))
    return found


def _zones(session: Session, viewer: Viewer, day: date, until: datetime) -> list[Candidate]:
    found = []
    firm = Enterprise
    named = select(RiskZone.id, RiskZone.name, firm.short_name, firm.code, func.coalesce(RiskZone.person, firm.contact), func.coalesce(RiskZone.phone, firm.phone)).join(firm, firm.id == RiskZone.enterprise_id)
    for one in session.scalars(of.ZONES[1].rows(viewer, day).order_by(ZoneColour.level_since, ZoneColour.id).limit(EACH)):
        zone, name, short, code, person, phone = session.execute(named.where(RiskZone.id == one.zone_id)).one()
        hours = _hours(one.level_since, until)
        why = str(one.reasons[0]["title"]) if one.reasons else ""
        href = f"/risk-map?enterprise={code}&zone={zone}&at={int((until - timedelta(seconds=1)).timestamp() * 1000)}"
        found.append(Candidate("zone", hours, f"{short}{name}为重大风险，已 {lasting(hours)}", why, href, "查看四色图", person or "", phone or ""))
    return found


def _missed(session: Session, viewer: Viewer, day: date, until: datetime) -> list[Candidate]:
    rows: Any = of.MISSED.rows(viewer, day).with_only_columns(InspectionTask.enterprise_id, func.count(), maintain_column_froms=True)
    most = session.execute(rows.order_by(None).group_by(InspectionTask.enterprise_id).order_by(func.count().desc(), InspectionTask.enterprise_id).limit(1)).first()
    if most is None:
        return []
    firm = session.get_one(Enterprise, most[0])
    href = of.MISSED.address(day, enterprise_id=str(firm.id))
    return [Candidate("missed", float(most[1]), f"{firm.short_name}漏检 {most[1]} 次", "巡检周期在当日截止", href, "查看漏检", firm.contact or "", firm.phone or "")]
