"""A small tree of risks for tests, made as an enterprise's own people would."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from data import risks
from data.models import RiskEvent, RiskMeasure, RiskObject, RiskUnit
from data.viewer import Viewer

LS = {"method": "LS", "inherent_likelihood": 4, "inherent_severity": 5, "present_likelihood": 2, "present_severity": 5}
DAILY: dict[str, Any] = {"name": "阻火器投用", "content": "阻火器有无堵塞", "cycle_count": 1, "cycle_unit": "day"}


def risk_object(session: Session, viewer: Viewer, name: str = "甲醇罐区") -> RiskObject:
    """An object without anything below it."""
    return risks.save_object(session, viewer, None, {"name": name, "department_name": "储运部", "person": "李建国"})


def risk_unit(session: Session, viewer: Viewer, above: RiskObject) -> RiskUnit:
    return risks.save_unit(session, viewer, None, {"object_id": above.id, "name": "储罐本体", "place": "罐区入口"})


def risk_event(session: Session, viewer: Viewer, above: RiskUnit, **values: Any) -> RiskEvent:
    return risks.save_event(session, viewer, None, {"unit_id": above.id, "name": "储罐泄漏", "accident": "泄漏", **LS, **values})


def risk_measure(session: Session, viewer: Viewer, above: RiskEvent, **values: Any) -> RiskMeasure:
    return risks.save_measure(session, viewer, None, {"event_id": above.id, **DAILY, **values})


def risk_tree(session: Session, viewer: Viewer, name: str = "甲醇罐区") -> RiskObject:
    """A draft with one unit, one event and one measure."""
    made = risk_object(session, viewer, name)
    risk_measure(session, viewer, risk_event(session, viewer, risk_unit(session, viewer, made)))
    return made
