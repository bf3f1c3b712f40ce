"""应急预案: the plans of each installation by edition, and their drills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Filter, FormField, Panel
from dashboard.site import address
from data import hazard_plans
from data.choices import Choice, word
from data.choices.risks import DRILL_WAYS
from data.hazards import EDIT
from data.models import InstallationPlan, PlanDrill
from data.query import visible
from data.values import day
from data.viewer import Viewer
from pages.hazards.declaring import (
    FIRM,
    OF_FIRM,
    PLACE,
    RIGHTS,
    base,
    due_column,
    due_fact,
    installation_options,
    own,
    today,
)


def _store_plan(session: Session, viewer: Viewer, plan: Any, values: dict[str, Any], version: int | None) -> InstallationPlan:
    return hazard_plans.save_plan(session, viewer, plan, values, version)


def _revise(session: Session, viewer: Viewer, plan: InstallationPlan, values: Mapping[str, Any]) -> str:
    fresh = hazard_plans.revise(session, viewer, plan, day(values["published_on"]))
    return f"“{fresh.name}”第 {fresh.edition} 版已建立，请补充备案号和预案文本；第 {plan.edition} 版已废止。"


def drills_of(session: Session, viewer: Viewer, plan: InstallationPlan) -> Sequence[PlanDrill]:
    return session.scalars(visible(PlanDrill, viewer).where(PlanDrill.plan_id == plan.id).order_by(PlanDrill.held_on.desc(), PlanDrill.id.desc())).unique().all()


def _drills(session: Session, viewer: Viewer, plan: InstallationPlan) -> Component:
    rows = drills_of(session, viewer, plan)
    if not rows:
        return empty("还没有演练", "在“应急演练”中登记。")
    columns = [
        TableColumn("演练", lambda one: dcc.Link(one.name, href=address(f"{base(viewer)}/drills", open=one.id))),
        TableColumn("日期", lambda one: str(one.held_on)),
        TableColumn("形式", lambda one: word(DRILL_WAYS, one.way)),
        TableColumn("参演人数（人）", lambda one: "" if one.people_count is None else str(one.people_count), True),
        TableColumn("发现的问题", lambda one: one.findings or ""),
    ]
    return table(columns, rows)


def _editions(session: Session, viewer: Viewer, plan: InstallationPlan) -> Component:
    mine = visible(InstallationPlan, viewer).where(InstallationPlan.installation_id == plan.installation_id, InstallationPlan.name == plan.name)
    rows = session.scalars(mine.order_by(InstallationPlan.edition.desc())).unique().all()
    columns = [
        TableColumn("版次", lambda one: dcc.Link(f"第 {one.edition} 版", href=address(f"{base(viewer)}/plans", open=one.id))),
        TableColumn("发布日期", lambda one: str(one.published_on)),
        TableColumn("备案号", lambda one: one.filing_number or ""),
        TableColumn("最近评估", lambda one: str(one.reviewed_on or "")),
    ]
    return html.Div(table(columns, rows))


PLANS = Resource(
    key="installation_plan",
    model=InstallationPlan,
    path="/hazards/plans",
    title="应急预案",
    sort="review_due_on",
    placeholder="预案、备案号、企业",
    columns=(
        Column("name", width=250),
        FIRM,
        PLACE,
        Column("kind", width=120),
        Column("edition", width=70),
        Column("state", width=80),
        Column("published_on", width=110),
        due_column("plan_filing", "filing_due_on"),
        due_column("plan_review", "review_due_on"),
        Column("last_drilled_on", width=110),
        due_column("drill", "drill_due_on"),
        Column("filing_number", width=160, is_shown=False),
    ),
    filters=(*OF_FIRM, Filter("installation_id", options=installation_options), Filter("kind"), Filter("state", default="current"), Filter("review_due_on"), Filter("drill_due_on")),
    tags=("state", "kind"),
    subtitle=lambda one: (one.enterprise.name, one.installation.name, f"第 {one.edition} 版"),
    facts={
        "预案": ("name", "kind", "edition", "state", "compiled_by", "published_on"),
        "备案与评估": ("filing_number", "filed_on", due_fact("plan_filing", "filing_due_on"), "reviewed_on", due_fact("plan_review", "review_due_on")),
        "演练": ("last_drilled_on", due_fact("drill", "drill_due_on"), "remark"),
    },
    panels=(
        Panel("drills", "演练", _drills, lambda session, viewer, plan: len(drills_of(session, viewer, plan))),
        Panel("editions", "版本", _editions),
    ),
    form={
        "预案": (FormField("installation_id", options=installation_options, is_required=True), "name", "kind", FormField("edition", is_fixed=True, help="修订时递增"), "compiled_by", "published_on"),
        "备案与评估": ("filing_number", "filed_on", "reviewed_on", "remark"),
    },
    can_add=True,
    can_edit=lambda viewer, plan: hazard_plans.why_not_change(plan),
    store=_store_plan,
    save_note="备案期限、下次评估和下次演练由法定周期推算；工作日未扣除法定节假日。",
    actions=(
        Action(
            "revise",
            "修订新版",
            EDIT,
            _revise,
            lambda plan: f"建立“{plan.name}”第 {plan.edition + 1} 版，第 {plan.edition} 版随之废止，原内容保留。",
            icon="file-earmark-plus",
            fields=(FormField("published_on", "新版发布日期", is_required=True),),
            starts=lambda session, plan: {"published_on": today().isoformat()},
            when=lambda plan: plan.state == "current",
        ),
    ),
    empty_title="没有应急预案",
    empty_text="预案登记后，备案、三年评估和演练的期限列在这里。",
    **RIGHTS,
)


def plan_options(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """All plans with their edition, those in force first: a drill may belong to one that is not any more."""
    rows = session.scalars(visible(InstallationPlan, viewer).order_by(InstallationPlan.state, InstallationPlan.installation_id, InstallationPlan.id)).unique()
    return [Choice(str(one.id), _plan_words(one, viewer)) for one in rows]


def _plan_words(plan: InstallationPlan, viewer: Viewer) -> str:
    firm = "" if viewer.is_enterprise else f"{plan.enterprise.short_name} "
    return f"{firm}{plan.name} 第 {plan.edition} 版" + ("（已废止）" if plan.state == "superseded" else "")


def _store_drill(session: Session, viewer: Viewer, drill: Any, values: dict[str, Any], version: int | None) -> PlanDrill:
    return hazard_plans.save_drill(session, viewer, drill, values, today(), version)


def _rectified(one: PlanDrill) -> Choice | date | str:
    if not one.findings:
        return ""
    return one.rectified_on.isoformat() if one.rectified_on else Choice("open", "待整改", "warn")


DRILLS = Resource(
    key="plan_drill",
    model=PlanDrill,
    path="/hazards/drills",
    title="应急演练",
    sort="-held_on",
    placeholder="演练、预案、企业",
    columns=(
        Column("name", width=260),
        FIRM,
        Column("plan.installation.name", label="重大危险源", width=130),
        Column("way", width=100),
        Column("held_on", width=110),
        Column("people_count", width=100),
        Column("findings", is_sortable=False),
        Column("rectified_on", label="问题整改", width=110, look="tag", show=_rectified),
    ),
    filters=(*OF_FIRM, Filter("plan_id", options=plan_options), Filter("way"), Filter("held_on")),
    tags=("way",),
    subtitle=lambda one: (one.enterprise.name, one.plan.name, one.held_on.isoformat()),
    facts={"演练": ("name", "plan_id", "way", "held_on", "place", "people_count"), "评估": ("evaluation", "findings", "rectified_on")},
    form={
        "演练": (FormField("plan_id", options=plan_options, is_required=True), "name", "way", "held_on", "place", "people_count"),
        "评估": ("evaluation", "findings", "rectified_on"),
    },
    can_add=True,
    store=_store_drill,
    save_note="保存后，预案的最近演练和下次演练随之更新。",
    empty_title="还没有演练",
    empty_text="危险化学品单位每半年至少组织一次预案演练，演练后在此登记。",
    **(RIGHTS | {"delete_permission": ""}),
)
OWN_PLANS, OWN_DRILLS = own(PLANS, delete_permission=""), own(DRILLS)
