"""The drawer of one record: what it is, what changed, the form, and the question before an action."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachments_panel
from dashboard.blocks.basic import facts, icon, notice, section, tag
from dashboard.blocks.record_form import Draft, field_of, form
from dashboard.blocks.record_history import change_count, history
from dashboard.blocks.state import absent, refused
from dashboard.resource import Resource, as_fact, shown_value
from dashboard.resource_parts import Action, Fact, FormField
from dashboard.resource_state import State
from data.choices import Choice
from data.columns import attribute, label_of
from data.errors import Forbidden, NotFound
from data.validity import why_not_change
from data.viewer import Viewer

HERE = {"data-list": "1"}
ADD, EDIT, DELETE, RESTORE = "add", "edit", "delete", "restore"
MOST_BUTTONS = 2  # verbs beside 修改; more stand under 更多
REASON = FormField("reason", "原因", is_required=True)


def drawer(session: Session, viewer: Viewer, resource: Resource, state: State, *, draft: Draft | None = None) -> Component | None:
    """The drawer that the address opens, or None. ``draft`` is a form that could not be saved."""
    is_new = state.do == ADD and state.open is None
    if state.open is None and not is_new:
        return None
    try:
        if is_new:
            head, body, name = _new(session, viewer, resource, state, draft)
        else:
            record = resource.record(session, viewer, state.open or 0, deleted=state.bin)
            body = _body(session, viewer, resource, state, record, draft)
            head, name = _head(session, viewer, resource, state, record), resource.heading(record)
    except NotFound as error:
        head, body, name = [_title("没有找到", [], resource, state)], absent(str(error)), "没有找到"
    except Forbidden as error:
        head, body, name = [_title("没有权限", [], resource, state)], refused(str(error)), "没有权限"
    veil = html.A("", href=_closed(resource, state), className="drawer-veil", tabIndex=-1, **{"aria-hidden": "true", **HERE})
    wide = " wide" if resource.is_wide and state.do in (ADD, EDIT) else ""
    panel = html.Aside([*head, body], className=f"drawer record-drawer{wide}", role="dialog", tabIndex=-1, **{"aria-label": name})
    return html.Div([veil, panel], key=f"{state.open}:{state.do}:{state.tab}:{id(draft) if draft else ''}")


def may_edit(viewer: Viewer, resource: Resource, record: Any) -> bool:
    """Whether this viewer may open the form of the record."""
    return bool(resource.form) and viewer.may(resource.edit_permission) and not why_not_change(viewer, record) and not resource.can_edit(viewer, record)


def _new(session: Session, viewer: Viewer, resource: Resource, state: State, draft: Draft | None) -> tuple[list[Component], Component, str]:
    viewer.require(resource.edit_permission)
    if not resource.can_add:
        raise Forbidden(f"{resource.noun}不能在此添加。")
    name = f"添加{resource.noun}"
    note = html.P(["带 ", html.B("*", className="star"), " 的必须填写"], className="drawer-line cap")
    return [_title(name, [], resource, state), note], form(session, viewer, resource, state, None, draft), name


def _closed(resource: Resource, state: State) -> str:
    return state.href(resource, open=None, do="", tab="")


def _title(name: str, marks: Sequence[Component | None], resource: Resource, state: State, buttons: Sequence[Component | None] = ()) -> Component:
    def square(mark: str, title: str, marks: Mapping[str, str]) -> Component:
        return html.Button(icon(mark), type="button", className="button square", title=title, **{"aria-label": title, **marks})

    steps = [
        square("printer", "打印", {"data-print": "record"}),
        square("link-45deg", "复制链接", {"data-copy-link": "1"}),
        html.Span(className="rule"),
        square("chevron-up", "上一条", {"data-step": "-1"}),
        square("chevron-down", "下一条", {"data-step": "1"}),
    ]
    close = html.A(icon("x-lg"), href=_closed(resource, state), className="button square text", title="关闭", **{"aria-label": "关闭", **HERE})
    shown = [*buttons, *(steps if state.do not in (ADD, EDIT) else []), close]
    return html.Header([html.H2(name, title=name), *marks, html.Div(shown, className="end row-line")])


def _head(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any) -> list[Component]:
    now = datetime.now(UTC)
    marks = [_mark(one.show(record) if one.show else shown_value(record, one.name, now)) for one in map(as_fact, resource.tags)]
    line = [text for text in resource.subtitle(record) if text]
    is_form = state.do == EDIT
    buttons = [] if is_form else _buttons(viewer, resource, state, record)
    title = _title(resource.heading(record), marks, resource, state, buttons)
    below = html.P(" · ".join(line), className="drawer-line cap") if line else html.Span()
    return [title, below] if is_form and resource.is_wide else [title, below, _tabs(session, viewer, resource, state, record)]


def _buttons(viewer: Viewer, resource: Resource, state: State, record: Any) -> list[Component]:
    if state.bin:
        return [html.A([icon("arrow-counterclockwise"), "恢复"], href=state.href(resource, do=RESTORE, tab=""), className="button primary", **HERE)]
    buttons: list[Component] = []
    reason = why_not_change(viewer, record) if resource.has_history else ""
    if may_edit(viewer, resource, record) if resource.form else False:
        buttons.append(html.A([icon("pencil-square"), "修改"], href=state.href(resource, do=EDIT, tab=""), className="button primary", **HERE))
    elif resource.form and not resource.is_final and viewer.may(resource.edit_permission):
        why = reason or resource.can_edit(viewer, record)
        buttons.append(html.Button([icon("pencil-square"), "修改"], type="button", className="button", disabled=True, title=why))
    fitting = sorted((one for one in resource.actions if viewer.may(one.permission) and one.when(record)), key=lambda one: one.is_dangerous)
    may_delete = resource.delete_permission and viewer.may(resource.delete_permission) and not reason and not resource.can_delete(viewer, record)
    many = len(fitting) + bool(may_delete) > MOST_BUTTONS
    buttons += [_button(viewer, resource, state, record, one) for one in (fitting[: MOST_BUTTONS - 1] if many else fitting)]
    if many:
        rest = [[state.href(resource, do=one.key, tab=""), one.label, "red" if one.is_dangerous else "", one.why_not(viewer, record)] for one in fitting[MOST_BUTTONS - 1 :]]
        rest += [[state.href(resource, do=DELETE, tab=""), "删除", "red", ""]] if may_delete else []
        buttons.append(html.Button(["更多", icon("chevron-down")], type="button", className="button", **{"data-verbs": json.dumps(rest, ensure_ascii=False), "aria-haspopup": "menu"}))
    elif may_delete:
        buttons.append(html.A([icon("trash"), "删除"], href=state.href(resource, do=DELETE, tab=""), className="button red", **HERE))
    return buttons


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


def _tabs(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any) -> Component:
    tabs: list[tuple[str, str, int | None]] = [("overview", "概览", None)]
    tabs += [(one.key, one.label, one.count(session, viewer, record) if one.count else None) for one in resource.panels]
    if resource.has_history:
        if type(record).__files__:
            from data.attachments import attachment_count

            tabs.append(("files", "附件", attachment_count(session, record)))
        tabs.append(("history", "变更记录", change_count(session, record)))
    current = state.tab if state.tab in {key for key, _, _ in tabs} and not state.do else "overview"
    links = [
        html.A([label, html.Small(str(count)) if count else None], href=state.href(resource, do="", tab=key), className="on" if key == current else "", **HERE)
        for key, label, count in tabs
    ]
    return html.Nav(links, className="drawer-tabs")


def _body(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any, draft: Draft | None) -> Component:
    if state.do == EDIT and resource.form:
        viewer.require(resource.edit_permission)
        reason = why_not_change(viewer, record) or resource.can_edit(viewer, record)
        return html.Div(notice(reason, "warn"), className="drawer-body drawer-main") if reason else form(session, viewer, resource, state, record, draft)
    asked = _asked(session, viewer, resource, state, record, draft) if state.do else None
    panel = next((one for one in resource.panels if one.key == state.tab), None) if not state.do else None
    if panel:
        main: list[Any] = [panel.build(session, viewer, record)]
    elif state.tab == "history" and resource.has_history and not state.do:
        main = [history(session, resource, record)]
    elif state.tab == "files" and resource.has_history and type(record).__files__ and not state.do:
        main = [attachments_panel(session, viewer, resource, record)]
    else:
        main = [asked, resource.above(session, viewer, record), *overview(session, resource, record)]
    rail = resource.rail(session, viewer, record) if resource.rail and state.tab in ("", "overview") else None
    return html.Div([html.Div(main, className="drawer-main"), html.Aside(rail, className="drawer-rail") if rail else None], className="drawer-body")


def _asked(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any, draft: Draft | None) -> Component | None:
    name = resource.heading(record)
    if state.do == DELETE and resource.delete_permission and not state.bin:
        viewer.require(resource.delete_permission)
        held = resource.can_delete(viewer, record)
        if held:
            return notice(held, "warn")
        text = f"删除后“{name}”不再出现在列表和统计中，可由管理员在回收站恢复。"
        return question(session, viewer, resource, state, [record], DELETE, "删除", text, (REASON,), draft, is_dangerous=True)
    if state.do == RESTORE and state.bin:
        viewer.require(resource.delete_permission)
        return question(session, viewer, resource, state, [record], RESTORE, "恢复", f"“{name}”将重新出现在列表中。", (), draft)
    action = next((one for one in resource.actions if one.key == state.do), None)
    if action is None or not viewer.may(action.permission) or not action.when(record):
        return None
    reason = action.why_not(viewer, record) or why_not_change(viewer, record) if resource.has_history else action.why_not(viewer, record)
    if reason:
        return notice(reason, "warn")
    if action.post:
        return _leaving(resource, state, action, record)
    if draft is None and action.starts:
        draft = Draft(action.starts(session, record), {}, is_refused=False)
    return question(session, viewer, resource, state, [record], action.key, action.label, action.question(record), action.fields, draft, is_dangerous=action.is_dangerous)


def _leaving(resource: Resource, state: State, action: Action, record: Any) -> Component:
    """The question before an action that leaves the page."""
    assert action.post, "asked for such actions only"
    go = html.Button(action.label, type="submit", className="button danger" if action.is_dangerous else "button primary")
    acts = html.Div([go, html.A("取消", href=state.href(resource, do="", tab=""), className="button", **HERE)], className="row-line")
    return html.Form([html.B(action.label), html.P(action.question(record)), acts], action=action.post(record), method="POST", className="record-question")


def overview(session: Session, resource: Resource, record: Any) -> list[Component]:
    """The description lists of the record, group by group."""
    now = datetime.now(UTC)
    hidden = resource.shape(session, record).hidden if resource.form else frozenset()
    groups = resource.facts or {"基本信息": tuple(one.name for one in resource.columns)}
    parts: list[Component] = []
    for title, names in groups.items():
        pairs = [_fact(resource, record, one, now) for one in map(as_fact, names) if one.name not in hidden]
        if pairs:
            parts.append(html.Section([section(title), facts(pairs)]))
    return parts


def _fact(resource: Resource, record: Any, one: Fact, now: datetime) -> tuple[str, Any]:
    label = one.label or label_of(resource.model, one.name)
    if one.show:
        value = one.show(record)
    else:
        value = shown_value(record, one.name, now)
        found = attribute(resource.model, one.name)
        info = found.info if found is not None else {}
        value = f"{value} {info['unit']}" if info.get("unit") and value not in (None, "") else value
        value = html.A(value, href=f"tel:{value}", **{"data-plain": "1"}) if info.get("kind") == "phone" and value else value
    return label, tag(value.word, value.tone) if isinstance(value, Choice) and value.tone else value.word if isinstance(value, Choice) else value


def question(
    session: Session,
    viewer: Viewer,
    resource: Resource,
    state: State,
    records: Sequence[Any],
    key: str,
    label: str,
    text: str,
    fields: Sequence[FormField],
    draft: Draft | None,
    *,
    is_dangerous: bool = False,
    ids: Sequence[int] = (),
) -> Component:
    """What the action will do, what it needs to know, and the two buttons. ``ids`` are those of a batch."""
    texts = {one.name: str((draft or {}).get(one.name) or "") for one in fields}
    mistakes = draft.mistakes if draft else {}
    inputs = [field_of(session, viewer, resource, one, texts, mistakes, required=bool(one.is_required)) for one in fields]
    acts = [
        html.Button(label, type="submit", className="button danger" if is_dangerous else "button primary"),
        html.Button("取消", type="button", className="button", **{"data-dialog-close": "1"}) if ids else html.A("取消", href=state.href(resource, do="", tab=""), className="button", **HERE),
    ]
    record = records[0] if len(records) == 1 and not ids else None
    marks = {
        "data-record-form": resource.key,
        "data-id": str(record.id) if record is not None else "",
        "data-ids": ",".join(map(str, ids)),
        "data-do": key,
        "data-version": str(getattr(record, "version", 0) or 0),
    }
    ask = [html.B(label), html.P(text), html.Div(inputs, className="form one") if inputs else None, html.Div(acts, className="row-line")]
    return html.Form(ask, className="record-question", noValidate=True, **marks)
