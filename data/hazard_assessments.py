"""Risk assessments of major hazard installations by the edition of LEC in force: entered once with their events, concluded at once, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import save
from data.errors import Conflict, Invalid
from data.hazards import require_change
from data.models import AssessedEvent, Installation, RiskAssessment, RiskMethod
from data.query import get
from data.risk_methods import edition_of, editions
from data.rules import risk
from data.validity import NOT_SAVED
from data.viewer import Viewer

METHOD = "LEC"


def save_assessment(session: Session, viewer: Viewer, values: Mapping[str, Any], today: date) -> RiskAssessment:
    """The new assessment, before its events; it names the edition in force. Conflict while there is none."""
    require_change(viewer)
    if values.get("assessed_on") and values["assessed_on"] > today:
        raise Invalid(NOT_SAVED, {"assessed_on": "评估日期不能晚于今天。"})
    edition = editions(session).get(METHOD)
    method = session.get(RiskMethod, edition.id) if edition else None
    if method is None:
        raise Conflict("LEC 法没有使用中的版本，请联系园区管理人员在“风险评价方法”中启用。")
    given = {**values, "edition_id": method.id, "method": f"{method.name} {method.edition}"}
    installation = get(session, Installation, values.get("installation_id") or 0, viewer)
    return save.create(session, RiskAssessment, viewer, {**given, "installation_id": installation.id, "enterprise_id": installation.enterprise_id})


def conclude(session: Session, assessment: RiskAssessment) -> None:
    """Set score, level and working from the events, which belong to the same transaction; Invalid without any."""
    rows = session.scalars(select(AssessedEvent).where(AssessedEvent.assessment_id == assessment.id, AssessedEvent.deleted_at.is_(None)).order_by(AssessedEvent.id)).unique().all()
    if not rows:
        raise Invalid("请至少添加一个风险事件。")
    method = session.get_one(RiskMethod, assessment.edition_id)
    found = risk.concluded(METHOD, edition_of(session, method).bands, [risk.Event(one.name, one.likelihood, one.exposure, one.consequence) for one in rows])
    assessment.score, assessment.level, assessment.working = found.score, found.level, list(found.working)
    session.flush()
