"""风险清单模板: objects with units, events and measures by process or industry, to be copied and adapted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, panel, tag
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.site import HOME, Page
from data import risks
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid
from data.models import Enterprise, Process
from data.risk_templates import Template, fitting, plant, template_of
from data.rules.risk import cycle_words
from data.viewer import Viewer
from pages.own_risks.tasks import GROUP
from pages.own_risks.trees import OBJECTS_PATH

PATH, KEY = "/own/risks/templates", "own_risk_template"
LONGEST = 100


def layout(viewer: Viewer) -> Component:
    """Every template with what it brings, those for the enterprise's type and processes first."""
    with read_session() as session:
        body = html.Div(_body(session, viewer), id=part_id("own-templates", KEY), className="own-inspect")
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _body(session: Session, viewer: Viewer) -> list[Component]:
    words = _words(session, viewer)
    told = notice(["模板是编制的起点：复制为草稿后按本企业实际增删、重新评价，再提交审核。在", dcc.Link("风险分析对象", href=OBJECTS_PATH), "中继续编辑。"])
    return [told, *(_card(one, any(word in words for word in one.fits)) for one in fitting(words))]


def _words(session: Session, viewer: Viewer) -> str:
    firm = session.get(Enterprise, viewer.enterprise_id or 0)
    processes = session.scalars(select(Process.name).where(Process.enterprise_id == (viewer.enterprise_id or 0), Process.deleted_at.is_(None)))
    return " ".join([firm.kind if firm is not None else "", *processes])


def _card(one: Template, fits: bool) -> Component:
    rows = [(unit, event, measure) for unit in one.units for event in unit.events for measure in event.measures]
    columns = (
        TableColumn("分析单元", lambda row: row[0].name, width="16%"),
        TableColumn("风险事件", lambda row: row[1].name, width="22%"),
        TableColumn("管控措施", lambda row: row[2].name),
        TableColumn("周期", lambda row: cycle_words(row[2].every, row[2].unit) or "自动化监控", width="100px"),
    )
    marks = {"data-record-form": KEY, "data-id": "1", "data-do": one.key, "data-version": "1"}
    name = html.Label([html.Span("对象名称", className="nowrap"), dcc.Input(name="name", className="input", value=one.name, maxLength=LONGEST)], className="row-line")
    form = html.Form([name, html.Button("复制为草稿", type="submit", className="button primary")], noValidate=True, className="row-line inspect-acts", **marks)
    shown = html.Details([html.Summary("查看内容"), html.Div(table(columns, rows), className="file-lists risk-tree")])
    return panel(one.name, [shown, form], note=one.size, actions=[tag("适合本企业", "ok")] if fits else None)


def _copied(viewer: Viewer, data: Any) -> list[Component]:
    given = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping):
        raise Invalid("提交的内容不完整，请刷新页面。")
    template = template_of(str(data.get("do") or ""))
    name = str(given.get("name") or "").strip()
    if not name or len(name) > LONGEST:
        raise Invalid(f"请填写对象名称，最多 {LONGEST} 个字。")
    with write_session() as session:
        made = plant(session, viewer, template, name)
        words = f"已复制为草稿“{made.name}”，共 {template.size}。"
    say("success", words)
    with read_session() as session:
        return _body(session, viewer)


def register(app: Dash) -> None:
    """Register what answers the copying."""

    @guarded(app, Output(part_id("own-templates", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission=risks.OWN, prevent_initial_call=True)
    def copied(viewer: Viewer, data: Any) -> list[Component]:
        return _copied(viewer, data)


PAGE = Page(PATH, "风险清单模板", layout, permission=risks.OWN, module=HOME, group=GROUP, icon="journals", side="enterprise", register=register)
