"""辨识记录: past identifications, each with its working and the document made of it. None of them is ever changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter
from data.choices import Choice
from data.documents.making import make_paper, papers_of
from data.hazards import EDIT, latest, may_change
from data.models import Identification
from data.viewer import Viewer
from pages.hazards.declaring import FIRM, OF_FIRM, RIGHTS, base, firm_options, installation_options, level_of, own
from pages.hazards.result import outcome


def _person(one: Identification) -> str:
    return one.identified_by.name if one.identified_by else ""


def _is_newest(one: Identification) -> Choice | None:
    session = object_session(one)
    newest = latest(session, one.installation_id) if session is not None else None
    return Choice("newest", "现行", "ok") if newest is not None and newest.id == one.id else Choice("old", "历史", "stale")



def _above(session: Session, viewer: Viewer, one: Identification) -> Component:
    again = dcc.Link("按此单元重新辨识", href=f"{base(viewer)}/identify?installation={one.installation_id}", className="button") if may_change(viewer) else None
    return html.Div([*outcome(one.result, one.level, one.people, one.standard), html.Div(again, className="row-line")], className="drawer-main-part")


def _paper(session: Session, viewer: Viewer, one: Identification, values: Mapping[str, Any]) -> str:
    paper = make_paper(session, viewer, "hazard_identification", one, datetime.now(UTC))
    return f"已生成{paper.title}，在“附件”中下载。"


def _why_no_paper(viewer: Viewer, one: Identification) -> str:
    session = object_session(one)
    made = papers_of(session, one) if session is not None else []
    return f"已生成{made[0].title}，在“附件”中下载。" if made else ""


def _number(name: str) -> Any:
    """The exact figure as the snapshot has it, shortened for a cell."""

    def show(one: Identification) -> str:
        text = one.result.get(name) or ""
        whole, dot, rest = text.partition(".")
        return f"{whole}{dot}{rest[:3]}"

    return show


IDENTIFICATIONS = Resource(
    key="identification",
    model=Identification,
    path="/hazards/identifications",
    title="辨识记录",
    sort="-identified_at",
    placeholder="重大危险源、企业",
    columns=(
        Column("identified_at", width=150),
        FIRM,
        Column("name", width=150),
        Column("level", width=90, look="tag", show=level_of),
        Column("s", width=100, look="number", show=_number("S")),
        Column("r", width=100, look="number", show=_number("R")),
        Column("people", label="常住人口", width=100),
        Column("identified_by_id", label="辨识人", width=100, show=_person, is_sortable=False),
        Column("standard", width=230, is_sortable=False, is_on_card=False),
        Column("remark", is_sortable=False),
    ),
    filters=(*OF_FIRM, Filter("enterprise_id", "企业", options=firm_options), Filter("installation_id", options=installation_options), Filter("level"), Filter("identified_at")),
    tags=(Fact("level", show=level_of), Fact("state", "状态", _is_newest)),
    subtitle=lambda one: (one.enterprise.name, one.identified_at.date().isoformat()),
    above=_above,
    facts={"记录": ("name", Fact("identified_by_id", "辨识人", _person), "identified_at", "people", "standard", "remark")},
    is_final=True,
    actions=(
        Action(
            "paper",
            "生成辨识记录",
            EDIT,
            _paper,
            lambda one: f"按“文书模板”生成“{one.name}”的《重大危险源辨识与分级记录》（Word）。",
            icon="file-earmark-word",
            why_not=_why_no_paper,
        ),
    ),
    empty_title="还没有辨识记录",
    empty_text="在“辨识分级”中计算并保存后，记录列在这里，不能修改。",
    **{name: value for name, value in RIGHTS.items() if name not in ("edit_permission", "delete_permission")},
)
OWN_IDENTIFICATIONS = own(IDENTIFICATIONS)
