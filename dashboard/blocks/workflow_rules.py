"""How the nodes of a workflow run: the list of its steps, and the form of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import Content, icon, notice, tag
from dashboard.blocks.checks import checks
from dashboard.blocks.inputs import control
from data.choices import Choice, word
from data.choices.system import COUNTERSIGNS
from data.columns import label_of
from data.models import Role, WorkflowRule
from data.viewer import Viewer
from data.workflow.declaration import Node, Workflow
from data.workflow.picture import Mark
from data.workflow.rules import Rule, declared, rule_of, version_of, waiting_at

RESET = "reset"
SIDES = (Choice("enterprise", "企业"), Choice("authority", "监管部门"))


def due_words(node: Node, rule: Rule) -> str:
    """Until when a node is dealt with: 3 天, 按记录中的期限, 不限."""
    days = f"{rule.due_days:,} 天" if rule.due_days is not None else ""
    if node.due is not None:
        return f"按记录中的期限（未填时 {days}）" if days else "按记录中的期限"
    return days or "不限"


def steps_list(marks: Sequence[Mark], chosen: str, href: Any) -> Component:
    """The nodes in their order with who acts; the chosen one is marked. Ends have nothing to configure."""
    rows = []
    for number, one in enumerate(marks, 1):
        state = tag("未启用", "stale") if one.standing == "off" else tag("结束", outline=True) if one.is_end else None
        body = [html.Span(str(number), className="step-number"), html.Div([html.B(one.label), html.Span(one.who or "—", className="cap")], className="grow"), state]
        look = f"step-line {'on' if one.key == chosen else ''}".strip()
        rows.append(html.Div(body, className=f"{look} end-step") if one.is_end else dcc.Link(body, href=href(one.key), className=look))
    return html.Nav(rows, className="step-lines", **{"aria-label": "步骤"})


class Refused(dict[str, str]):
    """What was typed and could not be saved: texts by field, ``mistakes`` by field, and ``note`` for the whole."""

    def __init__(self, typed: Mapping[str, str], mistakes: Mapping[str, str], note: str = "") -> None:
        super().__init__(typed)
        self.mistakes, self.note = mistakes, note


def node_form(session: Session, viewer: Viewer, flow: Workflow, node: Node, key: str, refused: Refused | None = None) -> Component:
    """The form of one node as it runs now, or with what was typed and refused."""
    rule = rule_of(session, flow, node.key)
    typed = {**_texts(rule), **(refused or {})}
    mistakes = refused.mistakes if refused else {}
    fields = [
        _field("is_on", _on(node, typed), mistakes, label="启用这一步", hint=_on_hint(flow, node)),
        _field("roles", _roles(session, node, typed), mistakes, hint="没有办理权限的角色不能选，请先在“角色管理”中授予。" if node.side == "authority" else ""),
        _field("due_days", _input(session, viewer, "due_days", typed, mistakes), mistakes, hint=_due_hint(node)),
        _field("remind_days", _input(session, viewer, "remind_days", typed, mistakes), mistakes, hint="到期前几天提醒办理人，0 为到期当天。"),
    ]
    if node.side == "authority":
        fields.append(_field("countersign", _input(session, viewer, "countersign", typed, mistakes), mistakes, hint="要求会签时，办理人须先请他人会签，符合条件才能通过；退回不受限制。"))
    if node.not_by:
        names = "、".join(flow.node(one).label for one in node.not_by)
        fields.append(_field("may_own", _switch("may_own", typed, label_of(WorkflowRule, "may_own")), mistakes, hint=f"关闭时，办理过“{names}”的人不能再办理这一步。"))
    marks = {
        "data-record-form": key,
        "data-id": f"{flow.key}.{node.key}",
        "data-do": "save",
        "data-version": str(version_of(session, flow.key, node.key)),
        "data-refused": "1" if refused else "",
    }
    head = html.Header([html.H3(node.label), html.Span(f"编码 {flow.key}.{node.key}", className="cap"), html.Span(word(SIDES, node.side) + "办理", className="cap end")])
    summary = notice(refused.note, "danger") if refused and refused.note else None
    body = html.Div([summary, _standing(waiting_at(session, flow.key, node.key)), html.Div(fields, className="form one")], className="panel-body node-fields")
    return html.Form([head, body, _acts(rule != declared(node))], className="panel fill node-form", noValidate=True, **marks)


def _texts(rule: Rule) -> dict[str, str]:
    return {
        "is_on": "1" if rule.is_on else "0",
        "roles": ",".join(sorted(rule.roles)),
        "due_days": "" if rule.due_days is None else str(rule.due_days),
        "remind_days": str(rule.remind_days),
        "countersign": rule.countersign,
        "may_own": "1" if rule.may_own else "0",
    }


def _standing(number: int) -> Component:
    if not number:
        return notice("现在没有事项停在这一步。保存后立即生效，并记入操作日志。")
    words = "它们的办理期限在到达时已经确定，不会改变；关闭这一步，它们仍在这里办完。办理角色、会签和本人办理的改动立即适用。"
    return notice([html.B(f"现有 {number:,} 件停在这一步，不会因改动而中断。"), words], "warn")


def _acts(is_changed: bool) -> Component:
    reset = html.Button("恢复默认", type="submit", className="button", name=RESET, value="1", disabled=not is_changed)
    return html.Div(
        [html.Button("保存", type="submit", className="button primary"), reset, html.Span("保存后立即生效，记入操作日志。", className="cap")], className="action-bar"
    )


def _field(name: str, inside: Content, mistakes: Mapping[str, str], *, label: str = "", hint: str = "") -> Component:
    mistake = mistakes.get(name, "")
    below = html.Div([icon("exclamation-circle-fill"), mistake], className="mistake", id=f"mistake-{name}") if mistake else None
    shown = html.Div(hint, className="help") if hint and not mistake else None
    return html.Div([html.Label(label or label_of(WorkflowRule, name), htmlFor=f"field-{name}"), html.Div([inside, below, shown])], className="f full")


def _input(session: Session, viewer: Viewer, name: str, typed: Mapping[str, str], mistakes: Mapping[str, str]) -> Component:
    options = COUNTERSIGNS if name == "countersign" else None
    return control(session, viewer, WorkflowRule, name, text=typed[name], is_wrong=name in mistakes, options=options)


def _switch(name: str, typed: Mapping[str, str], words: str) -> Component:
    """A switch, drawn by 39-switch.js; the form sends ``0`` or ``0,1`` under its name."""
    return html.Div(className="switch-place", **{"data-switch": orjson.dumps({"name": name, "on": typed[name].endswith("1"), "words": words, "partner": ""}).decode()})


def _on(node: Node, typed: Mapping[str, str]) -> Component:
    return _switch("is_on", typed, "启用这一步") if node.is_optional else html.Span("必经步骤，不能关闭", className="fixed-words")


def _on_hint(flow: Workflow, node: Node) -> str:
    if not node.is_optional:
        return ""
    action = next(one.label for one in flow.leaving(node.key) if one.key == node.skip)
    return f"关闭后，新到达的事项不在这一步停留，自动按“{action}”往下走。"


def _due_hint(node: Node) -> str:
    if node.due is not None:
        return "以记录中填写的期限为准；没有填写时，从到达这一步起按自然日计。留空为不限。"
    return "从到达这一步起按自然日计，到期当天 24 时为止。留空为不限。"


def _roles(session: Session, node: Node, typed: Mapping[str, str]) -> Component:
    if node.side == "enterprise":
        return html.Span("由企业自己办理，不设角色", className="fixed-words")
    found = session.scalars(select(Role).where(Role.deleted_at.is_(None), Role.scope != "own_enterprise").order_by(Role.id)).all()
    able = [Choice(one.code, one.name) for one in found if not node.permission or node.permission in one.permissions]
    chosen = [code for code in typed["roles"].split(",") if code]
    lost = [Choice(one.code, f"{one.name}（没有办理权限）") for one in found if one.code in chosen and one.code not in {each.code for each in able}]
    return checks("roles", [("可办理的角色", [*able, *lost])], chosen)
