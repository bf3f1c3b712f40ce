"""What a record must be before it is written: known fields, possible values, nothing missing, nothing twice, within reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from psycopg2 import errors
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.columns import referred, title_of
from data.errors import Conflict, Forbidden, Invalid
from data.models import Base, Record
from data.query import visible
from data.viewer import Viewer

BOOKKEEPING = {"id", "created_at", "created_by_id", "updated_at", "updated_by_id", "version", "deleted_at"}
MISSING = "还有必填项没有填写。"
NOT_SAVED = "有的内容不能保存，已在字段下标出。"


def check_values(model: type[Record], values: Mapping[str, Any]) -> None:
    """Raise Invalid for a field that the model has not, a code that is none, a text that is too long, or a value its rule refuses."""
    columns = inspect(model).column_attrs
    unknown = set(values) - (set(columns.keys()) - BOOKKEEPING)
    if unknown:
        raise Invalid(f"{model.__title__}没有这些字段：{'、'.join(sorted(unknown))}。")
    for name, value in values.items():
        if value in (None, ""):
            continue
        column = columns[name].columns[0]
        info = column.info
        codes = {choice.code for choice in info.get("choices") or ()}
        if codes and str(value) not in codes:
            raise Invalid(f"{info['label']}的值“{value}”不在选项中。", {name: "请选择列出的选项。"})
        length = getattr(column.type, "length", None)
        if length and isinstance(value, str) and len(value) > length:
            raise Invalid(f"{info['label']}太长。", {name: f"最多 {length} 个字，现有 {len(value)} 个。"})
        fault = info["check"](value) if info.get("check") else ""
        if fault:
            raise Invalid(NOT_SAVED, {name: fault})


def required_of(model: type[Record]) -> list[str]:
    """The columns that a person must fill: those declared so, unless the program has a value of its own for them."""
    return [
        attribute.key
        for attribute in inspect(model).column_attrs
        if attribute.columns[0].info.get("required") and attribute.columns[0].default is None and attribute.columns[0].server_default is None
    ]


def label(model: type[Base], name: str) -> str:
    """The Chinese name of a column of the model."""
    return str(inspect(model).column_attrs[name].columns[0].info.get("label", name))


def check_reach(session: Session, record: Record, viewer: Viewer) -> None:
    """Raise Forbidden when the record, as it has just been flushed, lies where the viewer may not write."""
    model = type(record)
    seen = visible(model, viewer, deleted=record.deleted_at is not None).where(model.id == record.id)
    if session.scalar(select(seen.exists())) is not True:
        raise Forbidden(f"“{title_of(record)}”将不在您的数据范围内，不能这样保存，请由上级部门办理。")


def why_not_change(viewer: Viewer, record: Record) -> str:
    """Why the viewer may only look at the record; empty when it may be changed. Tables of the park's offices name their owner."""
    column = type(record).__owned_by__
    if not column or viewer.scope == "all" or getattr(record, column) in (None, viewer.department_id):
        return ""
    owner = getattr(record, column.removesuffix("_id"), None)
    return f"这条记录属于{title_of(owner) if owner is not None else '其他机构'}，只有该机构可以修改或删除。"


def check_owner(viewer: Viewer, model: type[Record], values: Mapping[str, Any]) -> None:
    """Raise Invalid at the field when the values would give a record of an office to an office that is not the viewer's."""
    faults = why_not_own(viewer, model, values)
    if faults:
        raise Invalid(NOT_SAVED, faults)


def why_not_own(viewer: Viewer, model: type[Record], values: Mapping[str, Any]) -> dict[str, str]:
    """The message at the column of the owner when the values name an office that is not the viewer's; else nothing."""
    column = model.__owned_by__
    if not column or viewer.scope == "all" or values.get(column) in (None, viewer.department_id):
        return {}
    return {column: "只能填您所在的机构，移交其他机构请由园区管理人员办理。"}


def check_unreferred(session: Session, record: Record) -> None:
    """Raise Conflict while records that are not deleted and no part of this one point to it, naming how many of which kind."""
    found = []
    for mapper in Record.registry.mappers:
        model = mapper.class_
        if not issubclass(model, Record):
            continue
        for attribute in mapper.column_attrs:
            name = attribute.key
            # Who did something stays named after they have left.
            if referred(model, name) is not type(record) or model.__part_of__ == name or name.endswith("_by_id"):
                continue
            pointing = select(func.count()).where(getattr(model, name) == record.id, model.deleted_at.is_(None))
            number = session.scalar(pointing) or 0
            found += [f"{model.__title__} {number} 条"] if number else []
    if found:
        raise Conflict(f"还有{'、'.join(found)}引用“{title_of(record)}”，请先处理后再删除。")


def explained(error: IntegrityError, model: type[Record]) -> Invalid | Conflict:
    """What the database refused, in words at the field."""
    text = getattr(getattr(error.orig, "diag", None), "message_detail", "") or ""
    names = re.match(r"\w+ \((?P<names>[^)]*)\)=\((?P<values>.*)\)", text)
    if isinstance(error.orig, errors.UniqueViolation) and names:
        columns = [name.strip(' "') for name in names["names"].split(",")]
        labels = "、".join(label(model, name) for name in columns if name in inspect(model).column_attrs)
        message = f"{labels}“{names['values']}”已存在（含已删除的记录），不能重复。"
        return Invalid(NOT_SAVED, {columns[-1]: message})
    return Conflict("相关记录刚刚发生变化，没有保存，请刷新后再试。")
