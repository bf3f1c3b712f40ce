"""The colours of the zones: computed anew when something changes, kept with their reasons, and told for any minute of the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import blake2b
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.risks import RISK_EFFECTS
from data.db import notify
from data.models import Alarm, Enterprise, RiskObject, RiskZone, ZoneColour
from data.query import visible
from data.risk_rules import in_force
from data.risk_sources import MOST_EVENTS, gather
from data.rules.risk_colour import KIND, LOW, Assessment, Reason, Rule, assess, instants
from data.viewer import Viewer

CHANNEL = "live_risk"
_LOCK = 0x5249534B


class ZoneState(NamedTuple):
    """The colour of a zone: ``since`` when it has this level, ``changed`` when its reasons changed last, ``why`` the first of them."""

    zone_id: int
    enterprise_id: int
    level: int
    before: int | None
    since: datetime
    changed: datetime
    why: str
    reason_count: int


def recompute(session: Session, now: datetime, enterprises: Collection[int] | None = None) -> list[int]:
    """Judge the zones of these enterprises (None: all) anew and keep what changed; the ids of the zones that did.

    Tells listeners of CHANNEL when something did. Two at once wait for each other.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if enterprises is None:
        enter_zones(session)
        _end_deleted(session, now)
    version, rules = in_force(session)
    enterprise_of, found = gather(session, enterprises)
    standing = {row.zone_id: row for row in session.execute(_standing(enterprises))}
    ended: list[int] = []
    begun: list[dict[str, Any]] = []
    for zone, contributions in found.items():
        judged, old = kept(assess(contributions, rules, now)), standing.get(zone)
        if old is None or old.mark != mark(judged):
            ended += [old.id] if old is not None else []
            begun.append(_row(zone, enterprise_of[zone], judged, now, version, old))
    if ended:
        session.execute(update(ZoneColour).where(ZoneColour.id.in_(ended)).values(ends_at=now))
    if begun:
        session.execute(insert(ZoneColour), begun)
        notify(session, CHANNEL)
    return [row["zone_id"] for row in begun]


def enter_zones(session: Session) -> None:
    """Give every enterprise without one the zone of its whole plot, every risk object in force that is drawn its own; take back the
    zones of objects that are gone."""
    has_one = select(RiskZone.id).where(RiskZone.enterprise_id == Enterprise.id, RiskZone.is_whole, RiskZone.deleted_at.is_(None))
    missing = session.scalars(select(Enterprise.id).where(Enterprise.deleted_at.is_(None), ~has_one.exists()).order_by(Enterprise.id)).all()
    one = RiskObject
    stands = (one.is_in_force, one.deleted_at.is_(None), func.jsonb_typeof(one.polygon) == "object")
    known = select(RiskZone.id).where(RiskZone.object_id == one.id)  # one that a person deleted stays so
    drawn = session.execute(select(one.id, one.enterprise_id, one.name).where(*stands, ~known.exists()).order_by(one.id)).all()
    rows = [{"enterprise_id": key, "name": "全厂", "is_whole": True, "object_id": None} for key in missing]
    rows += [{"enterprise_id": firm, "name": name, "is_whole": False, "object_id": key} for key, firm, name in drawn]
    if rows:
        session.execute(insert(RiskZone), rows)
    gone = select(one.id).where(or_(~one.is_in_force, one.deleted_at.is_not(None)))
    session.execute(update(RiskZone).where(RiskZone.object_id.in_(gone), RiskZone.deleted_at.is_(None)).values(deleted_at=func.now()))


def _end_deleted(session: Session, now: datetime) -> None:
    """A zone that was deleted, or whose enterprise was, has no colour any more."""
    gone = select(RiskZone.id).join(Enterprise, Enterprise.id == RiskZone.enterprise_id).where(or_(RiskZone.deleted_at.is_not(None), Enterprise.deleted_at.is_not(None)))
    session.execute(update(ZoneColour).where(ZoneColour.ends_at.is_(None), ZoneColour.zone_id.in_(gone)).values(ends_at=now))


def _standing(enterprises: Collection[int] | None) -> Any:
    columns = (ZoneColour.id, ZoneColour.zone_id, ZoneColour.level, ZoneColour.before, ZoneColour.level_since, ZoneColour.mark)
    now = select(*columns).where(ZoneColour.ends_at.is_(None))
    return now if enterprises is None else now.where(ZoneColour.enterprise_id.in_(enterprises))


def _row(zone: int, enterprise: int, judged: Assessment, at: datetime, version: int, old: Any) -> dict[str, Any]:
    same = old is not None and old.level == judged.level
    before = None if old is None else old.before if same else old.level
    since = old.level_since if same else at
    shared = {"zone_id": zone, "enterprise_id": enterprise, "begins_at": at, "ends_at": None, "rule_version": version}
    return {**shared, "level": judged.level, "before": before, "level_since": since, "reasons": [_plain(one) for one in judged.reasons], "mark": mark(judged)}


def kept(judged: Assessment) -> Assessment:
    """With the reasons that are kept: each record once, by what weighs most of it, and of the risk events only the gravest."""
    found: dict[str, Reason] = {}
    for one in judged.reasons:
        other = found.get(one.contribution.key)
        is_later_stage = other is not None and other.level == one.level and one.contribution.kind.endswith("_over")
        if other is None or is_later_stage:
            found[one.contribution.key] = one
    events = [key for key, one in found.items() if one.contribution.kind == "event"]
    for key in events[MOST_EVENTS:]:
        del found[key]
    return judged._replace(reasons=tuple(found.values()))


def mark(judged: Assessment) -> str:
    """The same for what is the same to people: the level, which contributions, and what each leads to by which effect."""
    parts = "|".join(f"{one.contribution.kind} {one.contribution.key} {one.level} {one.effect}" for one in judged.reasons)
    return blake2b(f"{judged.level}|{parts}".encode(), digest_size=16).hexdigest()


def _plain(one: Reason) -> dict[str, Any]:
    of = one.contribution
    return {"kind": of.kind, "key": of.key, "title": of.title, "detail": of.detail, "begins": of.begins.isoformat(), "level": one.level, "effect": one.effect}


# ---- Telling -----------------------------------------------------------------------------------------------------------


def states(session: Session, viewer: Viewer | None = None, at: datetime | None = None) -> list[ZoneState]:
    """The colour of every zone that the viewer sees (None: all), now or at an instant of the past."""
    one = ZoneColour
    columns = (one.zone_id, one.enterprise_id, one.level, one.before, one.level_since, one.begins_at, func.coalesce(one.reasons[0]["title"].astext, ""), func.jsonb_array_length(one.reasons))
    wanted = select(*columns) if viewer is None else visible(one, viewer).with_only_columns(*columns)
    wanted = wanted.where(_at(at)).order_by(one.level, one.level_since.desc(), one.zone_id)
    return [ZoneState._make(row) for row in session.execute(wanted)]


def reasons(session: Session, viewer: Viewer, enterprise_id: int, at: datetime | None = None) -> list[dict[str, Any]]:
    """The zones of an enterprise, gravest first, with level, since when, rule version and every reason in words with its link."""
    viewer.require("risk_map.view")
    rows = session.scalars(visible(ZoneColour, viewer).where(ZoneColour.enterprise_id == enterprise_id, _at(at))).all()
    closed = _closed_alarms(session, [one["key"] for row in rows for one in row.reasons])
    return [
        {
            "zone": row.zone_id,
            "level": row.level,
            "before": row.before,
            "since": _ms(row.level_since),
            "version": row.rule_version,
            "reasons": [_told(one, viewer, closed) for one in row.reasons],
        }
        for row in sorted(rows, key=lambda row: (row.level, row.zone_id))
    ]


def _told(one: dict[str, Any], viewer: Viewer, closed: set[str]) -> dict[str, Any]:
    address = href(one["key"], viewer)
    if one["key"] in closed:
        address = address.replace("?id=", "?view=history&id=")
    begins = _ms(datetime.fromisoformat(one["begins"]))
    return {**one, "begins": begins, "kind_word": KIND[one["kind"]].word, "effect_word": word(RISK_EFFECTS, one["effect"]), "href": address}


def _closed_alarms(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the keys that name an alarm which the desk keeps among the past ones."""
    ids = [int(key.removeprefix("alarm:")) for key in keys if key.startswith("alarm:")]
    return {f"alarm:{one}" for one in session.scalars(select(Alarm.id).where(Alarm.id.in_(ids), Alarm.closed_at.is_not(None)))} if ids else set()


def href(key: str, viewer: Viewer) -> str:
    """Where the record of a reason is opened; empty where the viewer may not, or there is no page for it on the viewer's side."""
    kind, _, identity = key.partition(":")
    found = next((one for one in LINKS if one.kind == kind), None)
    if found is None:
        return ""
    permission, address = (found.own_permission, found.own_path) if viewer.is_enterprise else (found.permission, found.path)
    return address.format(identity) if address and viewer.may(permission) else ""


class Link(NamedTuple):
    """Right and address of a kind of record on the side of the authorities, and on that of an enterprise."""

    kind: str
    permission: str
    path: str
    own_permission: str = ""
    own_path: str = ""


LINKS: list[Link] = [
    Link("alarm", "alarm.view", "/alarms?id={}", "alarm.view", "/alarms?id={}"),
    Link("danger", "danger.view", "/dangers/{}", "own.danger", "/dangers/{}"),
    Link("event", "risk.view", "/risks/events?open={}", "own.risk", "/own/risks/events?open={}"),
    Link("measure", "risk.view", "/risks/measures?open={}", "own.risk", "/own/risks/measures?open={}"),
    Link("inspection", "risk.view", "/risks/inspections?open={}", "own.risk", "/own/inspections/all?open={}"),
]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class Span(NamedTuple):
    """The worst level of all zones from ``begins`` on (0: nothing is known of that time), and how many zones are at red or orange."""

    begins: datetime
    level: int
    raised: int


def band(session: Session, viewer: Viewer, start: datetime, end: datetime, enterprise_id: int | None = None) -> list[Span]:
    """How the worst level of all zones, or of those of one enterprise, went from ``start`` to ``end``: one span for each change."""
    one = ZoneColour
    wanted = visible(one, viewer).with_only_columns(one.level, one.begins_at, one.ends_at)
    if enterprise_id is not None:
        wanted = wanted.where(one.enterprise_id == enterprise_id)
    rows = session.execute(wanted.where(one.begins_at < end, or_(one.ends_at.is_(None), one.ends_at > start))).all()
    corners: dict[datetime, list[tuple[int, int]]] = {start: []}
    for level, begins, ends in rows:
        corners.setdefault(max(begins, start), []).append((level, 1))
        if ends is not None and ends < end:
            corners.setdefault(ends, []).append((level, -1))
    spans: list[Span] = []
    counts = [0] * (LOW + 1)
    for at in sorted(corners):
        for level, step in corners[at]:
            counts[level] += step
        span = Span(at, next((level for level in range(1, LOW + 1) if counts[level]), 0), counts[1] + counts[2])
        if not spans or spans[-1][1:] != span[1:]:
            spans.append(span)
    return spans


def _at(at: datetime | None) -> Any:
    if at is None:
        return ZoneColour.ends_at.is_(None)
    return (ZoneColour.begins_at <= at) & or_(ZoneColour.ends_at.is_(None), ZoneColour.ends_at > at)


# ---- The past -----------------------------------------------------------------------------------------------------------


def replay(session: Session, start: datetime, end: datetime) -> int:
    """Enter the colours that the zones had from ``start`` to ``end`` by what alarms and dangers tell of that time; how many.

    For a park whose records are older than its map: what was kept is thrown away.
    """
    enter_zones(session)
    session.execute(delete(ZoneColour))
    version, rules = in_force(session)
    enterprise_of, found = gather(session, since=start)
    rows = [row for zone, told in found.items() for row in _past(zone, enterprise_of[zone], told, rules, version, start, end)]
    if rows:
        session.execute(insert(ZoneColour), rows)
    return len(rows)


def _past(zone: int, enterprise: int, told: list[Any], rules: tuple[Rule, ...], version: int, start: datetime, end: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for at in instants(told, rules, start, end):
        judged = kept(assess(told, rules, at))
        last = rows[-1] if rows else None
        if last is None or last["mark"] != mark(judged):
            old = None if last is None else _Old(last["level"], last["before"], last["level_since"])
            rows.append(_row(zone, enterprise, judged, at, version, old))
    for row, after in pairwise(rows):
        row["ends_at"] = after["begins_at"]
    return rows


class _Old(NamedTuple):
    level: int
    before: int | None
    level_since: datetime


def drop_old(session: Session, before: datetime) -> None:
    """Forget colours that ended before."""
    session.execute(delete(ZoneColour).where(ZoneColour.ends_at < before))
