"""What the big screens read besides the live stream: what stands where, and the figures that change slowly. No more than they show.

``facts`` are read when a screen opens and every few minutes, ``figures`` every half minute. A wall hangs where visitors see it, so
neither has a telephone number or a driver's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import daily_screen, danger_lists, incident_views, screen_video, tanks
from data.alarm_views import cards, start_of_day, to_ms
from data.calendar import park_day
from data.choices import Choice, word
from data.choices.monitoring import ALARM_KINDS, DUTY_TIERS, SCREENS
from data.errors import Invalid
from data.escalation import on_duty
from data.incident_desk import foremost
from data.map import map_definition
from data.models import Alarm, HiddenDanger, ScreenSetting
from data.query import Question, answer, visible
from data.risk_map import risk_definition
from data.save import update
from data.scope import scoped
from data.settings import current_settings
from data.viewer import Viewer

LAST = 12  # closed alarms that are still shown

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "enterprises": ("id", "code", "name", "short", "hazards", "tanks", "lon", "lat", "outline"),
    "tanks": ("id", "code", "name", "enterprise_id", "state", "diameter_m", "lon", "lat", "points"),
    "detectors": ("id", "code", "period_s", "enterprise_id", "lon", "lat"),
    "vehicles": ("id", "plate", "carrier", "medium", "load_t", "limit", "simulated"),
    "fences": ("id", "name", "shape", "radius_m", "speed_limit_kmh", "sensitive"),
}
_OF_FIRMS = ("name", "short", "code")


def facts(session: Session, viewer: Viewer, screen: str) -> dict[str, Any]:
    """What stands on ``screen`` for the viewer: the map's things, the tanks with their points and limits."""
    found: dict[str, Any] = {}
    if screen in ("park", "vehicles", "incident"):
        found["map"] = _map(session, viewer, has_tanks=screen == "park")
    if screen == "risk":
        found["map"] = _zones(session, viewer)
    if screen in ("park", "tanks"):
        found["tanks"] = _tanks(session, viewer)
    if screen == "daily":
        found |= daily_screen.facts(viewer)
    video = screen_video.facts(session, viewer, screen, current_settings())
    return found | ({"video": video} if video else {})


def _map(session: Session, viewer: Viewer, *, has_tanks: bool) -> dict[str, Any]:
    whole = map_definition(session, viewer)
    lean = {layer: [_only(row, names) for row in whole[layer]] for layer, names in _SHOWN.items()}
    for tank in lean["tanks"]:
        tank["points"] = [_only(point, ("id", "period_s")) for point in tank["points"]] if has_tanks else []
    if not has_tanks:
        lean["detectors"] = []
    return {"center": whole["center"], "zoom": whole["zoom"], "extent": whole["extent"], "cameras": [], **lean}


def _zones(session: Session, viewer: Viewer) -> dict[str, Any]:
    whole = risk_definition(session, viewer)
    zones = [_only(zone, ("id", "enterprise_id", "name", "whole", "outline")) for zone in whole["zones"]]
    return whole | {"zoom": current_settings().map_zoom, "zones": zones, "plans": []}


def _tanks(session: Session, viewer: Viewer) -> dict[str, Any]:
    found = tanks.definitions(session, viewer)
    return found | {"enterprises": {key: _only(row, _OF_FIRMS) for key, row in found["enterprises"].items()}}


def _only(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def figures(session: Session, viewer: Viewer, screen: str, now: datetime) -> dict[str, Any]:
    """The slow figures of ``screen`` as of ``now``."""
    told = {"at": to_ms(now), **_FIGURES[screen](session, viewer, now), **_urgent(session, viewer)}
    video = screen_video.figures(session, viewer, screen, current_settings())
    return told if video is None else told | {"video": video}


def _urgent(session: Session, viewer: Viewer) -> dict[str, Any]:
    """The open incident that interrupts any rotation of a wall that may show it; a drill interrupts nothing."""
    found = foremost(session, viewer) if viewer.may("incident.view") else None
    return {"interrupts": found.id if found is not None else None}


def _park(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {"duty": _duty(session, now), "dangers": _dangers(session, viewer, now), "ended": _ended(session, viewer, now), "today": _raised(session, viewer, now)}


def _of_tanks(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    minutes = tanks.sparks(session, viewer, now)
    return {"sparks": {"start": to_ms(minutes.start), "values": {str(key): values for key, values in minutes.values.items()}}}


def _of_vehicles(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    since = start_of_day(now)
    asked = select(Alarm.kind, func.count()).where(Alarm.source_type == "vehicle", Alarm.raised_at >= since, Alarm.level <= 3).group_by(Alarm.kind)
    counts = sorted(session.execute(scoped(asked, Alarm, viewer)), key=lambda row: -row[1])
    kinds = [{"word": word(ALARM_KINDS, kind), "count": count} for kind, count in counts]
    return {"kinds": kinds, "ended": _ended(session, viewer, now, "vehicle")}


def _daily(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    return {"duty": _duty(session, now), **daily_screen.figures(session, viewer, now)}


_FIGURES: Mapping[str, Callable[[Session, Viewer, datetime], dict[str, Any]]] = {
    "park": _park, "risk": lambda *_: {}, "tanks": _of_tanks, "vehicles": _of_vehicles, "daily": _daily, "incident": incident_views.for_wall,
}  # fmt: skip


def _duty(session: Session, now: datetime) -> list[dict[str, str]]:
    """Who is on duty, the highest post first; names only."""
    posts = on_duty(session, now)
    return [{"post": word(DUTY_TIERS, str(tier)), "names": "　".join(person.name for person in posts[tier])} for tier in sorted(posts, reverse=True)]


def _dangers(session: Session, viewer: Viewer, now: datetime) -> dict[str, int]:
    viewer.require("danger.view")
    wanted = answer(HiddenDanger, viewer, Question(conditions=danger_lists.OPEN))
    found = danger_lists.figures(session, wanted, park_day(now))
    return {"open": found.rows, "over": found.bands["over"].rows, "major": found.major}


def _ended(session: Session, viewer: Viewer, now: datetime, source: str = "") -> list[dict[str, Any]]:
    """The alarms of today that are closed, the newest first."""
    viewer.require("alarm.view")
    wanted = visible(Alarm, viewer).where(Alarm.closed_at >= start_of_day(now))
    wanted = wanted.where(Alarm.source_type == source) if source else wanted
    return cards(session, list(session.scalars(wanted.order_by(Alarm.closed_at.desc(), Alarm.id.desc()).limit(LAST))))


def _raised(session: Session, viewer: Viewer, now: datetime) -> int:
    return session.scalar(scoped(select(func.count(Alarm.id)).where(Alarm.raised_at >= start_of_day(now)), Alarm, viewer)) or 0


_VIDEO = {screen_video.PANEL: "视频"}
# How a screen is composed. Video comes when the park has chosen its cameras; the rest stands there unless the park leaves it out.
PANELS: Mapping[str, Mapping[str, str]] = {
    "park": {"levels": "有效报警", "running": "在线与隐患", "alarms": "报警", "duty": "当班", "tanks": "储罐（超宽屏）", "vehicles": "危化品车辆（超宽屏）"} | _VIDEO,
    "risk": {"risk_counts": "企业风险", "risk_worst": "风险较高的企业"},
    "tanks": {"abnormal": "异常储罐", "all": "全部储罐"} | _VIDEO,
    "vehicles": {"states": "车辆状态", "loads": "载货", "alarms": "车辆报警", "today": "今日违规"} | _VIDEO,
    "daily": daily_screen.PANELS,
    "incident": {"wind": "风", "measured": "实测与介质", "forces": "最近力量", "tasks": "任务"} | _VIDEO,
}


def panel_choices(screen: str) -> list[Choice]:
    """The panels that a screen may have."""
    return [Choice(code, title) for code, title in PANELS.get(screen, {}).items()]


def choose_panels(session: Session, viewer: Viewer, setting: ScreenSetting, codes: Sequence[str]) -> None:
    """Show these panels on the screen, in the platform's order. Invalid without any, with one that it does not have, or with video of no camera."""
    viewer.require("screen.edit")
    known = [one.code for one in panel_choices(setting.screen)]
    if set(codes) - set(known):
        raise Invalid("请选择列出的栏目。", {"panels": "请选择列出的栏目。"})
    if not codes:
        raise Invalid("请至少选择一个栏目。", {"panels": "请至少选择一个栏目。"})
    if screen_video.PANEL in codes and not setting.cameras:
        raise Invalid("请先用“选择视频”选择摄像机。", {"panels": "请先用“选择视频”选择摄像机。"})
    update(session, setting, viewer, {"panels": [code for code in known if code in codes]})


def composed(session: Session) -> list[dict[str, Any]]:
    """Every screen in the order of the rotation: its code, title and panels, as the park set them or as the platform has them."""
    wanted = select(ScreenSetting).where(ScreenSetting.deleted_at.is_(None))
    own = {row.screen: row for row in session.scalars(wanted)}
    found = [
        (own[one.code].position, {"screen": one.code, "title": own[one.code].title, "panels": own[one.code].panels})
        if one.code in own
        else (place, {"screen": one.code, "title": one.word, "panels": [code for code in PANELS[one.code] if code != screen_video.PANEL]})
        for place, one in enumerate(SCREENS, 1)
    ]
    return [screen for _, screen in sorted(found, key=lambda pair: pair[0])]
