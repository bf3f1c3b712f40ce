"""Emergency plans of major hazard installations: editions, and drills that set when the next one is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.errors import Conflict, Invalid
from data.hazards import require_change
from data.models import Installation, InstallationPlan, PlanDrill, Record
from data.query import get
from data.rules.plan_cycles import drill_due, filing_due, review_due
from data.validity import NOT_SAVED
from data.viewer import Viewer


def due_days(values: Mapping[str, Any]) -> dict[str, date | None]:
    """When a plan with these values is to be filed, reviewed and practised; all of them None for one that is no longer in force."""
    if values.get("state") == "superseded":
        return {"filing_due_on": None, "review_due_on": None, "drill_due_on": None}
    published = values["published_on"]
    return {
        "filing_due_on": filing_due(published, values.get("filed_on")),
        "review_due_on": review_due(published, values.get("reviewed_on")),
        "drill_due_on": drill_due(values["kind"], published, values.get("last_drilled_on")),
    }


def save_plan(session: Session, viewer: Viewer, plan: InstallationPlan | None, values: Mapping[str, Any], version: int | None = None) -> InstallationPlan:
    """The plan, new or changed, with the days that follow from its own."""
    require_change(viewer)
    faults = _faults({name: values.get(name, getattr(plan, name, None)) for name in ("published_on", "filed_on", "reviewed_on")})
    if faults:
        raise Invalid(NOT_SAVED, faults)
    if plan is None:
        installation = get(session, Installation, values.get("installation_id") or 0, viewer)
        owned = {**values, "installation_id": installation.id, "enterprise_id": installation.enterprise_id}
        return save.create(session, InstallationPlan, viewer, owned | due_days(owned))
    changed = _changed(plan, values)
    return save.update(session, plan, viewer, {**values, **(due_days(_values(plan) | changed) if changed else {})}, version=version)


def why_not_change(plan: InstallationPlan) -> str:
    """Why the plan can only be looked at; empty when it can be changed."""
    return "已废止的版本不能修改。" if plan.state == "superseded" else ""


def revise(session: Session, viewer: Viewer, plan: InstallationPlan, published_on: date) -> InstallationPlan:
    """The next edition, in force; the one before is kept as it was and is no longer in force."""
    require_change(viewer)
    if plan.state != "current":
        raise Conflict(f"“{plan.name}”第 {plan.edition} 版已废止，请在现行版本上修订。")
    if published_on <= plan.published_on:
        raise Invalid("发布日期不对。", {"published_on": f"应晚于第 {plan.edition} 版的发布日期 {plan.published_on}。"})
    kept = {name: getattr(plan, name) for name in ("enterprise_id", "installation_id", "name", "kind", "compiled_by")}
    save.update(session, plan, viewer, {"state": "superseded", **due_days({"state": "superseded"})}, reason=f"由第 {plan.edition + 1} 版代替")
    fresh = kept | {"edition": plan.edition + 1, "published_on": published_on}
    return save.create(session, InstallationPlan, viewer, fresh | due_days(fresh))


def save_drill(session: Session, viewer: Viewer, drill: PlanDrill | None, values: Mapping[str, Any], today: date, version: int | None = None) -> PlanDrill:
    """The drill, new or changed; its plan then knows when it was practised last."""
    require_change(viewer)
    held_on = values.get("held_on", getattr(drill, "held_on", None))
    rectified = values.get("rectified_on", getattr(drill, "rectified_on", None))
    if held_on and held_on > today:
        raise Invalid(NOT_SAVED, {"held_on": "演练日期不能晚于今天，请在演练后登记。"})
    if held_on and rectified and rectified < held_on:
        raise Invalid(NOT_SAVED, {"rectified_on": "整改完成日期不能早于演练日期。"})
    before = drill.plan if drill is not None else None
    plan = get(session, InstallationPlan, values.get("plan_id") or (before.id if before else 0), viewer)
    if drill is None:
        saved = save.create(session, PlanDrill, viewer, {**values, "enterprise_id": plan.enterprise_id})
    else:
        if not _changed(drill, values):
            return drill
        saved = save.update(session, drill, viewer, {**values, "enterprise_id": plan.enterprise_id}, version=version)
    for one in {plan, before or plan}:
        practised(session, viewer, one)
    return saved


def practised(session: Session, viewer: Viewer, plan: InstallationPlan) -> None:
    """Set when the plan was practised last, and when it is to be again."""
    last = session.scalar(select(func.max(PlanDrill.held_on)).where(PlanDrill.plan_id == plan.id, PlanDrill.deleted_at.is_(None)))
    save.update(session, plan, viewer, {"last_drilled_on": last, **due_days(_values(plan) | {"last_drilled_on": last})})


def _values(plan: InstallationPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("kind", "state", "published_on", "filed_on", "reviewed_on", "last_drilled_on")}


def _changed(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(record, name) != value}


def _faults(values: Mapping[str, Any]) -> dict[str, str]:
    published = values["published_on"]
    words = {"filed_on": "备案日期", "reviewed_on": "评估日期"}
    return {name: f"{label}不能早于发布日期。" for name, label in words.items() if published and values[name] and values[name] < published}
