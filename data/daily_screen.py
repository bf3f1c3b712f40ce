"""每日看板 on a wall: the day's figures, what comes first and the towns; nobody's name or number, as visitors read it too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data import daily
from data import day_figures as of
from data.calendar import park_day
from data.viewer import Viewer

RIGHTS = ("decision.view", "alarm.view", "danger.view", "risk.view", "risk_map.view", "hazard.view")
PANELS = {"day_first": "最重要的三件事", "duty": "当班", "day_figures": "当日指标", "day_towns": "各属地未整改隐患"}
TOWNS = 12


def facts(viewer: Viewer) -> dict[str, Any]:
    """What the figures are called; which direction of each is welcome."""
    return {"figures": [{"key": one.key, "label": one.label, "unit": one.unit, "good": one.good} for one in daily.SHOWN if viewer.may(one.permission)]}


def figures(session: Session, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """The day so far."""
    viewer.require("decision.view")
    day = park_day(now)
    told = daily.figures(session, viewer, day, daily.SHOWN)
    over = daily.hazards_over(session, viewer, day, now) or ()
    first = daily.first_things(session, viewer, day, now, over)
    return {
        "day": {key: {"value": one.value, "change": one.change, "usual": one.usual[0] if one.usual else None, "weeks": one.usual[1] if one.usual else 0} for key, one in told.items()},
        "first": [{"word": one.word, "title": one.title, "about": one.about, "reason": one.reason, "is_grave": one.rank < 3} for one in first],
        "towns": [{"name": one.name, "open": one.open, "late": one.late} for one in daily.towns(session, viewer, day)[:TOWNS]] if viewer.may(of.OPEN.permission) else [],
    }
