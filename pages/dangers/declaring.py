"""What the lists of hidden dangers have in common: columns, conditions, the urging of those who are late, the drawer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import section
from dashboard.moments import moment_words
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField
from data import danger_lists
from data.calendar import park_day
from data.choices import Choice
from data.models import HiddenDanger
from data.rules.deadlines import remaining
from data.viewer import Viewer
from data.workflows.general_danger import href

MODULE, GROUP = "双重预防", "隐患排查治理"
VIEW, EDIT = "danger.view", "danger.edit"
KEYWORD = "隐患描述、编号、企业名称"


def today() -> Any:
    """The day in the park, now."""
    return park_day(datetime.now(UTC))


def left(danger: HiddenDanger) -> Choice | None:
    """What remains until the deadline, in words and tone."""
    return remaining(danger.deadline_on, today(), is_closed=danger.closed_on is not None)


def edge(danger: HiddenDanger) -> str:
    """The tone of the row's edge."""
    found = left(danger)
    return found.tone if found is not None else ""


def work_page(danger: HiddenDanger) -> str:
    """The page on which a danger is worked on; a draft has none."""
    return "" if danger.state == "draft" else href(danger)


def stands(session: Session, viewer: Viewer, dangers: Sequence[HiddenDanger]) -> Mapping[int, Figure | Choice]:
    """The step of each and for whom it waits."""
    found = danger_lists.standings(session, dangers)
    return {identity: Figure(f"{one.step} · {one.whom}") for identity, one in found.items()}


def _urge(session: Session, viewer: Viewer, danger: HiddenDanger, values: Mapping[str, Any]) -> str:
    told = danger_lists.urge(session, viewer, danger, now=datetime.now(UTC), opinion=values["opinion"])
    return f"已催办 {danger_lists.names_of(told)}。" if told else "已催办；现在没有能办理的人，请检查流程配置。"


def _waits_for_nobody(viewer: Viewer, danger: HiddenDanger) -> str:
    return "已办结，不用督办。" if danger.closed_on is not None else ""


URGE = Action(
    "urge",
    "督办",
    VIEW,
    _urge,
    lambda danger: f"请现在的办理人尽快处理“{danger.name}”。一小时内只能催办一次。",
    icon="megaphone",
    fields=(FormField("opinion", "督办意见", help="办理人在待办中看到"),),
    when=lambda danger: danger.state != "draft",
    why_not=_waits_for_nobody,
    is_in_row=True,
    is_batch=True,
    batch_label="批量督办",
)

LEFT = Column("left", "剩余时间", look="due", width=140, show=left, is_sortable=False)
DEADLINE = Column("deadline_on", width=110)
LEVEL = Column("level", "级别", look="tag", width=70)
NAME = Column("name", look="link", width=300, is_sortable=False, hint=lambda danger: danger.name)
FIRM = Column("enterprise.name", label="企业名称", width=220)
PLACE = Column("enterprise.division.name", label="属地", width=100)
PERSON = Column("person", "责任人", width=90, is_sortable=False)
PHONE = Column("phone", "联系电话", look="phone", width=130, is_sortable=False)
STATE = Column("state", look="tag", width=110)

OF_FIRM = (
    Filter("enterprise.division_id", "属地"),
    Filter("level"),
    Filter("enterprise_id"),
    Filter("enterprise.unit_type_id", "企业类型"),
    Filter("enterprise.department_id", "主管部门"),
)

FACTS: dict[str, tuple[Fact | str, ...]] = {
    "隐患": ("number", "level", "enterprise_id", "place", "source", "kind", "found_on", "finder", Fact("criterion.name", "判定依据")),
    "整改": ("treatment", "deadline_on", Fact("left", "剩余时间", left), "person", "phone", "funds", "measures", "progress", "rectified_on", "result"),
    "督办": ("supervision", "supervision_number", Fact("supervisor.name", "督办单位"), "notice_number", "noticed_on", "accepted_on", "lifting_number", "closed_on"),
}


def subtitle(danger: HiddenDanger) -> Sequence[str]:
    """The second line of the drawer."""
    return (danger.number or "", danger.enterprise.name, danger.enterprise.division.name)


def rail(session: Session, viewer: Viewer, danger: HiddenDanger) -> Component | None:
    """Where the danger stands, and the way to the page on which it is worked on."""
    if danger.state == "draft":
        return None
    found = danger_lists.standings(session, [danger]).get(danger.id)
    lines = [html.P([html.B(found.step), f" · {found.whom}"]), html.P(f"{moment_words(found.since, datetime.now(UTC))} 到达", className="cap")] if found else [html.P("已办结", className="cap")]
    return html.Div([section("办理"), *lines, dcc.Link("打开办理页面", href=href(danger))], className="rail-parts")
