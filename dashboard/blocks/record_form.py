"""The form of a record: inputs by the type of the column, messages at the field, and what was typed read back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice, section
from dashboard.resource import FormField, Resource, as_field, attribute, choices_of, label_of
from dashboard.resource_state import State
from data.choices import Choice
from data.errors import Invalid
from data.viewer import Viewer

YES_NO = (Choice("1", "是"), Choice("0", "否"))
_LARGEST_INT = 2**31 - 1


def form(
    session: Session, viewer: Viewer, resource: Resource, state: State, record: Any, values: Mapping[str, Any] | None, mistakes: Mapping[str, str]
) -> Component:
    """The edit form with what the record holds, or with what was typed and refused."""
    groups = []
    for title, names in resource.form.items():
        inputs = []
        for one in map(as_field, names):
            text = str(values.get(one.name, "")) if values is not None else text_of(getattr(record, one.name))
            inputs.append(input_of(session, viewer, resource, one, text, mistakes.get(one.name, "")))
        groups.append(html.Section([section(title), html.Div(inputs, className="form")]))
    summary = notice(f"有 {len(mistakes)} 处需要修改，已在字段下标出。", "danger") if mistakes else None
    acts = html.Div(
        [
            html.Button("保存", type="submit", className="button primary"),
            html.A("返回", href=state.href(resource, do="", tab=""), className="button", **{"data-list": "1"}),
            html.Span("保存后立即生效，并记入变更记录。", className="cap"),
        ],
        className="action-bar",
    )
    marks = {"data-record-form": resource.key, "data-id": str(record.id), "data-do": "edit", "data-version": str(record.version)}
    return html.Form([html.Div([summary, *groups], className="drawer-body record-form"), acts], className="drawer-form", noValidate=True, **marks)


def input_of(
    session: Session, viewer: Viewer, resource: Resource, one: FormField, text: str, mistake: str = "", *, required: bool | None = None
) -> Component:
    """One labelled input with its help or its mistake."""
    column = attribute(resource.model, one.name)
    info = column.info if column is not None else {}
    is_required = one.is_required if one.is_required is not None else bool(info.get("required")) if required is None else required
    label = one.label or label_of(resource.model, one.name)
    unit = f"（{info['unit']}）" if info.get("unit") else ""
    below = html.Div([icon("exclamation-circle-fill"), mistake], className="mistake", id=f"mistake-{one.name}") if mistake else None
    help_text = one.help or info.get("help", "")
    hint = html.Div(help_text, className="help") if help_text and not mistake else None
    field = _field(session, viewer, resource, one, text, bool(mistake))
    name = html.Label(f"{label}{unit}", htmlFor=f"field-{one.name}", className="must" if is_required else "")
    return html.Div([name, html.Div([field, below, hint])], className="f full" if one.is_long else "f")


def _field(session: Session, viewer: Viewer, resource: Resource, one: FormField, text: str, is_wrong: bool) -> Component:
    column = attribute(resource.model, one.name)
    choices = one.options(session, viewer) if one.options else choices_of(resource.model, one.name)
    if choices is None and column is not None and column.type.python_type is bool:
        choices = YES_NO
    wrong = " wrong" if is_wrong else ""
    if choices is not None:
        options = [html.Option("请选择", value=""), *(html.Option(each.word, value=each.code, selected=each.code == text) for each in choices)]
        return html.Select(options, id=f"field-{one.name}", name=one.name, className=f"form-select{wrong}")
    if one.is_long:
        return dcc.Textarea(id=f"field-{one.name}", name=one.name, value=text, className=f"input{wrong}", rows=3, maxLength=500)
    is_number = column is not None and column.type.python_type in (int, float)
    length = getattr(column.type, "length", None) if column is not None else None
    mode = {"inputMode": "decimal"} if is_number else {}
    return dcc.Input(id=f"field-{one.name}", name=one.name, value=text, type="text", className=f"input{wrong}", maxLength=length or 200, **mode)


def text_of(value: Any) -> str:
    """A value as it stands in an input."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def typed_values(resource: Resource, typed: Mapping[str, Any], allowed: Mapping[str, set[str] | None]) -> dict[str, Any]:
    """What was typed as values of the model; Invalid names every field that cannot be read.

    Only the declared fields are looked at, whatever else came along. ``allowed`` has the codes of a field with options.
    """
    values: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for one in resource.form_fields():
        text = typed.get(one.name)
        if not isinstance(text, str):
            continue
        column = attribute(resource.model, one.name)
        try:
            values[one.name] = _read(column, text.strip(), allowed.get(one.name))
        except ValueError as error:
            mistakes[one.name] = str(error)
            continue
        if values[one.name] is None and column.info.get("required"):
            mistakes[one.name] = f"请填写{label_of(resource.model, one.name)}。"
    if mistakes:
        raise Invalid("有的内容不能保存，已在字段下标出。", mistakes)
    return values


def _read(column: Any, text: str, allowed: set[str] | None) -> Any:
    if not text:
        return None
    if allowed is not None and text not in allowed:
        raise ValueError("请选择列出的选项。")
    kind = column.type.python_type
    if kind is bool:
        return text == "1"
    if kind is int:
        return _whole(text)
    if kind is float:
        return _decimal(text)
    length = getattr(column.type, "length", None)
    if length and len(text) > length:
        raise ValueError(f"最多 {length} 个字，现有 {len(text)} 个。")
    return text


def _whole(text: str) -> int:
    if not text.lstrip("+-").isdecimal() or abs(int(text)) > _LARGEST_INT:
        raise ValueError("请输入整数。")
    return int(text)


def _decimal(text: str) -> float:
    try:
        number = float(text.replace("，", "").replace(",", ""))
    except ValueError as error:
        raise ValueError("请输入数字。") from error
    if not math.isfinite(number):
        raise ValueError("请输入数字。")
    return number
