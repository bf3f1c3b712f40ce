"""区域颜色记录: every colour that a zone had, since when, until when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.moments import moment_words, span_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Figure, Filter
from dashboard.site import address
from data.choices import Choice
from data.choices.risks import RISK_LEVELS
from data.models import Enterprise, RiskZone, ZoneColour
from data.query import visible
from data.viewer import Viewer


def _zones(session: Session, viewer: Viewer, colours: Sequence[Any]) -> dict[int, Figure]:
    """The zone of each colour, with the way to the map as it was then."""
    wanted = select(RiskZone.id, RiskZone.name, Enterprise.short_name, Enterprise.code).join(Enterprise, Enterprise.id == RiskZone.enterprise_id)
    known = {row.id: row for row in session.execute(wanted.where(RiskZone.id.in_({one.zone_id for one in colours})))}
    found = {}
    for one in colours:
        zone = known[one.zone_id]
        at = None if one.ends_at is None else int(one.begins_at.timestamp() * 1000)
        found[one.id] = Figure(f"{zone.short_name} {zone.name}", address("/risk-map", enterprise=zone.code, zone=zone.id, at=at))
    return found


def _firms(session: Session, viewer: Viewer) -> Sequence[Choice]:
    used = visible(ZoneColour, viewer).with_only_columns(ZoneColour.enterprise_id)
    rows = session.execute(select(Enterprise.id, Enterprise.short_name).where(Enterprise.id.in_(used)).order_by(Enterprise.short_name))
    return [Choice(str(key), name) for key, name in rows]


def _levels(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return RISK_LEVELS


def _level(colour: ZoneColour) -> Choice | str:
    return next((one for one in RISK_LEVELS if one.code == str(colour.level)), "")


def _why(colour: ZoneColour) -> str:
    return "；".join(str(one["title"]) for one in list(colour.reasons)[:3])


def _until(colour: ZoneColour) -> str:
    return moment_words(colour.ends_at, datetime.now(UTC)) if colour.ends_at else "至今"


def _length(colour: ZoneColour) -> str:
    return span_words((colour.ends_at or datetime.now(UTC)) - colour.begins_at)


COLOURS = Resource(
    key="zone_colour",
    model=ZoneColour,
    path="/risk-map/colours",
    title="区域颜色记录",
    permission="risk_map.view",
    module="双重预防",
    group="四色图设置",
    sort="-begins_at",
    placeholder="",
    columns=(
        Column("level", look="tag", width=90, show=_level),
        Column("zone", label="区域", width=260, figures=_zones, is_sortable=False),
        Column("begins_at", width=130),
        Column("ends_at", width=130, show=_until),
        Column("length", label="持续", width=100, show=_length, is_sortable=False),
        Column("why", label="主要原因", show=_why, hint=_why, is_sortable=False),
    ),
    filters=(Filter("level", options=_levels), Filter("enterprise_id", options=_firms), Filter("begins_at")),
    heading=lambda one: f"{_level(one).word if isinstance(_level(one), Choice) else ''}风险",
    tags=(Fact("level", "级别", _level),),
    facts={"颜色": (Fact("level", "级别", _level), "begins_at", Fact("ends_at", "止", _until), Fact("why", "原因", lambda one: "；".join(str(reason["title"]) for reason in one.reasons)))},
    empty_title="没有颜色记录",
    empty_text="风险区域的颜色变化后列在这里。",
)
