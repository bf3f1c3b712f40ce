"""企业信息配置: for every type of unit, which items of the file are shown and which are 应填."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import tag
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.site import Page, address
from data.calendar import park_day
from data.completeness import SECTIONS
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound
from data.field_rules import EDIT, Effect, RuleLine, lines_for, own_counts, reset_rules, set_rules
from data.models import FILE_LISTS, UnitType
from data.query import get
from data.rules.completeness import Rule
from data.viewer import Viewer

KEY = "field_rule"
PATH = "/system/field-rules"
SHOWN, DUE = "show", "due"
RESET = "reset"
SOURCES = {"own": ("本级设置", "primary"), "class": ("继承上级类型", ""), "all": ("继承全部类型", ""), "default": ("默认", "")}


def layout(viewer: Viewer, type: str = "") -> Component:
    """Types at the left, the items of the chosen one at the right."""
    with read_session() as session:
        chosen = _type(session, viewer, type)
        body = [_tree(session, chosen), html.Div(_table(session, chosen), id=part_id("rule-table", KEY), className="rule-place fill")]
    return html.Div(
        [dcc.Store(id=part_id("form-submit", KEY)), html.Div(body, className="tree-page fill")],
        className="rule-page fill",
        **{"data-form-page": KEY, "data-user": str(viewer.id)},
    )


def _type(session: Session, viewer: Viewer, text: str) -> UnitType | None:
    """The type that the address or the form names; None is all types."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound("没有这个企业类型，请刷新页面。")
    return get(session, UnitType, int(text), viewer)


def _tree(session: Session, chosen: UnitType | None) -> Component:
    types = session.scalars(select(UnitType).where(UnitType.deleted_at.is_(None)).order_by(UnitType.position, UnitType.code)).all()
    counts = own_counts(session)
    tops = [one for one in types if one.parent_id is None]

    def link(words: str, key: int | None, look: str) -> Component:
        here = key == (chosen.id if chosen else None)
        number = html.Small(str(counts[key]), title=f"本级设置 {counts[key]} 项") if key in counts else None
        return dcc.Link([html.Span(words), number], href=address(PATH, type=key), className=f"{look} on" if here else look)

    parts = [link("全部类型", None, "rule-type first")]
    for top in tops:
        parts.append(link(top.name, top.id, "rule-type first"))
        parts += [link(one.name, one.id, "rule-type") for one in types if one.parent_id == top.id]
    return html.Nav(html.Div(parts, className="tree-body"), className="panel tree-side", **{"aria-label": "企业类型"})


def _table(session: Session, chosen: UnitType | None) -> Component:
    lines = lines_for(session, chosen.id if chosen else None)
    own = sum(line.source == "own" for line in lines)
    due = sum(line.rule.is_required for line in lines)
    head = html.Thead(html.Tr([html.Th("信息项"), html.Th("显示"), html.Th("应填"), html.Th("来源"), html.Th("操作")]))
    bodies = [html.Tbody([_section(title), *map(_row, group)]) for title, group in _grouped(lines)]
    title = html.Header(
        [
            html.H3(chosen.path if chosen else "全部类型"),
            html.Span(f"共 {len(lines)} 项，应填 {due} 项，本级设置 {own} 项", className="cap"),
        ]
    )
    bar = html.Div(
        [
            html.Button("保存", type="submit", className="button primary"),
            html.Button("全部恢复默认", type="submit", className="button", name=RESET, value="*", disabled=not own),
            html.Span("保存后立即用于填报表单和完善度。不显示的信息项不计入完善度。", className="cap"),
        ],
        className="action-bar",
    )
    marks = {"data-record-form": KEY, "data-id": str(chosen.id) if chosen else "", "data-do": "save", "data-version": "0"}
    grid = html.Div(html.Table([head, *bodies], className="list rule-table"), className="table-box")
    return html.Form([title, grid, bar], className="panel fill rule-form", noValidate=True, key=f"{chosen.id if chosen else 0}:{datetime.now(UTC).timestamp()}", **marks)


def _grouped(lines: Sequence[RuleLine]) -> list[tuple[str, list[RuleLine]]]:
    """The lines by section, the lists of the file together."""
    titles = {key: title for key, (title, _) in SECTIONS.items()} | dict.fromkeys(FILE_LISTS, "清单")
    return [(title, list(group)) for title, group in groupby(lines, key=lambda line: titles[line.item.section])]


def _section(title: str) -> Component:
    return html.Tr(html.Th(title, colSpan=5, scope="rowgroup"), className="rule-section")


def _row(line: RuleLine) -> Component:
    words, tone = SOURCES[line.source]
    reset = html.Button("恢复默认", type="submit", className="link", name=RESET, value=line.item.code) if line.source == "own" else None
    return html.Tr(
        [
            html.Td(line.item.label),
            html.Td(_switch(SHOWN, line, line.rule.is_shown, "显示")),
            html.Td(_switch(DUE, line, line.rule.is_required, "应填")),
            html.Td(tag(words, tone) if line.source == "own" else html.Span(words, className="muted")),
            html.Td(reset),
        ]
    )


def _switch(kind: str, line: RuleLine, is_on: bool, words: str) -> Component:
    """A switch, drawn by 39-switch.js; the form sends ``0`` or ``0,1`` under its name."""
    partner = f"{DUE}:{line.item.code}" if kind == SHOWN else ""
    spec = {"name": f"{kind}:{line.item.code}", "on": is_on, "words": f"{line.item.label} {words}", "partner": partner}
    return html.Div(className="switch-place", **{"data-switch": orjson.dumps(spec).decode()})


def _done(viewer: Viewer, data: Any) -> Component:
    """Save what was switched, or take own rules away; the table as it is then."""
    values = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(data, Mapping):
        raise Invalid("提交的内容不完整，请刷新页面。")
    today = park_day(datetime.now(UTC))
    with write_session() as session:
        chosen = _type(session, viewer, str(data.get("id") or ""))
        key = chosen.id if chosen else None
        reset = values.get(RESET)
        if isinstance(reset, str) and reset:
            effect = reset_rules(session, viewer, key, "" if reset == "*" else reset, today)
        else:
            wanted = {line.item.code: _wanted(values, line.item.code) for line in lines_for(session, key) if f"{SHOWN}:{line.item.code}" in values}
            effect = set_rules(session, viewer, key, wanted, today)
    say("success" if effect.changed else "info", _said(effect))
    with read_session() as session:
        return _table(session, _type(session, viewer, str(data.get("id") or "")))


def _wanted(values: Mapping[str, Any], code: str) -> Rule:
    return Rule(*(str(values.get(f"{kind}:{code}", "")).endswith("1") for kind in (SHOWN, DUE)))


def _said(effect: Effect) -> str:
    if not effect.changed:
        return "没有改动。"
    how = f"{effect.enterprises} 家企业的完善度已重新计算。" if effect.is_refreshed else "企业较多，完善度将在今夜重新计算。"
    return f"已保存 {effect.changed} 项设置，{how}"


def register(app: Dash) -> None:
    """Register what answers the form."""

    @guarded(app, Output(part_id("rule-table", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission=EDIT, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> Component:
        return _done(viewer, data)


PAGE = Page(PATH, "企业信息配置", layout, permission=EDIT, module="系统管理", group="基础数据", icon="ui-checks", register=register)
