"""The form of a record, new or old: inputs by the type of the column, messages at the field, parts as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import icon, notice, section
from dashboard.blocks.inputs import control, partner_in, rows_control
from dashboard.moments import zone
from dashboard.resource import Resource, as_field, is_link
from dashboard.resource_parts import FormField, Parts, Shape
from dashboard.resource_state import State
from data.columns import attribute, label_of
from data.values import storable
from data.viewer import Viewer

LONGEST_ROWS, MOST_ROWS = 500_000, 500


class Draft(dict[str, Any]):
    """What was typed and could not be saved: texts by field, ``mistakes`` by field, and what others ``changed`` meanwhile."""

    def __init__(self, typed: Mapping[str, Any], mistakes: Mapping[str, str], *, version: int | None = None, note: str = "", is_refused: bool = True) -> None:
        super().__init__(typed)
        self.mistakes, self.version, self.note, self.is_refused = mistakes, version, note, is_refused


def form(session: Session, viewer: Viewer, resource: Resource, state: State, record: Any, draft: Draft | None) -> Component:
    """The form with what the record holds, or with what was typed and refused. ``record`` is None for a new one."""
    mistakes = draft.mistakes if draft else {}
    texts = texts_of(session, resource, record, draft)
    shape = resource.shape(session, record)
    groups = []
    for title, given in resource.form.items():
        names = [one for one in map(as_field, given) if one.name not in shape.hidden]
        if not names:
            continue
        inputs = [field_of(session, viewer, resource, one, texts, mistakes, wanted=one.name in shape.wanted) for one in names]
        top = resource.group_tops[title](session, viewer, record) if title in resource.group_tops else None
        groups.append((title, html.Section([section(title), top, html.Div(inputs, className="form")], id=f"section-{len(groups)}"), _wrong(resource, names, mistakes)))
    for part in (one for one in resource.parts if one.key not in shape.hidden):
        body = rows_control(
            session,
            viewer,
            part.model,
            part.fields,
            _rows(session, part, record, draft),
            {name.removeprefix(f"{part.key}."): text for name, text in mistakes.items() if name.startswith(f"{part.key}.")},
            key=part.key,
            options={name: options(session, viewer) for name, options in part.options.items()},
            most=part.most,
            label=part.model.__title__,
            note="；".join(text for text in ("应填，不少于 1 条" if part.key in shape.wanted else "", part.help) if text),
            resource_key=resource.key,
        )
        number = sum(name.startswith(f"{part.key}.") for name in mistakes)
        groups.append((part.model.__title__, html.Section(body, id=f"section-{len(groups)}", **{"data-part": part.key}), number))
    if resource.model.__files__:  # type: ignore[attr-defined]
        groups.append(("附件", html.Section([section("附件"), *_files(session, viewer, resource, record, shape)], id=f"section-{len(groups)}", **{"data-part": "files"}), 0))
    version = draft.version if draft and draft.version else getattr(record, "version", 0)
    marks = {
        "data-record-form": resource.key,
        "data-id": str(record.id) if record is not None else "",
        "data-do": "edit" if record is not None else "add",
        "data-version": str(version or 0),
        "data-refused": "1" if draft and draft.is_refused else "",
    }
    body = [_summary(resource, mistakes, draft), *(part for _, part, _ in groups)]
    inside = [_nav(groups), html.Div(body, className="record-form")] if resource.is_wide else [html.Div(body, className="record-form")]
    return html.Form([html.Div(inside, className="drawer-body form-body"), _acts(resource, state)], className="drawer-form", noValidate=True, **marks)


def _acts(resource: Resource, state: State) -> Component:
    return html.Div(
        [
            html.Button(resource.save_label, type="submit", className="button primary"),
            html.A("返回", href=resource.back, className="button") if resource.back else html.A("返回", href=state.href(resource, do="", tab=""), className="button", **{"data-list": "1"}),
            html.Span(resource.save_note, className="cap"),
            html.Span(className="cap end draft-note"),
        ],
        className="action-bar",
    )


def _nav(groups: Sequence[tuple[str, Component, int]]) -> Component:
    links = [html.A([html.Span(title), html.B(str(wrong)) if wrong else None], href=f"#section-{number}", **{"data-section": str(number)}) for number, (title, _, wrong) in enumerate(groups)]
    return html.Nav(links, className="form-nav", **{"aria-label": "分区"})


def _wrong(resource: Resource, names: Sequence[FormField | str], mistakes: Mapping[str, str]) -> int:
    return sum(as_field(one).name in mistakes for one in names)


def _summary(resource: Resource, mistakes: Mapping[str, str], draft: Draft | None) -> Component | None:
    parts: list[Component] = []
    if draft and draft.note:
        parts.append(notice(draft.note, "warn"))
    if mistakes:
        links: list[Any] = [f"有 {len(mistakes)} 处需要修改后才能{resource.save_label}："]
        for number, name in enumerate(mistakes):
            links += ["、" if number else "", html.A(_place(resource, name), href=f"#field-{name}", **{"data-field": name})]
        parts.append(notice([*links, "。"], "danger"))
    return html.Div(parts, className="form-summary") if parts else None


def _place(resource: Resource, name: str) -> str:
    """Where a mistake is, in words: 联系电话, or 安全管理人员第 2 行证书编号."""
    part = next((one for one in resource.parts if name.startswith(f"{one.key}.")), None)
    if part is None:
        given = next((one.label for one in resource.form_fields() if one.name == name and one.label), "")
        return given or label_of(resource.model, name)
    _, row, column = (name + "..").split(".")[:3]
    return f"{part.model.__title__}第 {int(row or 0) + 1} 行{label_of(part.model, column) if column else ''}"


def field_of(session: Session, viewer: Viewer, resource: Resource, one: FormField, texts: Mapping[str, str], mistakes: Mapping[str, str], *, required: bool | None = None, wanted: bool = False, within: str = "") -> Component:
    """One labelled input with its help or its mistake. ``within`` tells the forms of one page apart: their fields have ids of their own."""
    column = attribute(resource.model, one.name)
    info = column.info if column is not None else {}
    is_required = one.is_required if one.is_required is not None else bool(info.get("required")) if required is None else required
    label = one.label or ("地图位置" if info.get("kind") == "place" else label_of(resource.model, one.name))
    partner = partner_in(info.get("kind", ""), one.name)
    prefix = f"{within}-" if within else ""
    mistake = mistakes.get(one.name, "") or mistakes.get(partner, "")
    below = html.Div([icon("exclamation-circle-fill"), mistake], className="mistake", id=f"{prefix}mistake-{one.name}") if mistake else None
    help_text = one.help or info.get("help", "")
    hint = html.Div(help_text, className="help") if help_text and not mistake else None
    options = one.options(session, viewer) if one.options else None
    is_long = one.is_long or info.get("kind") in ("long", "place", "polygon", "area", "line")
    inside = one.draw(session, viewer, texts.get(one.name, "")) if one.draw else control(
        session,
        viewer,
        resource.model,
        one.name,
        text=texts.get(one.name, ""),
        is_wrong=bool(mistake),
        options=options,
        resource_key=resource.key,
        label=label,
        is_long=is_long,
        is_fixed=one.is_fixed,
        is_required=is_required,
        texts=texts,
        within=prefix,
        by=one.by,
        sets=one.options_by(session, viewer) if one.options_by else None,
    )
    is_wanted = (wanted or one.is_due) and not is_required
    look = "must" if is_required else "want" if is_wanted else ""
    name = html.Label(label, htmlFor=f"{prefix}field-{one.name}", className=look, title="应填：计入档案完善度" if is_wanted else None)
    follows = {"data-when": json.dumps({"name": one.when[0], "values": one.when[1]})} if one.when else {}
    return html.Div([name, html.Div([inside, below, hint])], className="f full" if is_long else "f", **follows)


def texts_of(session: Session, resource: Resource, record: Any, draft: Draft | None) -> dict[str, str]:
    """The text of every column: what was typed, else what the record holds, else what a new one begins with."""
    from sqlalchemy import inspect

    mapper = inspect(resource.model)
    first = {one.name: one.begins for one in resource.form_fields() if one.begins}
    names = [one.key for one in mapper.column_attrs if attribute(resource.model, one.key) is not None]
    texts = {}
    for name in names:
        default = mapper.column_attrs[name].columns[0].default
        begun = first.get(name) or (default.arg if default is not None and default.is_scalar else None)
        texts[name] = text_of(getattr(record, name) if record is not None else begun)
    links = [one.name for one in resource.form_fields() if is_link(resource.model, one.name)]
    texts |= {name: ",".join(str(other.id) for other in getattr(record, name)) if record is not None else "" for name in links}
    return texts | {name: str(text) for name, text in (draft or {}).items() if not name.startswith("rows:")}


def _rows(session: Session, part: Parts, record: Any, draft: Draft | None) -> list[dict[str, str]]:
    typed = (draft or {}).get(f"rows:{part.key}")
    if typed is not None:
        return read_rows(typed)
    if record is None:
        return []
    back = getattr(part.model, part.model.__part_of__)
    there = session.scalars(select(part.model).where(back == record.id, part.model.deleted_at.is_(None)).order_by(part.model.id))
    return [{"id": str(one.id), **{name: text_of(getattr(one, name)) for name in part.fields}} for one in there]


def read_rows(text: Any) -> list[dict[str, str]]:
    """The rows that a form sent as JSON; anything else is no rows."""
    return sent_rows(text) or []


def sent_rows(text: Any) -> list[dict[str, str]] | None:
    """The rows that a form sent as JSON; None when it is no list of rows. No rows at all would delete those that are there."""
    try:
        rows = json.loads(text) if isinstance(text, str) and len(text) < LONGEST_ROWS else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or len(rows) > MOST_ROWS or not all(isinstance(row, dict) for row in rows):
        return None
    return [{str(name): str(value if value is not None else "") for name, value in storable(row).items()} for row in rows]


def _files(session: Session, viewer: Viewer, resource: Resource, record: Any, shape: Shape) -> list[Component]:
    if record is None:
        return [html.P("保存后可上传附件。", className="cap")]
    slots = resource.slots if resource.slots is not None else type(record).__files__
    shown = [slot for slot in slots if f"file:{slot.code}" not in shape.hidden]
    return [attachment_box(session, viewer, record, slot, resource=resource) for slot in shown]


def text_of(value: Any) -> str:
    """A value as it stands in an input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "astimezone"):
        return value.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")
    return f"{value:.10g}" if isinstance(value, float) else str(value)
