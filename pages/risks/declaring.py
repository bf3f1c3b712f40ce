"""What the lists of graded risk control have in common: columns, conditions, the tree at the left, the drawer's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, dot
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import moment_words
from dashboard.resource_parts import Branch, Column, Figure, Filter
from dashboard.site import address
from data import inspections, risk_lists, risks
from data.choices import Choice, word
from data.choices.risks import MEASURE_KINDS, RISK_LEVELS
from data.models import RiskEvent, RiskMeasure, RiskObject
from data.rules.risk import CONTROL
from data.viewer import Viewer

MODULE, GROUP = "双重预防", "风险分级管控"
VIEW = risks.VIEW

FIRM = Column("enterprise.name", label="企业名称", width=220)
PLACE = Column("enterprise.division.name", label="属地", width=100)
OBJECT = Column("risk_object.name", label="分析对象", width=160)
UNIT = Column("unit.name", label="分析单元", width=150)
PERSON = Column("person", width=90, is_sortable=False)

OF_FIRM = (Filter("enterprise.division_id", "属地"), Filter("enterprise.unit_type_id", "企业类型"), Filter("enterprise.department_id", "主管部门"), Filter("enterprise_id"))
TREE = (Branch("enterprise_id"), Branch("object_id", {"is_in_force": True}), Branch("unit_id"))


def level_of(level: int | None) -> Choice | str:
    """The level as a coloured word; empty when there is none."""
    return next((one for one in RISK_LEVELS if one.code == str(level)), "")


def counted(model: type[Any], back: str, path: str, unit: str) -> Callable[[Session, Viewer, Sequence[Any]], Mapping[int, Figure | Choice]]:
    """A column's figures: how many rows of the model each record has, with the way to them."""

    def figures(session: Session, viewer: Viewer, records: Sequence[Any]) -> Mapping[int, Figure | Choice]:
        found = risk_lists.counts(session, model, back, [one.id for one in records])
        return {one.id: Figure(f"{found[one.id]:,} {unit}", address(path, **{back: one.id})) if one.id in found else Figure(f"0 {unit}") for one in records}

    return figures


def worst(back: str, level: str = "present_level") -> Callable[[Session, Viewer, Sequence[Any]], Mapping[int, Figure | Choice]]:
    """A column's figures: the most serious level of the events below each record."""

    def figures(session: Session, viewer: Viewer, records: Sequence[Any]) -> Mapping[int, Figure | Choice]:
        found = risk_lists.worst_levels(session, back, [one.id for one in records], level)
        return {identity: choice for identity, one in found.items() if isinstance(choice := level_of(one), Choice)}

    return figures


def standing(session: Session, viewer: Viewer, measures: Sequence[RiskMeasure]) -> Mapping[int, Figure | Choice]:
    """How each measure stands now."""
    return dict(risk_lists.standings(session, measures, datetime.now(UTC)))


def cycle(measure: RiskMeasure) -> str:
    """How the measure is controlled."""
    return risk_lists.control_words(measure)


def assessment(event: RiskEvent, aspect: str) -> str:
    """L 4 × S 5 = 20."""
    likelihood, exposure, severity, score = (getattr(event, f"{aspect}_{name}") for name in ("likelihood", "exposure", "severity", "score"))
    parts = [f"L {likelihood:g}", f"E {exposure:g}", f"C {severity:g}"] if event.method == "LEC" else [f"L {likelihood:g}", f"S {severity:g}"]
    return f"{' × '.join(parts)} = {score:g}"


def control_level(event: RiskEvent) -> str:
    """Who controls a risk of the present level."""
    return CONTROL[event.present_level]


def tree_table(session: Session, viewer: Viewer, record: RiskObject) -> Component:
    """Everything below an object: units, events with both levels, measures."""
    rows = list(risk_lists.tree_rows(session, record.id))
    if not rows:
        return empty("还没有风险分析单元", "添加单元后，逐级填写风险事件和管控措施。")
    columns = (
        TableColumn("分析单元", lambda row: [html.B(row.unit.name), html.Span(row.unit.place or "", className="cap")] if row.unit else html.Span(), width="15%"),
        TableColumn("风险事件", lambda row: _event_cell(row.event), width="24%"),
        TableColumn("固有", lambda row: _level(row.event, "inherent"), width="70px"),
        TableColumn("现状", lambda row: _level(row.event, "present"), width="70px"),
        TableColumn("管控措施", lambda row: _measure_cell(row.measure)),
        TableColumn("管控方式", lambda row: cycle(row.measure) if row.measure else html.Span(), width="130px"),
    )
    return html.Div(table(columns, rows), className="file-lists risk-tree")


def _event_cell(event: RiskEvent | None) -> Any:
    return [event.name, html.Span("、".join(part for part in (event.accident, event.other_accidents) if part), className="cap")] if event else html.Span()


def _level(event: RiskEvent | None, aspect: str) -> Any:
    choice = level_of(getattr(event, f"{aspect}_level")) if event else ""
    return html.Span(dot(choice.word, choice.tone), title=f"{event.method} {assessment(event, aspect)}") if isinstance(choice, Choice) and event else html.Span()


def _measure_cell(measure: RiskMeasure | None) -> Any:
    if measure is None:
        return html.Span("还没有措施", className="cap")
    return [measure.name, html.Span(" · ".join(part for part in (word(MEASURE_KINDS, measure.kind), measure.content or (measure.point.name if measure.point else ""), measure.person or "") if part), className="cap")]


def measures_table(session: Session, viewer: Viewer, event: RiskEvent) -> Component:
    """The measures of an event with how each stands."""
    rows = risks.children(session, event)
    if not rows:
        return empty("还没有管控措施", "每个风险事件至少要有一条措施。")
    now = risk_lists.standings(session, rows, datetime.now(UTC))
    columns = (
        TableColumn("管控措施", lambda one: one.name),
        TableColumn("类别", lambda one: word(MEASURE_KINDS, one.kind), width="80px"),
        TableColumn("管控方式", cycle, width="130px"),
        TableColumn("现在", lambda one: dot(now[one.id].word, now[one.id].tone), width="120px"),
    )
    return html.Div(table(columns, rows), className="file-lists risk-tree")


def records_table(session: Session, viewer: Viewer, measure: RiskMeasure) -> Component:
    """The latest inspections of a measure, missed ones too."""
    rows = inspections.of_measure(session, measure)
    if not rows:
        return empty("还没有巡检", "自动化监控的措施由测点监视。" if measure.way == "auto" else "到期后巡检任务列在这里。")
    now = datetime.now(UTC)
    columns = (
        TableColumn("周期", lambda one: f"{moment_words(one.begins_at, now)} 起", width="130px"),
        TableColumn("结果", lambda one: _result(one), width="110px"),
        TableColumn("巡检时间", lambda one: moment_words(one.record.checked_at, now) if one.record else NO_VALUE, width="130px"),
        TableColumn("巡检人", lambda one: one.record.checker if one.record else one.person or NO_VALUE, width="90px"),
        TableColumn("说明", lambda one: (one.record.note if one.record else "") or NO_VALUE),
    )
    return html.Div(table(columns, rows), className="file-lists risk-tree")


def _result(task: Any) -> Component:
    choice = inspections.outcome(task)
    return dot(choice.word, choice.tone)


def result_of(task: Any) -> Choice:
    """What became of a task: 正常, 发现隐患, 漏检, 待巡检."""
    return inspections.outcome(task)
