"""The control of one field: what it is made of follows from the column. The browser draws it (assets/32-inputs.js …).

A control is a place with its description as JSON; in the form it ends in one named input whose value is text. The label,
the help and the mistake around it belong to the form; ``id="field-<name>"`` binds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from data.choices import Choice, word
from data.columns import attribute, choices_of, is_tree, label_of
from data.dictionaries import choices as words_in_use
from data.models import Base
from data.picks import Pick, chosen, line_of, short_table, target_of
from data.settings import current_settings
from data.viewer import Viewer

Spec = dict[str, Any]

# Up to this many choices stand open, more fold into a list.
MOST_RADIOS = 4
YES_NO = (Choice("1", "是"), Choice("0", "否"))
RADIUS = "radius_m"  # the column that goes with an area, for a circle
_IDS = re.compile(r"[0-9]{1,18}")


def control(
    session: Session,
    viewer: Viewer,
    model: type[Base],
    name: str,
    *,
    text: str,
    is_wrong: bool = False,
    options: Sequence[Choice] | None = None,
    resource_key: str = "",
    label: str = "",
    is_long: bool = False,
    is_fixed: bool = False,
    is_required: bool | None = None,
    texts: Mapping[str, str] | None = None,
    within: str = "",
    by: str = "",
    sets: Mapping[str, Sequence[Choice]] | None = None,
) -> Component:
    """The control of the field ``name`` with what it holds or what was typed.

    ``name`` is a column, a many-to-many relation (its text is ``1,2,3``), or any word, then it takes plain text.
    ``options`` win over the model's own choices. ``resource_key`` is where the browser asks for records to choose.
    ``texts`` has the other fields' texts: a place reads its latitude there. ``is_fixed`` shows what is derived, and sends nothing.
    ``within`` begins its id where a page has several forms; ``sets`` are its choices by what the field ``by`` holds (assets/39-dependent.js).
    """
    spec = spec_of(session, viewer, model, name, text=text, options=options, resource_key=resource_key, label=label, is_long=is_long, texts=texts)
    if within:
        spec |= {"id": f"{within}field-{name}", "mistake": f"{within}mistake-{name}"}
    if sets is not None:
        spec |= {"kind": "by", "by": by, "sets": {value: [[one.code, one.word] for one in choices] for value, choices in sets.items()}}
    spec |= {"wrong": is_wrong} | ({} if is_required is None else {"required": is_required})
    return drawn(spec | ({"fixed": _shown_text(spec)} if is_fixed else {}))


def filter_control(
    session: Session,
    viewer: Viewer,
    model: type[Base],
    name: str,
    *,
    text: str,
    label: str = "",
    resource_key: str = "",
    options: Sequence[Choice] | None = None,
) -> Component:
    """The same for a condition of a list, where empty means all: always folded, never required."""
    spec = spec_of(session, viewer, model, name, text=text, options=options, resource_key=resource_key, label=label)
    return drawn(spec | {"compact": True, "required": False, "empty": "全部", "id": f"filter-{name}"})


def rows_control(
    session: Session,
    viewer: Viewer,
    model: type[Base],
    fields: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    mistakes: Mapping[str, str],
    *,
    key: str,
    label: str = "",
    note: str = "",
    resource_key: str = "",
    options: Mapping[str, Sequence[Choice]] | None = None,
    most: int = 200,
) -> Component:
    """A table of inputs for the records that are parts of this one, with its head: label, note and 添加一行.

    ``rows`` map ``id`` (empty when new) and each field to its text. ``mistakes`` stand under ``n.field``, n from 0, those of the
    whole row under ``n.``. The form sends all rows as JSON in the input ``rows:<key>``: ``[{"id": "3", "name": "…"}, …]``.
    """
    named = {name: (options or {}).get(name) for name in fields}
    blank = [_cell(session, viewer, model, name, "", key, resource_key, chosen_of) for name, chosen_of in named.items()]
    for cell in blank:
        cell |= {"items": _short(session, viewer, target_of(model, cell["name"]))} if cell["kind"] == "pick" else {}
    lines = []
    for number, row in enumerate(rows):
        cells = [_cell(session, viewer, model, name, str(row.get(name) or ""), key, resource_key, chosen_of) for name, chosen_of in named.items()]
        wrong = {name: mistakes[f"{number}.{name}"] for name in (*fields, "") if f"{number}.{name}" in mistakes}
        lines.append({"id": str(row.get("id") or ""), "cells": cells, "mistakes": wrong})
    title = getattr(model, "__title__", "")
    spec = {"name": f"rows:{key}", "key": key, "title": title, "label": label, "note": note, "blank": blank, "rows": lines, "most": most}
    return html.Div(className="rows-control", **{"data-rows": _json(spec)})


def _cell(session: Session, viewer: Viewer, model: type[Base], name: str, text: str, key: str, resource_key: str, options: Sequence[Choice] | None) -> Spec:
    """The description of one cell, without what is the same in every row and so is sent once."""
    spec = spec_of(session, viewer, model, name, text=text, options=options, resource_key=resource_key, pick_field=f"{key}.{name}", has_items=False)
    return {**spec, "compact": True}


def spec_of(
    session: Session,
    viewer: Viewer,
    model: type[Base],
    name: str,
    *,
    text: str,
    options: Sequence[Choice] | None = None,
    resource_key: str = "",
    label: str = "",
    is_long: bool = False,
    texts: Mapping[str, str] | None = None,
    pick_field: str = "",
    has_items: bool = True,
) -> Spec:
    """What the browser must know to draw the field: ``kind`` names the drawing, the rest its data."""
    column = attribute(model, name)
    info: Mapping[str, Any] = column.info if column is not None else {}
    spec: Spec = {"name": name, "text": text, "label": label or label_of(model, name), "required": bool(info.get("required")), "unit": info.get("unit", "")}
    target = target_of(model, name)
    codes = options if options is not None else _codes(session, model, name, column)
    if target is not None and options is None:
        found = _reference(session, viewer, model, target, name, text, f"/pick/{resource_key}/{pick_field or name}")
        return spec | found | ({"items": _short(session, viewer, target)} if has_items and found["kind"] == "pick" else {})
    if codes is not None:
        return spec | _choice(session, model, name, text, codes)
    if info.get("kind") == "place":
        return spec | _place_spec(model, name, texts or {})
    if info.get("kind") == "area":
        return spec | {"kind": "area", "partner": RADIUS, "partner_text": str((texts or {}).get(RADIUS) or "")}
    return spec | _plain(column, text, is_long)


def _plain(column: Any, text: str, is_long: bool) -> Spec:
    """Numbers, days, instants and texts."""
    kind = column.info.get("kind", "") if column is not None else ""
    python = column.type.python_type if column is not None else str
    length = getattr(column.type, "length", None) if column is not None else 200
    if kind in ("polygon", "line") or python in (dict, list):
        return {"kind": kind or "long"}
    if kind == "money":
        return {"kind": "money"}
    if python in (int, float):
        return {"kind": "number"}
    if python is datetime:
        return {"kind": "instant", "text": _local(text)}
    if python is date:
        return {"kind": "date", "text": text[:10]}
    if kind == "long" or is_long or (column is not None and length is None):
        return {"kind": "long", "max": length}
    return {"kind": "phone" if kind == "phone" else "text", "max": length}


def _local(text: str) -> str:
    """An instant as ``datetime-local`` takes it: the park's time, to the minute."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    zone = ZoneInfo(current_settings().time_zone)
    return (found.astimezone(zone) if found.tzinfo else found).strftime("%Y-%m-%dT%H:%M")


def _codes(session: Session, model: type[Base], name: str, column: Any) -> Sequence[Choice] | None:
    """The choices that a field takes now; None when it is not coded."""
    if column is None:
        return None
    if column.info.get("dictionary"):
        return words_in_use(session, column.info["dictionary"])
    known = choices_of(model, name, session)
    return YES_NO if known is None and column.type.python_type is bool else known


def _choice(session: Session, model: type[Base], name: str, text: str, codes: Sequence[Choice]) -> Spec:
    listed = [[one.code, one.word] for one in codes]
    if text and text not in {one.code for one in codes}:
        listed.append([text, f"{word(choices_of(model, name, session) or (), text)}（已停用）"])
    return {"kind": "radio" if 0 < len(listed) <= MOST_RADIOS else "select", "choices": listed}


def _reference(session: Session, viewer: Viewer, model: type[Base], target: type[Base], name: str, text: str, url: str) -> Spec:
    ids = [int(one) for one in text.split(",") if _IDS.fullmatch(one.strip())]
    shown = chosen(session, viewer, target, ids)
    kind = "tree" if is_tree(target) else "pick"
    return {
        "kind": kind,
        "many": attribute(model, name) is None,
        "url": url,
        "shown": [plain(one) for one in shown],
        "lost": len(ids) - len(shown),
        "line": line_of(session, target, shown[0].id) if kind == "tree" and shown else [],
        "title": getattr(target, "__title__", ""),
    }


def _short(session: Session, viewer: Viewer, target: type[Base] | None) -> list[dict[str, Any]] | None:
    short = short_table(session, viewer, target) if target is not None else None
    return [plain(one) for one in short] if short is not None else None


def _place_spec(model: type[Base], name: str, texts: Mapping[str, str]) -> Spec:
    partner = partner_of(name)
    return {"kind": "place", "partner": partner, "partner_text": str(texts.get(partner) or ""), "partner_label": label_of(model, partner)}


def partner_in(kind: str, name: str) -> str:
    """The column whose input stands in the control of a column of that kind; empty when there is none."""
    return partner_of(name) if kind == "place" else RADIUS if kind == "area" else ""


def partner_of(name: str) -> str:
    """The latitude that goes with a longitude: ``lat`` for ``lon``, ``gate_lat`` for ``gate_lon``."""
    return f"{name.removesuffix('lon')}lat"


def plain(pick: Pick) -> dict[str, Any]:
    """A pick as the browser gets it; what is empty is left out."""
    return {name: value for name, value in pick._asdict().items() if value}


def _shown_text(spec: Spec) -> str:
    if spec.get("choices"):
        return next((each for code, each in spec["choices"] if code == spec["text"]), spec["text"])
    if "shown" in spec:
        return "、".join(one.get("path") or one["word"] for one in spec["shown"])
    return spec["text"]


def _json(spec: Spec) -> str:
    return orjson.dumps(spec).decode()


def drawn(spec: Spec) -> Component:
    """The place in which the browser draws the control that ``spec`` describes."""
    return html.Div(className="control", **{"data-control": _json(spec)})
