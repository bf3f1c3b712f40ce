"""备案 of major hazard installations: an enterprise applies, the authority asks back or accepts with a number and an expiry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import save
from data.choices import word
from data.choices.hazard_filings import FILING_KINDS
from data.choices.risks import HAZARD_LEVELS, PLAN_KINDS, UNIT_KINDS
from data.errors import Conflict, Forbidden, Invalid
from data.hazards import OWN, is_outdated, latest, media_of
from data.models import HazardFiling, Installation, InstallationPlan, WorkflowCase
from data.query import get
from data.validity import NOT_SAVED
from data.viewer import Viewer

PERSONS = (("main", "主要负责人"), ("technical", "技术负责人"), ("operating", "操作负责人"))
FILED = ("filing_number", "filed_on", "filing_expires_on")


def save_filing(session: Session, viewer: Viewer, record: HazardFiling | None, values: Mapping[str, Any], version: int | None = None) -> HazardFiling:
    """The draft of the viewer's enterprise. Conflict when it was submitted, or another application of the installation is under way."""
    viewer.require(OWN)
    if viewer.enterprise_id is None or not viewer.is_enterprise:
        raise Forbidden("只有企业自己的用户可以申请备案。")
    if record is not None:
        reason = why_fixed(record)
        if reason:
            raise Conflict(reason)
    identity = values.get("installation_id") or (record.installation_id if record is not None else None)
    if not identity:
        raise Invalid(NOT_SAVED, {"installation_id": "请选择重大危险源。"})
    installation = get(session, Installation, int(identity), viewer)
    waiting = select(HazardFiling.id).where(HazardFiling.installation_id == installation.id, HazardFiling.state != "filed", HazardFiling.deleted_at.is_(None))
    if session.scalar(waiting.where(HazardFiling.id != (record.id if record is not None else 0)).limit(1)) is not None:
        raise Invalid(NOT_SAVED, {"installation_id": f"“{installation.name}”已有未办结的备案，请先提交或删除它。"})
    kind = values.get("kind") or (record.kind if record is not None else "first")
    given = {**values, "kind": kind, "installation_id": installation.id, "enterprise_id": installation.enterprise_id, "name": f"{installation.name} {word(FILING_KINDS, kind)}"}
    if record is None:
        return save.create(session, HazardFiling, viewer, {name: value for name, value in given.items() if value is not None})
    return save.update(session, record, viewer, given, version=version)


def why_fixed(record: HazardFiling) -> str:
    """Why the enterprise cannot change the application now; empty for a draft."""
    return "" if record.state == "draft" else "已提交备案，审核期间不能修改；需要修改请先撤回。" if record.state == "review" else "已备案，不能再修改；有变化请另行申请变更备案。"


def submit(session: Session, viewer: Viewer, record: HazardFiling, *, now: datetime) -> WorkflowCase:
    """Hand the draft in, for the first time or after it was returned."""
    from data.workflow import steps
    from data.workflows.hazard_filing import HAZARD_FILING

    viewer.require(OWN)
    if record.state != "draft":
        raise Conflict("这份备案已经提交，不能重复提交。")
    case = steps.case_of(session, record)
    if case is not None and case.ended_at is None:
        return steps.act(session, viewer, case, "submit", version=case.version, now=now)
    return steps.begin(session, viewer, HAZARD_FILING, record, "submit", now=now)


def lacks(session: Session, record: HazardFiling) -> str:
    """What the installation lacks before it can be filed, in a sentence; empty when nothing."""
    one = record.installation
    snapshot = latest(session, one.id)
    missing = [] if snapshot is not None else ["还没有辨识"]
    missing += ["介质或常住人口在最近一次辨识后改动过，请重新辨识"] if snapshot is not None and is_outdated(session, one, snapshot) else []
    persons = [label for name, label in PERSONS if not getattr(one, f"{name}_person")]
    missing += [f"包保责任人未填写{'、'.join(persons)}"] if persons else []
    missing += ["没有安全评估日期"] if one.assessed_on is None else []
    plans = select(func.count()).where(InstallationPlan.installation_id == one.id, InstallationPlan.state == "current", InstallationPlan.deleted_at.is_(None))
    missing += [] if session.scalar(plans) else ["没有现行的应急预案"]
    return f"还不能提交备案：{'；'.join(missing)}。" if missing else ""


def contents(session: Session, record: HazardFiling) -> list[list[str]]:
    """What is handed in, as it stands now: label and words."""
    one, snapshot = record.installation, latest(session, record.installation_id)
    plans = select(InstallationPlan).where(InstallationPlan.installation_id == one.id, InstallationPlan.state == "current", InstallationPlan.deleted_at.is_(None))
    media = "、".join(f"{each.name} {each.quantity_t:,.10g} t" for each in media_of(session, one))
    reckoned = f"S = {snapshot.result.get('S')}，R = {snapshot.result.get('R') or '—'}（{snapshot.standard}，{snapshot.identified_at.date()}）" if snapshot is not None else "—"
    pairs = [
        ("编码、名称", f"{one.code} {one.name}"),
        ("单元类型", word(UNIT_KINDS, one.unit_kind)),
        ("所在装置、罐区", one.place or "—"),
        ("级别", word(HAZARD_LEVELS, one.level) if one.level else "不构成"),
        ("辨识", reckoned),
        ("介质与设计最大量", media or "—"),
        ("厂外 500 m 常住人口", f"{one.exposed_people} 人" if one.exposed_people is not None else "—"),
        *((label, " ".join(filter(None, (getattr(one, f"{name}_person"), getattr(one, f"{name}_phone")))) or "—") for name, label in PERSONS),
        ("安全评估日期", str(one.assessed_on or "—")),
        ("应急预案", "；".join(f"{word(PLAN_KINDS, each.kind)} {each.name} 第 {each.edition} 版" for each in session.scalars(plans.order_by(InstallationPlan.id)).unique()) or "—"),
    ]
    return [[label, words] for label, words in pairs]


def faults_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What cannot be so of number and days, by field."""
    filed_on, until = values.get("filed_on"), values.get("filing_expires_on")
    return {"filing_expires_on": "有效期应晚于备案日期。"} if filed_on and until and until <= filed_on else {}


def accept(session: Session, viewer: Viewer, record: HazardFiling, values: Mapping[str, Any]) -> None:
    """Write number and days into the installation."""
    given = {name: values[name] for name in FILED}
    save.update(session, record.installation, viewer, given, reason=f"备案通过：{given['filing_number']}")
