"""The pages on which one hidden danger, and one standard of an enterprise, are worked on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import NO_VALUE, section
from dashboard.blocks.tables import Column, table
from dashboard.case_page import case_page
from dashboard.resource_parts import Fact
from data.choices import Choice, word
from data.choices.dangers import HIDDEN_LEVELS, HIDDEN_STATES, STANDARD_STATES_OWN, SUPERVISION_LEVELS
from data.measure_dangers import alarm_words
from data.models import HiddenDanger, OwnItem, OwnStandard
from data.viewer import Viewer
from data.workflow.steps import case_of
from data.workflows.general_danger import GENERAL_DANGER
from data.workflows.major_danger import MAJOR_DANGER
from data.workflows.own_standard import OWN_STANDARD

MODULE, GROUP = "双重预防", "隐患排查治理"

def _alarm(danger: HiddenDanger) -> Any:
    """The alarm that entered the danger, with the way to it."""
    if danger.alarm is None:
        return ""
    return dcc.Link(alarm_words(danger.alarm), href=f"/alarms?{'view=history&' if danger.alarm.closed_at else ''}id={danger.alarm_id}")


FACTS: dict[str, tuple[Fact | str, ...]] = {
    "隐患情况": ("place", "found_on", "source", "kind", "finder", Fact("measure.name", "管控措施"), Fact("alarm_id", "监测报警", _alarm), Fact("criterion.name", "判定依据"), "cause", "harm", "difficulty", "interim"),
    "整改": ("treatment", "deadline_on", "leader", "person", "phone", "funds", "measures", "emergency_plan", "progress", "rectified_on", "result"),
    "挂牌督办": ("supervision", "supervision_number", Fact("supervisor.name", "督办单位"), "notice_number", "noticed_on", "extended_until", "extension_reason"),
    "验收与销号": ("acceptor", "accepted_on", "acceptance", "lifting_number", "closed_on"),
}


# What only the way of a major danger fills in.
OF_MAJOR = frozenset(
    {"criterion.name", "cause", "harm", "difficulty", "interim", "leader", "emergency_plan", "progress", "supervision", "supervision_number", "supervisor.name"}
    | {"notice_number", "noticed_on", "extended_until", "extension_reason", "acceptor", "accepted_on", "acceptance", "lifting_number"}
)


def _means_nothing(danger: HiddenDanger) -> frozenset[str]:
    """A general danger that never was a major one has none of it; one that was downgraded keeps what was reported. What an alarm or an
    inspection of a measure tells is told of such a danger alone."""
    never = OF_MAJOR if danger.level == "general" and danger.criterion_id is None else frozenset()
    of_measures = {name for name, value in (("measure.name", danger.measure_id), ("alarm_id", danger.alarm_id)) if value is None}
    return (never - {"cause"} if danger.cause else never) | of_measures


def _choice(choices: Iterable[Choice], code: str | None) -> Choice | None:
    return next((one for one in choices if one.code == code), None)


def _marks(danger: HiddenDanger) -> list[Choice | None]:
    level = Choice("level", f"{word(HIDDEN_LEVELS, danger.level)}隐患", "danger" if danger.level == "major" else "")
    return [level, _choice(HIDDEN_STATES, danger.state), _choice(SUPERVISION_LEVELS, danger.supervision)]


def _subtitle(viewer: Viewer, danger: HiddenDanger) -> list[Any]:
    firm = danger.enterprise
    department = f"主管部门 {firm.department.name}" if firm.department else ""
    return [danger.number or "", firm_link(viewer, danger), firm.division.name, firm.kind, department]


def firm_link(viewer: Viewer, record: Any) -> Any:
    """The enterprise of a record, for an authority as the way to its file."""
    if viewer.is_enterprise:
        return record.enterprise.name
    return dcc.Link(record.enterprise.name, href=f"/enterprises?open={record.enterprise_id}")


def _items(session: Session, viewer: Viewer, standard: OwnStandard) -> Component:
    rows = session.scalars(select(OwnItem).where(OwnItem.own_standard_id == standard.id, OwnItem.deleted_at.is_(None)).order_by(OwnItem.number, OwnItem.id)).all()
    columns = [
        Column("序号", lambda one: one.number, is_number=True),
        Column("检查类别", lambda one: one.category),
        Column("检查内容", lambda one: one.name),
        Column("检查方式", lambda one: one.method or NO_VALUE),
        Column("检查部位", lambda one: one.place or NO_VALUE),
        Column("不符合时级别", lambda one: word(HIDDEN_LEVELS, one.danger_level)),
    ]
    return html.Div([section(f"自查项（{len(rows)} 项）"), html.Div(table(columns, rows), className="flow-steps")])


def _asked_by(standard: OwnStandard) -> str:
    session = object_session(standard)
    case = case_of(session, standard) if session is not None else None
    return f"{case.started_by.name} 提交" if case is not None and case.started_by else ""


PAGES = [
    case_page(
        "danger",
        "/dangers/<id>",
        "隐患办理",
        (GENERAL_DANGER, MAJOR_DANGER),
        permission="danger.view",
        own_permission="own.danger",
        facts=FACTS,
        heading=lambda danger: danger.name,
        marks=_marks,
        subtitle=_subtitle,
        hides=_means_nothing,
        module=MODULE,
        group=GROUP,
    ),
    case_page(
        "own_standard",
        "/dangers/own-standards/<id>",
        "自定义标准审核",
        (OWN_STANDARD,),
        permission="danger.view",
        own_permission="own.standard",
        facts={"标准": (Fact("standard.name", "参照标准"), "remark")},
        heading=lambda standard: standard.name,
        marks=lambda standard: [Choice("kind", "自定义标准"), _choice(STANDARD_STATES_OWN, standard.state)],
        subtitle=lambda viewer, standard: [firm_link(viewer, standard), standard.enterprise.kind, _asked_by(standard)],
        more=_items,
        module=MODULE,
        group=GROUP,
    ),
]
