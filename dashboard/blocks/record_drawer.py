"""The drawer of one record: what it is, what changed, the form, and the question before an action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, facts, icon, notice, section, tag
from dashboard.blocks.record_form import form, input_of
from dashboard.blocks.state import absent, empty, refused
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import full_words, moment_words
from dashboard.resource import Action, Fact, Resource, as_fact, attribute, choices_of, label_of, shown_value
from dashboard.resource_state import FilterRow, State
from data.choices import AUDIT_VERBS, Choice, word
from data.errors import Forbidden, NotFound
from data.models import AuditEntry, User
from data.query import get
from data.viewer import Viewer

HERE = {"data-list": "1"}
NEWEST = 200


def drawer(
    session: Session,
    viewer: Viewer,
    resource: Resource,
    rows: Sequence[FilterRow],
    state: State,
    *,
    values: Mapping[str, Any] | None = None,
    mistakes: Mapping[str, str] | None = None,
) -> Component | None:
    """The drawer that the address opens, or None. ``values`` and ``mistakes`` are those of a form that was refused."""
    if state.open is None:
        return None
    try:
        record = get(session, resource.model, state.open, viewer)
        body = _body(session, viewer, resource, state, record, values, mistakes or {})
        head = _head(session, viewer, resource, state, record)
        name = resource.heading(record)
    except NotFound as error:
        head, body, name = [_title("没有找到", [], resource, state)], absent(str(error)), "没有找到"
    except Forbidden as error:
        head, body, name = [_title("没有权限", [], resource, state)], refused(str(error)), "没有权限"
    veil = html.A("", href=_closed(resource, state), className="drawer-veil", tabIndex=-1, **{"aria-hidden": "true", **HERE})
    panel = html.Aside([*head, body], className="drawer record-drawer", role="dialog", tabIndex=-1, **{"aria-label": name})
    return html.Div([veil, panel], key=f"{state.open}:{state.do}:{state.tab}")


def _closed(resource: Resource, state: State) -> str:
    return state.href(resource, open=None, do="", tab="")


def _title(name: str, marks: Sequence[Component | None], resource: Resource, state: State, buttons: Sequence[Component | None] = ()) -> Component:
    steps = [
        html.Button(icon("link-45deg"), type="button", className="button square", title="复制链接", **{"aria-label": "复制链接", "data-copy-link": "1"}),
        html.Span(className="rule"),
        html.Button(icon("chevron-up"), type="button", className="button square", title="上一条", **{"aria-label": "上一条", "data-step": "-1"}),
        html.Button(icon("chevron-down"), type="button", className="button square", title="下一条", **{"aria-label": "下一条", "data-step": "1"}),
        html.A(icon("x-lg"), href=_closed(resource, state), className="button square text", title="关闭", **{"aria-label": "关闭", **HERE}),
    ]
    return html.Header([html.H2(name, title=name), *marks, html.Div([*buttons, *steps], className="end row-line")])


def _head(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any) -> list[Component]:
    now = datetime.now(UTC)
    marks = [_mark(one.show(record) if one.show else shown_value(record, one.name, now)) for one in map(as_fact, resource.tags)]
    buttons: list[Component | None] = []
    if resource.form and viewer.may(resource.edit_permission):
        buttons.append(html.A([icon("pencil-square"), "修改"], href=state.href(resource, do="edit", tab=""), className="button primary", **HERE))
    buttons += [_button(viewer, resource, state, record, one) for one in resource.actions if viewer.may(one.permission) and one.when(record)]
    line = [text for text in resource.subtitle(record) if text]
    title = _title(resource.heading(record), marks, resource, state, buttons)
    return [title, html.P(" · ".join(line), className="drawer-line cap") if line else html.Span(), _tabs(session, resource, state, record)]


def _mark(value: Any) -> Component | None:
    if value in (None, ""):
        return None
    return tag(value.word, value.tone) if isinstance(value, Choice) else tag(str(value), outline=True)


def _button(viewer: Viewer, resource: Resource, state: State, record: Any, action: Action) -> Component:
    reason = action.why_not(viewer, record)
    label = [icon(action.icon), action.label]
    if reason:
        return html.Button(label, type="button", className="button", disabled=True, title=reason)
    return html.A(label, href=state.href(resource, do=action.key, tab=""), className="button red" if action.is_dangerous else "button pale", **HERE)


def _tabs(session: Session, resource: Resource, state: State, record: Any) -> Component:
    tabs: list[tuple[str, str, int | None]] = [("overview", "概览", None), *((one.key, one.label, None) for one in resource.panels)]
    if resource.has_history:
        tabs.append(("history", "变更记录", _change_count(session, record)))
    current = state.tab if state.tab in {key for key, _, _ in tabs} and not state.do else "overview"
    links = [
        html.A([label, html.Small(str(count)) if count else None], href=state.href(resource, do="", tab=key), className="on" if key == current else "", **HERE)
        for key, label, count in tabs
    ]
    return html.Nav(links, className="drawer-tabs")


def _body(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any, values: Mapping[str, Any] | None, mistakes: Mapping[str, str]) -> Component:
    if state.do == "edit" and resource.form:
        viewer.require(resource.edit_permission)
        return form(session, viewer, resource, state, record, values, mistakes)
    main: Any
    panel = next((one for one in resource.panels if one.key == state.tab and not state.do), None)
    if panel:
        main = panel.build(session, viewer, record)
    elif state.tab == "history" and not state.do and resource.has_history:
        main = history(session, resource, record)
    else:
        asked = next((one for one in resource.actions if one.key == state.do and viewer.may(one.permission) and one.when(record)), None)
        main = [question(session, viewer, resource, state, record, asked, values or {}, mistakes) if asked else None, *overview(resource, record)]
    rail = resource.rail(session, viewer, record) if resource.rail and not state.tab else None
    return html.Div([html.Div(main, className="drawer-main"), html.Aside(rail, className="drawer-rail") if rail else None], className="drawer-body")


def overview(resource: Resource, record: Any) -> list[Component]:
    """The description lists of the record, group by group."""
    now = datetime.now(UTC)
    groups = resource.facts or {"基本信息": tuple(one.name for one in resource.columns)}
    parts: list[Component] = []
    for title, names in groups.items():
        pairs = [_fact(resource, record, as_fact(one), now) for one in names]
        parts.append(html.Section([section(title), facts(pairs)]))
    return parts


def _fact(resource: Resource, record: Any, one: Fact, now: datetime) -> tuple[str, Any]:
    label = one.label or label_of(resource.model, one.name)
    if one.show:
        value = one.show(record)
    else:
        value = shown_value(record, one.name, now)
        found = attribute(resource.model, one.name)
        unit = found.info.get("unit") if found is not None else ""
        value = f"{value} {unit}" if unit and value not in (None, "") else value
    return label, tag(value.word, value.tone) if isinstance(value, Choice) and value.tone else value.word if isinstance(value, Choice) else value


def question(
    session: Session,
    viewer: Viewer,
    resource: Resource,
    state: State,
    record: Any,
    action: Action,
    values: Mapping[str, Any],
    mistakes: Mapping[str, str],
) -> Component:
    """What the action will do, what it needs to know, and the two buttons."""
    reason = action.why_not(viewer, record)
    if reason:
        return notice(reason, "warn")
    inputs = [input_of(session, viewer, resource, one, str(values.get(one.name) or ""), mistakes.get(one.name, ""), required=bool(one.is_required)) for one in action.fields]
    ask = [html.B(action.label), html.P(action.question(record)), html.Div(inputs, className="form") if inputs else None]
    acts = [
        html.Button(action.label, type="submit", className="button danger" if action.is_dangerous else "button primary"),
        html.A("取消", href=state.href(resource, do="", tab=""), className="button", **HERE),
    ]
    marks = {"data-record-form": resource.key, "data-id": str(record.id), "data-do": action.key, "data-version": str(getattr(record, "version", 0))}
    return html.Form([*ask, html.Div(acts, className="row-line")], className="record-question", **marks)


def history(session: Session, resource: Resource, record: Any) -> Component:
    """字段, 变更前, 变更后, 谁, 何时, 原因, the newest first."""
    mine = select(AuditEntry).where(AuditEntry.table_name == resource.model.__tablename__, AuditEntry.record_id == record.id)
    entries = session.scalars(mine.order_by(AuditEntry.id.desc()).limit(NEWEST)).all()
    names = dict(session.execute(select(User.username, User.name).where(User.username.in_({one.username for one in entries}))).all())
    lines = [(entry, name, pair) for entry in entries for name, pair in (entry.changes or {"": ["", ""]}).items()]
    if not lines:
        return empty("还没有变更", "修改后，谁在何时把什么改成了什么，都记在这里。")
    now = datetime.now(UTC)
    columns: list[tuple[str, Callable[[Any], Any]]] = [
        ("字段", lambda line: label_of(resource.model, line[1]) if line[1] else word(AUDIT_VERBS, line[0].verb)),
        ("变更前", lambda line: html.Span(change_words(resource, line[1], line[2][0]), className="was")),
        ("变更后", lambda line: change_words(resource, line[1], line[2][1])),
        ("操作", lambda line: word(AUDIT_VERBS, line[0].verb)),
        ("谁", lambda line: names.get(line[0].username, line[0].username)),
        ("何时", lambda line: html.Span(moment_words(line[0].at, now), title=full_words(line[0].at))),
        ("原因", lambda line: line[0].reason or NO_VALUE),
    ]
    return table([TableColumn(title, show) for title, show in columns], lines)


def change_words(resource: Resource, name: str, value: Any) -> str:
    """A value of the audit trail in the words of the screen."""
    if value in (None, ""):
        return NO_VALUE
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = choices_of(resource.model, name)
    if choices:
        return word(choices, value)
    found = attribute(resource.model, name)
    if found is not None and isinstance(value, str) and found.type.python_type is datetime:
        return full_words(datetime.fromisoformat(value))
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value) if not isinstance(value, (dict, list)) else "（内容较长）"


def _change_count(session: Session, record: Any) -> int:
    mine = select(func.count()).where(AuditEntry.table_name == record.__tablename__, AuditEntry.record_id == record.id)
    return session.scalar(mine) or 0
