"""备案管理: applications of enterprises to file their major hazard installations; the authority asks back or accepts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import facts, notice, section
from dashboard.case_page import case_page
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data import hazard_filings
from data.choices import Choice
from data.choices.hazard_filings import FILING_KINDS, FILING_STATES
from data.hazards import OWN, VIEW
from data.models import HazardFiling
from data.viewer import Viewer
from data.workflows.hazard_filing import HAZARD_FILING, href
from pages.danger_cases import firm_link
from pages.hazards.declaring import FIRM, GROUP, MODULE, OF_FIRM, PLACE, due_column, installation_options, own

FACTS: dict[str, tuple[Fact | str, ...]] = {
    "备案": (Fact("installation.name", "重大危险源"), "kind", "remark"),
    "结果": ("filing_number", "filed_on", "filing_expires_on"),
}


def _submit(session: Session, viewer: Viewer, one: HazardFiling, values: Mapping[str, Any]) -> str:
    hazard_filings.submit(session, viewer, one, now=datetime.now(UTC))
    return f"已提交“{one.name}”，等待监管部门审核。"


def _above(session: Session, viewer: Viewer, one: HazardFiling) -> Component | None:
    """Of a draft what is still missing."""
    if one.state != "draft":
        return None
    missing = hazard_filings.lacks(session, one)
    return html.Div(notice(missing, "warn") if missing else notice("内容已齐：在“附件”中上传备案申请表、评估报告等材料后提交。", "ok"), className="drawer-main-part")


def _content(session: Session, viewer: Viewer, one: HazardFiling) -> Component:
    """What was handed in, as it stood then."""
    return html.Div([section("备案内容（提交时）"), facts(one.told, columns=1)]) if one.told else html.Div(notice("还没有提交。"))


def _choice(choices: tuple[Choice, ...], code: str) -> Choice | None:
    return next((one for one in choices if one.code == code), None)


FILINGS = Resource(
    key="hazard_filing",
    model=HazardFiling,
    path="/hazards/filings",
    title="备案管理",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    sort="-id",
    placeholder="备案事项、编号、企业",
    only={"field": "state", "op": "ne", "value": "draft"},
    work_page=href,
    columns=(
        Column("name", width=240),
        FIRM,
        PLACE,
        Column("kind", width=100),
        Column("state", look="tag", width=100),
        Column("filing_number", width=180),
        Column("filed_on", width=110),
        due_column("filing", "filing_expires_on"),
        Column("updated_at", look="muted", width=120, is_on_card=False),
    ),
    filters=(*OF_FIRM, Filter("installation_id", options=installation_options), Filter("state", options=lambda session, viewer: FILING_STATES[1:]), Filter("kind"), Filter("filed_on")),
    tags=("state", "kind"),
    subtitle=lambda one: (one.enterprise.name, one.installation.name),
    facts=FACTS,
    empty_title="还没有备案申请",
    empty_text="企业在企业端提交重大危险源备案后，在这里审核。",
)
OWN_FILINGS = own(
    FILINGS,
    only={},
    work_page=lambda one: "" if one.state == "draft" else href(one),
    filters=(Filter("installation_id", options=installation_options), Filter("state"), Filter("kind")),
    above=_above,
    form={"备案": (FormField("installation_id", options=installation_options), "kind", FormField("remark", is_long=True, help="如变更的内容"))},
    edit_permission=OWN,
    delete_permission=OWN,
    can_add=True,
    can_edit=lambda viewer, one: hazard_filings.why_fixed(one),
    can_delete=lambda viewer, one: hazard_filings.why_fixed(one),
    store=lambda session, viewer, record, values, version: hazard_filings.save_filing(session, viewer, record, values, version),
    save_note="保存为草稿；上传材料后提交，监管部门审核通过即备案。",
    actions=(Action("submit", "提交备案", OWN, _submit, lambda one: f"提交“{one.name}”，审核期间不能修改。", icon="send", when=lambda one: one.state == "draft", is_in_row=True),),
    empty_title="还没有备案申请",
    empty_text="新建、变更或备案到期的重大危险源，在这里向监管部门申请备案。",
)
CASE = case_page(
    "hazard_filing",
    "/hazards/filings/<id>",
    "备案办理",
    (HAZARD_FILING,),
    permission=VIEW,
    own_permission=OWN,
    facts=FACTS,
    heading=lambda one: one.name,
    marks=lambda one: [_choice(FILING_KINDS, one.kind), _choice(FILING_STATES, one.state)],
    subtitle=lambda viewer, one: [firm_link(viewer, one), one.enterprise.division.name, one.installation.code],
    more=_content,
    module=MODULE,
    group=GROUP,
)
