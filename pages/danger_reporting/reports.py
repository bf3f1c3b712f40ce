"""填报情况查询: what each enterprise reported in a period, and who has not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import figure_card, state_tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.resource import Resource, ResourceLayout
from dashboard.resource_parts import ALL, Column, Fact, Figure, Filter, Panel
from dashboard.resource_state import filter_rows, question_of, read_state
from dashboard.site import Page, address
from data.calendar import park_day
from data.choices import Choice
from data.choices.dangers import HIDDEN_STATES
from data.danger_reports import DONE, DUE, WAITING
from data.db import read_session
from data.models import DangerReport, HiddenDanger
from data.query import answer, visible
from data.rules.periods import period_of, period_words, recent
from data.viewer import Viewer

PATH = "/dangers/reports"


def this_month() -> str:
    """The month that runs today: what one first looks at."""
    return period_of("month", park_day(datetime.now(UTC))).key


def periods(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The periods of the last three years, cycle by cycle, the newest first."""
    recently = recent(park_day(datetime.now(UTC)))
    return (*(Choice(one.key, period_words(one.key)) for one in recently), Choice(ALL, "全部"))


def counted(session: Session, viewer: Viewer, rows: Sequence[Any]) -> Mapping[int, Figure]:
    """How many dangers were submitted for each of the periods."""
    mine = visible(HiddenDanger, viewer).where(HiddenDanger.report_id.in_([one.id for one in rows]), HiddenDanger.state != "draft")
    found = session.execute(mine.with_only_columns(HiddenDanger.report_id, func.count()).group_by(HiddenDanger.report_id).order_by(None)).all()
    return {key: Figure(f"{number:,}", address(PATH, period=ALL, open=key, tab="dangers")) for key, number in found}


def dangers(session: Session, viewer: Viewer, report: DangerReport) -> Component:
    """The dangers that were submitted for the period."""
    mine = visible(HiddenDanger, viewer).where(HiddenDanger.report_id == report.id, HiddenDanger.state != "draft")
    rows = session.scalars(mine.order_by(HiddenDanger.id)).unique().all()
    if not rows:
        return empty("本期没有上报隐患", "已申报零隐患。" if report.is_zero else "企业还没有提交本期的隐患。")
    columns = (
        TableColumn("编号", lambda one: html.A(one.number or "—", href=f"/dangers/{one.id}")),
        TableColumn("隐患描述", lambda one: one.name),
        TableColumn("发现日期", lambda one: one.found_on.isoformat()),
        TableColumn("状态", lambda one: state_tag(HIDDEN_STATES, one.state)),
    )
    return table(columns, rows)


def danger_number(session: Session, viewer: Viewer, report: DangerReport) -> int:
    mine = visible(HiddenDanger, viewer).where(HiddenDanger.report_id == report.id, HiddenDanger.state != "draft")
    return session.scalar(select(func.count()).select_from(mine.subquery())) or 0


REPORTS = Resource(
    key="danger_report",
    model=DangerReport,
    path=PATH,
    title="填报情况查询",
    permission="danger.view",
    module="双重预防",
    group="隐患排查治理",
    icon="exclamation-triangle",
    sort="-ends_on",
    placeholder="",
    columns=(
        Column("enterprise.name", width=240, is_sortable=False),
        Column("enterprise.unit_type.name", label="企业类型", width=150, hint=lambda one: one.enterprise.kind),
        Column("enterprise.division.name", label="属地", width=100),
        Column("period", width=120, show=lambda one: period_words(one.period)),
        Column("ends_on", width=100, is_shown=False),
        Column("state", width=90, look="tag"),
        Column("danger_count", width=80, look="number", figures=counted, is_sortable=False),
        Column("is_zero", width=80, show=lambda report: ("是" if report.is_zero else "否") if report.submitted_at else ""),
        Column("due_on", width=100),
        Column("submitted_at", width=120),
        Column("submitted_by.name", label="上报人", width=90),
    ),
    filters=(
        Filter("period", options=periods, usual=this_month),
        Filter("state"),
        Filter("enterprise.division_id", "属地"),
        Filter("enterprise.unit_type_id", "企业类型"),
        Filter("enterprise.department_id", "主管部门"),
        Filter("enterprise_id"),
        Filter("cycle"),
    ),
    heading=lambda one: f"{one.enterprise.name} {period_words(one.period)}",
    tags=("state",),
    subtitle=lambda one: (one.enterprise.kind, one.enterprise.division.name),
    facts={
        "上报": (
            Fact("enterprise.name", "企业名称"),
            Fact("period", "上报期", lambda one: period_words(one.period)),
            "cycle",
            "starts_on",
            "ends_on",
            "due_on",
            "state",
            "is_zero",
            Fact("danger_count", "上报时隐患数"),
            "submitted_at",
            Fact("submitted_by.name", "上报人"),
            "remark",
        )
    },
    panels=(Panel("dangers", "隐患", dangers, danger_number),),
    empty_title="还没有上报期",
    empty_text="上报期由系统按各企业的周期自动开启。",
)


def _where(*states: str) -> str:
    return json.dumps({"any": [{"field": "state", "op": "eq", "value": one} for one in states]}, ensure_ascii=False)


def figures(session: Session, viewer: Viewer, query: Mapping[str, Any]) -> list[Component]:
    """应报 已报 未报 暂不上报 and the rate (``data.danger_reports.RATE_WORDS``), of what the conditions ask for but the state; each leads to exactly its rows."""
    filters = filter_rows(session, viewer, REPORTS)
    state = read_state(REPORTS, filters, query)
    state = replace(state, chosen={name: text for name, text in state.chosen.items() if name != "state"}, where="", number=1, open=None, do="", tab="")
    found = answer(DangerReport, viewer, question_of(REPORTS, filters, state))
    by_state = dict(session.execute(found.with_only_columns(DangerReport.state, func.count()).group_by(DangerReport.state).order_by(None)).all())
    done, waiting = (sum(by_state.get(one, 0) for one in group) for group in (DONE, WAITING))
    due = sum(by_state.get(one, 0) for one in DUE)
    rate = f"{100 * done / due:.1f}" if due else None

    def href(*states: str) -> str:
        return state.href(REPORTS, where=_where(*states))

    return [
        figure_card("应报", done + waiting, "家次", href=href(*DONE, *WAITING)),
        figure_card("已报", done, "家次", href=href(*DONE)),
        figure_card("未报", waiting, "家次", href=href(*WAITING), tone="orange" if waiting else ""),
        figure_card("其中逾期未上报", by_state.get("missed", 0), "家次", href=href("missed"), tone="red" if by_state.get("missed") else ""),
        figure_card("上报率", rate, "%", note="已报 ÷（已报 + 逾期未报）"),
    ]


@dataclass(frozen=True)
class ReportsLayout(ResourceLayout):
    """The list with its figures, which follow the conditions."""

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        def top(session: Session, who: Viewer) -> Component:
            return html.Div(figures(session, who, query), id=part_id("report-figures", REPORTS.key), className="kpis")

        return ResourceLayout(replace(self.resource, top=top))(viewer, **query)


def register(app: Dash) -> None:
    """Register what draws the figures anew with every change of the conditions."""
    output = Output(part_id("report-figures", REPORTS.key), "children")

    @guarded(app, output, Input(part_id("list-query", REPORTS.key), "data"), permission="danger.view", quiet=True, prevent_initial_call=True)
    def follow(viewer: Viewer, data: Any) -> list[Component]:
        query = data.get("query") if isinstance(data, Mapping) else None
        with read_session() as session:
            return figures(session, viewer, query if isinstance(query, Mapping) else {})


def page() -> Page:
    """The page of the list."""
    return replace(REPORTS.page(), layout=ReportsLayout(REPORTS), register=register)
