"""The page on which an object is reviewed with its whole tree; of a change it says what is different."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, section
from dashboard.case_page import case_page
from dashboard.resource_parts import Fact
from data import risk_review
from data.choices import Choice
from data.choices.risks import RISK_STATES
from data.models import RiskObject
from data.viewer import Viewer
from data.workflows.risk_object import RISK_OBJECT
from pages.danger_cases import firm_link
from pages.risks import declaring

FACTS: dict[str, tuple[Fact | str, ...]] = {"对象": ("category", "department_name", "person", "phone", "place", "installation_id", "process_id", "description")}


def _marks(one: RiskObject) -> list[Choice | None]:
    return [Choice("kind", "对象变更" if one.revises_id else "新对象"), next((each for each in RISK_STATES if each.code == one.state), None)]


def _tree(session: Session, viewer: Viewer, one: RiskObject) -> Component:
    differences = risk_review.differences(session, one) if one.revises_id and one.state != "accepted" else []
    told = notice([f"与已生效的清单相比，有 {len(differences)} 处不同。", html.Ul([html.Li(text) for text in differences[:40]])] if differences else "与已生效的清单没有不同。", "primary") if one.revises_id and one.state != "accepted" else None
    return html.Div([told, section("风险清单"), declaring.tree_table(session, viewer, one)])


def _subtitle(viewer: Viewer, one: RiskObject) -> list[Any]:
    return [firm_link(viewer, one), one.enterprise.division.name, one.enterprise.kind]


REVIEW = case_page(
    "risk_review",
    "/risks/objects/<id>",
    "风险清单审核",
    (RISK_OBJECT,),
    permission=declaring.VIEW,
    own_permission="own.risk",
    facts=FACTS,
    heading=lambda one: one.name,
    marks=_marks,
    subtitle=_subtitle,
    more=_tree,
    module=declaring.MODULE,
    group=declaring.GROUP,
)
