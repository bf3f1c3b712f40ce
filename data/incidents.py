"""The life of an incident: taken in, verified, responded to, ended, archived. Every step is a line of its timeline.

Whoever writes locks the incident first, so of two who take the same step one is told who was faster; nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import numbers
from data.alarm_views import point_of, spot_of
from data.alarms import title as alarm_title
from data.calendar import park_day
from data.choices import word
from data.choices.incidents import INCIDENT_KINDS, INCIDENT_LEVELS, INCIDENT_STATES, RESPONSE_LEVELS, WRITTEN_KINDS
from data.columns import label_of
from data.db import notify
from data.errors import Conflict, Invalid, NotFound
from data.escalation import on_duty
from data.live import INCIDENTS_CHANNEL
from data.messages import tell
from data.models import Alarm, HazardMedium, Incident, IncidentEntry, IncidentTask, Installation, Point, Vehicle
from data.query import visible
from data.rules.incident import MOVES, Harm, Move, why_not_move
from data.rules.wind import name_of
from data.save import create, update
from data.validity import NOT_SAVED
from data.viewer import Viewer

VIEW, EDIT, COMMAND, FIELD = "incident.view", "incident.edit", "incident.command", "incident.field"
LONGEST = 2000
COUNTS = ("dead_count", "serious_count", "minor_count", "missing_count", "trapped_count", "endangered_count", "evacuated_count")
BASICS = ("title", "kind", "source", "enterprise_id", "installation_id", "division_id", "place", "lon", "lat", "substance", "occurred_at", "reporter", "reporter_phone", "description")
_AHEAD = timedelta(minutes=5)


def receive(session: Session, viewer: Viewer, values: Mapping[str, Any], now: datetime, *, is_drill: bool = False) -> Incident:
    """The incident as it was reported, with its number; those on duty are told of a real one."""
    viewer.require(EDIT)
    given = {name: values[name] for name in (*BASICS, "alarm_id", "point_id") if values.get(name) is not None}
    if viewer.scope == "divisions" and "enterprise_id" not in given:
        given.setdefault("division_id", viewer.division_id)  # what a town takes in lies in it
    _check_basics(session, given | {"occurred_at": given.get("occurred_at") or now}, now)
    year = park_day(now).year
    number = numbers.take(session, "incident:drill" if is_drill else "incident", year)
    fixed = {"number": f"{'YL' if is_drill else 'SJ'}-{year}-{number:04}", "is_drill": is_drill, "received_at": now, "received_by_id": viewer.id}
    incident = create(session, Incident, viewer, {"occurred_at": now, **given, **fixed})
    who = "，".join(part for part in (incident.reporter, incident.reporter_phone) if part)
    log(session, viewer, incident, "received", f"{incident.title}。{incident.description or ''}{f'（报告人 {who}）' if who else ''}", now)
    _tell_duty(session, incident, now)
    return incident


def from_alarm(session: Session, viewer: Viewer, alarm_id: int, now: datetime) -> tuple[Incident, bool]:
    """The incident of an alarm, and whether it was made now: a second click leads to the first one."""
    viewer.require(EDIT)
    viewer.require("alarm.view")
    alarm = session.scalar(visible(Alarm, viewer).where(Alarm.id == alarm_id).with_for_update())
    if alarm is None:
        raise NotFound("没有找到这条报警，它可能不在您的数据范围内。")
    there = session.scalars(visible(Incident, viewer).where(Incident.alarm_id == alarm.id)).unique().first()
    if there is not None:
        return there, False
    point = point_of(session, alarm, viewer)
    spot = spot_of(session, alarm, point, viewer)
    value = f"，{alarm.value:.{alarm.decimals}f} {alarm.unit}".rstrip() if alarm.value is not None and alarm.unit else ""
    values: dict[str, Any] = {
        "title": alarm_title(alarm)[:100],
        "kind": _kind_of(alarm),
        "source": "alarm",
        "alarm_id": alarm.id,
        "point_id": point.id if point else None,
        "enterprise_id": alarm.enterprise_id,
        "installation_id": point.installation_id if point else None,
        "place": alarm.place,
        "lon": spot[0] if spot else alarm.lon,
        "lat": spot[1] if spot else alarm.lat,
        "substance": _substance(session, alarm, point),
        "occurred_at": min(alarm.raised_at, now),
        "description": f"系统报警转入：{alarm_title(alarm)}{value}，{alarm.occurrences} 次。",
    }
    return receive(session, viewer, values, now), True


def edit(session: Session, viewer: Viewer, incident: Incident, values: Mapping[str, Any], now: datetime, version: int | None = None) -> Incident:
    """The incident with other basics; the timeline says which. What became of it since is told by steps and entries only."""
    viewer.require(EDIT)
    if why := why_held(incident):
        raise Conflict(why)
    given = {name: values[name] for name in BASICS if name in values}
    _check_basics(session, {name: getattr(incident, name) for name in BASICS} | given, now)
    changed = [label_of(Incident, name) for name, value in given.items() if getattr(incident, name) != value]
    saved = update(session, incident, viewer, given, version=version)
    if changed:
        log(session, viewer, saved, "edited", f"更改：{'、'.join(changed)}", now)
    return saved


def why_held(incident: Incident) -> str:
    """Why nothing of the incident's basics can be changed any more."""
    return "" if incident.state not in ("archived", "void") else f"事件{word(INCIDENT_STATES, incident.state)}，不能再修改。"


def move(session: Session, viewer: Viewer, incident_id: int, key: str, seen: str, values: Mapping[str, Any], now: datetime, words: str = "") -> Incident:
    """Take a step. ``seen`` is the state that the person had before them: Conflict, with who was faster, when it has moved on."""
    viewer.require(COMMAND)
    incident = locked(session, viewer, incident_id)
    if seen != incident.state:
        raise Conflict(_faster(session, incident))
    if why := why_not_move(incident.state, key, word(INCIDENT_STATES, incident.state)):
        raise Conflict(why)
    step = MOVES[key]
    said = words.strip()[:LONGEST]
    missing = {name: "必填。" for name in step.needs if not (said if name == "words" else values.get(name))}
    if missing:
        raise Invalid(NOT_SAVED, missing)
    if key == "end" and (why := _why_not_end(session, incident)):
        raise Conflict(why)
    given = {name: values[name] for name in step.takes if name in values} | _stamps(key, now)
    if key == "archive":
        given["archive_number"] = f"{incident.number}-GD"
    update(session, incident, viewer, {**given, "state": step.target}, verb="step", reason=step.label)
    log(session, viewer, incident, key, _move_words(step, given, said), now, {name: value for name, value in given.items() if name in step.takes})
    return incident


def _stamps(key: str, now: datetime) -> dict[str, Any]:
    names = {"verify": "verified_at", "dismiss": "ended_at", "respond": "responded_at", "end": "ended_at", "archive": "archived_at"}
    return {names[key]: now} | ({"verified_at": now} if key == "dismiss" else {})


def _move_words(step: Move, given: Mapping[str, Any], said: str) -> str:
    parts = []
    if given.get("level"):
        parts.append(f"初判 {word(INCIDENT_LEVELS, given['level'])}")
    if given.get("response_level"):
        parts.append(f"{word(RESPONSE_LEVELS, given['response_level'])}，现场指挥 {given['commander']}")
    if given.get("archive_number"):
        parts.append(f"归档号 {given['archive_number']}")
    return "。".join(part for part in (step.label, *parts, said) if part)


def _why_not_end(session: Session, incident: Incident) -> str:
    open_tasks = select(func.count()).where(IncidentTask.incident_id == incident.id, IncidentTask.state.in_(("waiting", "doing")), IncidentTask.deleted_at.is_(None))
    waiting = session.scalar(open_tasks)
    return f"还有 {waiting} 项任务没有办结，请先办结或标为无法完成。" if waiting else ""


def note(session: Session, viewer: Viewer, incident_id: int, kind: str, text: str, now: datetime, facts: Mapping[str, Any] | None = None, corrects_id: int | None = None) -> IncidentEntry:
    """Add a line to the timeline. What was wrong is put right by a further line that names it."""
    viewer.require(EDIT)
    if kind not in WRITTEN_KINDS and not (kind == "correction" and corrects_id):
        raise Invalid(NOT_SAVED, {"kind": "请选择列出的类别。"})
    incident = locked(session, viewer, incident_id)
    if incident.state == "archived":
        raise Conflict("事件已归档，时间线不能再增加。")
    told, said = dict(facts or {}), text.strip()
    if kind == "casualty":
        said = _take_harm(session, viewer, incident, told, said)
    if kind == "wind":
        said = _wind_words(told, said, now)
    if not said:
        raise Invalid(NOT_SAVED, {"text": "请写下内容。"})
    if len(said) > LONGEST:
        raise Invalid(NOT_SAVED, {"text": f"最多 {LONGEST} 个字，现有 {len(said)} 个。"})
    if corrects_id is not None:
        wrong = session.get(IncidentEntry, corrects_id)
        if wrong is None or wrong.incident_id != incident.id:
            raise NotFound("没有找到要更正的记录，请刷新页面。")
    return log(session, viewer, incident, kind, said, now, told, corrects_id=corrects_id)


def _take_harm(session: Session, viewer: Viewer, incident: Incident, told: dict[str, Any], said: str) -> str:
    """Write the counts into the incident; they are whole, not what came anew."""
    given = {name: told[name] for name in COUNTS if told.get(name) is not None}
    if "loss" in told:
        given["loss"] = told["loss"]
    if not given:
        raise Invalid(NOT_SAVED, {"dead_count": "请至少填写一项人数，没有的填 0。"})
    bad = {name: "不能小于 0。" for name, value in given.items() if value is not None and value < 0}
    if bad:
        raise Invalid(NOT_SAVED, bad)
    update(session, incident, viewer, given)
    loss = f"，直接经济损失 {incident.loss:g} 万元" if incident.loss else ""
    return f"累计：{harm_of(incident).words}{loss}{f'。{said}' if said else ''}"


def _wind_words(told: dict[str, Any], said: str, now: datetime) -> str:
    direction, speed, at = told.get("direction_deg"), told.get("speed_ms"), told.get("measured_at") or now
    faults = {}
    if direction is None or not 0 <= direction <= 360:
        faults["direction_deg"] = "请填写 0–360 度，北风为 0。"
    if speed is None or not 0 <= speed <= 60:
        faults["speed_ms"] = "请填写 0–60 m/s。"
    if at > now + _AHEAD:
        faults["measured_at"] = "观测时间不能晚于现在。"
    if faults:
        raise Invalid(NOT_SAVED, faults)
    told["measured_at"] = at.isoformat()
    return f"{name_of(direction)}风，{speed:g} m/s{f'。{said}' if said else ''}"  # type: ignore[arg-type]


def log(session: Session, viewer: Viewer, incident: Incident, kind: str, text: str, now: datetime, facts: Mapping[str, Any] | None = None, **links: int | None) -> IncidentEntry:
    """Write one line with the time of the server; screens that show the incident are told."""
    entry = IncidentEntry(incident_id=incident.id, at=now, kind=kind, text=text[: LONGEST + 500], facts=dict(facts or {}), user_id=viewer.id, user_name=viewer.name, **links)
    session.add(entry)
    session.flush()
    notify(session, INCIDENTS_CHANNEL)
    return entry


def locked(session: Session, viewer: Viewer, incident_id: int) -> Incident:
    """The incident, nobody else writing to it until this transaction ends."""
    wanted = visible(Incident, viewer).where(Incident.id == incident_id).with_for_update(of=Incident).execution_options(populate_existing=True)
    found = session.scalars(wanted).unique().one_or_none()
    if found is None:
        raise NotFound("没有找到这条突发事件，它可能不在您的数据范围内。")
    return found


def harm_of(incident: Incident) -> Harm:
    """What came of it so far."""
    return Harm(**{name.removesuffix("_count"): getattr(incident, name) for name in (*COUNTS, "loss")})


def _faster(session: Session, incident: Incident) -> str:
    last = session.scalars(select(IncidentEntry).where(IncidentEntry.incident_id == incident.id, IncidentEntry.kind.in_(MOVES)).order_by(IncidentEntry.id.desc()).limit(1)).first()
    state = word(INCIDENT_STATES, incident.state)
    return f"{last.user_name}刚刚办理了“{MOVES[last.kind].label}”，事件现在“{state}”。您填写的内容仍保留，请核对后再办。" if last else f"事件现在“{state}”，请核对后再办。"


def _check_basics(session: Session, values: Mapping[str, Any], now: datetime) -> None:
    faults = {}
    if values.get("occurred_at") and values["occurred_at"] > now + _AHEAD:
        faults["occurred_at"] = "发生时间不能晚于现在。"
    if (values.get("lon") is None) != (values.get("lat") is None):
        faults["lon"] = "经度和纬度要一起填。"
    unit = session.get(Installation, values["installation_id"]) if values.get("installation_id") else None
    if unit is not None and unit.enterprise_id != values.get("enterprise_id"):
        faults["installation_id"] = "这个重大危险源不属于所选企业。"
    if faults:
        raise Invalid(NOT_SAVED, faults)


def _kind_of(alarm: Alarm) -> str:
    """A guess that whoever verifies puts right."""
    return {"vehicle": "traffic", "point": "leak"}.get(alarm.source_type, "other")


def _substance(session: Session, alarm: Alarm, point: Point | None) -> str | None:
    if alarm.source_type == "vehicle":
        return session.scalar(select(Vehicle.medium).where(Vehicle.id == alarm.source_id))
    if point is not None and point.tank is not None and point.tank.medium:
        return point.tank.medium
    named = select(HazardMedium.name).where(HazardMedium.installation_id == (point.installation_id if point else None), HazardMedium.deleted_at.is_(None))
    return session.scalar(named.order_by(HazardMedium.id).limit(1))


def _tell_duty(session: Session, incident: Incident, now: datetime) -> None:
    """Who is on duty is told; of a drill without interrupting anybody."""
    people = {person.id for posts in on_duty(session, now).values() for person in posts}
    mark = "【演练】" if incident.is_drill else ""
    body = f"{word(INCIDENT_KINDS, incident.kind)}，{incident.place}。请核实。"
    tell(session, people, "incident", f"{mark}突发事件：{incident.title}", body=body, href=f"/incidents/{incident.id}", is_urgent=not incident.is_drill, once=f"incident:{incident.id}", now=now)
