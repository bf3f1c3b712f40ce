"""节点模型管理 and 流程配置管理: what runs at every step of every workflow, and the switches by which the park changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import panel, tag
from dashboard.blocks.state import too_narrow
from dashboard.blocks.tables import Column, Condition, search_row, table
from dashboard.blocks.workflow_diagram import diagram
from dashboard.blocks.workflow_rules import RESET, SIDES, Refused, due_words, node_form, steps_list
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.site import Page, address
from data.choices import Choice, word
from data.choices.system import COUNTERSIGNS
from data.columns import attribute
from data.db import notify, read_session
from data.db import session as write_session
from data.errors import Conflict, Invalid
from data.models import WorkflowRule
from data.values import FormReader
from data.viewer import Viewer
from data.workflow.declaration import Node, Workflow
from data.workflow.people import whom
from data.workflow.picture import edges, marks
from data.workflow.registry import workflow, workflows
from data.workflow.rules import EDIT, Rule, declared, open_cases, rule_of, set_rule
from data.workflow.steps import CHANNEL

KEY = "workflow_rule"
PATH, NODES = "/system/processes", "/system/nodes"
MODULE, GROUP = "系统管理", "流程管理"
MISTAKEN = "有的内容不能保存，已在字段下标出。"
UNCLEAR = "提交的内容不完整，请刷新页面。"


class Line(NamedTuple):
    """A node as it runs now."""

    flow: Workflow
    node: Node
    rule: Rule
    whom: str
    waiting: int


def nodes_layout(viewer: Viewer, q: str = "", workflow: str = "", side: str = "") -> Component:
    """Every declared node with how it runs."""
    asked = {"q": q[:60].strip(), "workflow": workflow, "side": side}
    with read_session() as session:
        every = _lines(session)
    found = [one for one in every if _fits(one, asked)]
    flows = [Choice(one.key, one.title) for one in workflows().values()]
    search = search_row(NODES, (Condition("q", "关键词", "节点模型名称、编码"), Condition("workflow", "流程", choices=flows), Condition("side", "办理方", choices=SIDES)), asked)
    body = table(_node_columns(), found) if found else too_narrow("，".join(one for one in asked.values() if one), NODES)
    return html.Div([search, html.Section([body, _total(len(found), "个节点")], className="panel fill node-table")], className="fill process-page")


def _lines(session: Session) -> list[Line]:
    waiting = open_cases(session)
    lines = []
    for flow in workflows().values():
        for node in flow.nodes:
            rule = rule_of(session, flow, node.key)
            lines.append(Line(flow, node, rule, "" if node.is_end else whom(session, node, rule), waiting.get((flow.key, node.key), 0)))
    return lines


def _fits(line: Line, asked: Mapping[str, str]) -> bool:
    text = f"{line.node.label} {line.flow.key}.{line.node.key}".lower()
    is_side = not asked["side"] or (line.node.side == asked["side"] and not line.node.is_end)
    return asked["q"].lower() in text and asked["workflow"] in ("", line.flow.key) and is_side


def _node_columns() -> list[Column]:
    return [
        Column("节点模型名称", lambda one: one.node.label if one.node.is_end else dcc.Link(one.node.label, href=_href(one.flow, one.node.key))),
        Column("编码", lambda one: html.Span(f"{one.flow.key}.{one.node.key}", className="mono")),
        Column("流程", lambda one: one.flow.title),
        Column("所属系统模块", lambda one: one.flow.module),
        Column("办理方", lambda one: "" if one.node.is_end else word(SIDES, one.node.side)),
        Column("办理角色", lambda one: one.whom),
        Column("时限", lambda one: "" if one.node.is_end else due_words(one.node, one.rule)),
        Column("会签", lambda one: word(COUNTERSIGNS, one.rule.countersign) if one.rule.countersign != "none" else ""),
        Column("启用", lambda one: _state(one.node, one.rule), width="88px"),
        Column("在办", lambda one: "" if one.node.is_end else f"{one.waiting:,}", is_number=True, width="72px"),
    ]


def _state(node: Node, rule: Rule) -> Component:
    if node.is_end:
        return tag("结束", outline=True)
    return tag("启用", "ok") if rule.is_on else tag("停用", "stale")


def _href(flow: Workflow, node: str = "") -> str:
    return address(f"{PATH}/{flow.key}", node=node)


def _total(number: int, unit: str) -> Component:
    return html.Div(html.Span(["共 ", html.B(f"{number:,}"), f" {unit}"]), className="pager")


def processes_layout(viewer: Viewer) -> Component:
    """Every workflow with its optional steps and how many cases are under way."""
    with read_session() as session:
        every = _lines(session)
    columns = [
        Column("流程名称", lambda flow: dcc.Link(flow.title, href=_href(flow))),
        Column("编码", lambda flow: html.Span(flow.key, className="mono")),
        Column("所属系统模块", lambda flow: flow.module),
        Column("步骤", lambda flow: f"{sum(not one.is_end for one in flow.nodes):,}", is_number=True, width="72px"),
        Column("细化步骤权限开关", lambda flow: _switches(flow, every)),
        Column("办理中", lambda flow: f"{sum(one.waiting for one in every if one.flow is flow):,} 件", is_number=True, width="110px"),
        Column("操作", lambda flow: dcc.Link("配置", href=_href(flow)), width="80px"),
    ]
    flows = list(workflows().values())
    return html.Div(html.Section([table(columns, flows), _total(len(flows), "个流程")], className="panel fill"), className="fill process-page")


def _switches(flow: Workflow, every: list[Line]) -> Component | str:
    optional = [one for one in every if one.flow is flow and one.node.is_optional]
    links = [dcc.Link([one.node.label, " ", _state(one.node, one.rule)], href=_href(flow, one.node.key)) for one in optional]
    return html.Span(links, className="row-line") if links else "（没有可选步骤）"


def process_layout(viewer: Viewer, flow: str, node: str = "") -> Component:
    """One workflow: its steps at the left, the form of the chosen one at the right."""
    with read_session() as session:
        body = _process(session, viewer, workflow(flow), node)
    return html.Div(
        [dcc.Store(id=part_id("form-submit", KEY)), html.Div(body, id=part_id("process", KEY), className="tree-page fill")],
        className="fill process-page",
        **{"data-form-page": KEY, "data-user": str(viewer.id)},
    )


def _process(session: Session, viewer: Viewer, flow: Workflow, node: str, refused: Refused | None = None) -> list[Component]:
    chosen = flow.node(node) if flow.has(node) and not flow.node(node).is_end else flow.start
    nodes = marks(session, None, flow)
    picture = panel(flow.title, diagram(nodes, edges(session, None, flow)), note=flow.module, className="flush")
    steps = panel("步骤", steps_list(nodes, chosen.key, lambda key: _href(flow, key)), note="点选一步进行设置", className="flush")
    left = html.Div([picture, steps], className="process-picture")
    return [left, html.Div(node_form(session, viewer, flow, chosen, KEY, refused), className="fill node-place", key=f"{flow.key}.{chosen.key}")]


def _done(viewer: Viewer, data: Any) -> list[Component]:
    """Save what was set for a node, or take it back; the page as it is then."""
    values = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping):
        raise Invalid(UNCLEAR)
    flow_key, _, node_key = str(data.get("id") or "").partition(".")
    flow = workflow(flow_key)
    if not flow.has(node_key) or flow.node(node_key).is_end:
        raise Invalid("没有这个步骤，请刷新页面。")
    node = flow.node(node_key)
    refused = None
    try:
        with write_session() as session:
            said = _save(session, viewer, flow, node, values, _version(data))
        say(*said)
    except Invalid as error:
        refused = Refused(_typed(values), error.fields, MISTAKEN if error.fields else str(error))
    except Conflict as error:
        refused = Refused(_typed(values), {}, str(error))
    with read_session() as session:
        return _process(session, viewer, flow, node.key, refused)


def _version(data: Mapping[str, Any]) -> int:
    text = str(data.get("version") or "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Invalid(UNCLEAR)
    return int(text)


def _typed(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(values[name]) for name in ("is_on", "roles", "due_days", "remind_days", "countersign", "may_own") if name in values}


def _save(session: Session, viewer: Viewer, flow: Workflow, node: Node, values: Mapping[str, Any], version: int) -> tuple[Any, str]:
    now = rule_of(session, flow, node.key)
    wanted = _of(declared(node)) if values.get(RESET) else _read(session, viewer, node, _typed(values))
    before = _of(now)
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if not changed:
        return "info", "没有改动。"
    set_rule(session, viewer, flow.key, node.key, changed, version=version)
    notify(session, CHANNEL)  # what waits for whom may have changed
    return "success", f"“{node.label}”已恢复默认，立即生效。" if values.get(RESET) else f"“{node.label}”已保存，立即生效。"


def _of(rule: Rule) -> dict[str, Any]:
    return {**vars(rule), "roles": sorted(rule.roles)}


def _read(session: Session, viewer: Viewer, node: Node, typed: Mapping[str, str]) -> dict[str, Any]:
    """The values that were sent for what this node has; Invalid with the mistakes at their fields."""
    found: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    reader = FormReader(session, viewer, WorkflowRule)
    if node.is_optional and "is_on" in typed:
        found["is_on"] = typed["is_on"].endswith("1")
    if node.side == "authority" and "roles" in typed:
        found["roles"] = sorted({code for code in typed["roles"].split(",") if code})
    if node.not_by and "may_own" in typed:
        found["may_own"] = typed["may_own"].endswith("1")
    for name in ("due_days", "remind_days", "countersign"):
        if name not in typed or (name == "countersign" and node.side == "enterprise"):
            continue
        try:
            found[name] = reader.read(name, typed[name])
        except ValueError as error:
            mistakes[name] = str(error)
        if found.get(name) is None and name not in mistakes and not attribute(WorkflowRule, name).nullable:
            mistakes[name] = "请填写天数，到期当天提醒填 0。" if name == "remind_days" else "请选择。"
    if mistakes:
        raise Invalid(MISTAKEN, mistakes)
    return found


def register(app: Dash) -> None:
    """Register what answers the form of a node."""

    @guarded(app, Output(part_id("process", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission=EDIT, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> list[Component]:
        return _done(viewer, data)


PAGES = [
    Page(NODES, "节点模型管理", nodes_layout, permission=EDIT, module=MODULE, group=GROUP, icon="diagram-3"),
    Page(PATH, "流程配置管理", processes_layout, permission=EDIT, module=MODULE, group=GROUP, icon="diagram-3"),
    Page(f"{PATH}/<flow>", "流程配置", process_layout, permission=EDIT, module=MODULE, group=GROUP, register=register),
]
