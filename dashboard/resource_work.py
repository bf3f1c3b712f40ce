"""What a submitted form or answered question does to one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.inputs import partner_in
from dashboard.blocks.record_drawer import ADD, DELETE, EDIT, REASON, RESTORE
from dashboard.blocks.record_form import Draft, sent_rows, text_of, texts_of
from dashboard.blocks.record_history import change_words
from dashboard.moments import moment_words
from dashboard.resource import Resource, is_link
from dashboard.resource_parts import Action, FormField, Parts
from data.columns import attribute, choices_of, label_of
from data.conflict import changes_since
from data.db import session as write_session
from data.errors import Conflict, Invalid, NotFound
from data.models import Record
from data.picks import record as record_chosen
from data.picks import target_of
from data.save import create, delete, restore, save_parts, set_links, update
from data.validity import NOT_SAVED, required_of
from data.values import FormReader
from data.viewer import Viewer


class Done(NamedTuple):
    """The sentence of success, and the record that is shown afterwards (None: the list)."""

    said: str
    id: int | None
    stays: bool = False


class Refused(Exception):
    """The form goes back to the person with everything that was typed."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("the form was not saved")
        self.draft = draft


def submission_id(value: Any) -> int:
    """The id of a submitted record; NotFound when it is none."""
    if not isinstance(value, str) or not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise NotFound("没有找到这条记录。")
    return int(value)


def perform(viewer: Viewer, resource: Resource, identity: int | None, do: str, typed: Mapping[str, Any], version: Any) -> Done:
    """Do what was submitted in one transaction. Invalid names fields, Refused carries a form that others overtook."""
    with write_session() as session:
        if do in (ADD, EDIT):
            return _save(session, viewer, resource, identity, typed, _version(version))
        record = resource.record(session, viewer, identity or 0, deleted=do == RESTORE)
        if do in (DELETE, RESTORE):
            return remove(session, viewer, resource, record, do, typed)
        _check_version(record, version)
        action = resource.action(do)
        return Done(act(session, viewer, resource, action, record, typed), int(record.id), action.stays)


def remove(session: Session, viewer: Viewer, resource: Resource, record: Any, do: str, typed: Mapping[str, Any]) -> Done:
    """Delete the record, or bring it back."""
    if not resource.delete_permission:
        raise Invalid("这类记录不能在此删除。")
    viewer.require(resource.delete_permission)
    if do == RESTORE:
        restore(session, record, viewer)
        return Done(f"已恢复“{resource.heading(record)}”。", None)
    reason = str(typed.get(REASON.name) or "").strip()[:500]
    if not reason:
        raise Invalid("还有内容没有填写。", {REASON.name: "请填写删除原因。"})
    held = resource.can_delete(viewer, record)
    if held:
        raise Conflict(held)
    resource.before_delete(session, viewer, record)
    delete(session, record, viewer, reason)
    return Done(f"已删除“{resource.heading(record)}”，可在回收站恢复。", None)


def act(session: Session, viewer: Viewer, resource: Resource, action: Action, record: Any, typed: Mapping[str, Any]) -> str:
    """Run the action on the record; the sentence of success."""
    viewer.require(action.permission)
    reason = "这个操作对这条记录没有意义，请刷新页面。" if not action.when(record) else action.why_not(viewer, record)
    if reason:
        raise Conflict(reason)
    if action.post:
        raise Invalid("这个操作请在页面上进行。")
    values, mistakes = _answers(session, viewer, resource, action.fields, typed)
    if mistakes:
        raise Invalid("还有内容没有填写。", mistakes)
    return action.run(session, viewer, record, values)


def _answers(session: Session, viewer: Viewer, resource: Resource, fields: Iterable[FormField], typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    reader = FormReader(session, viewer, resource.model)
    values: dict[str, Any] = {}
    mistakes = {}
    for one in fields:
        text = values[one.name] = str(typed.get(one.name) or "").strip()[:500]
        codes = {each.code for each in one.options(session, viewer)} if one.options else None
        if one.read:
            try:
                values[one.name] = one.read(session, viewer, text)
            except ValueError as error:
                mistakes[one.name] = str(error)
        elif codes is None and attribute(resource.model, one.name) is not None and text:
            try:
                reader.read(one.name, text)
            except ValueError as error:
                mistakes[one.name] = str(error)
        elif (not text and one.is_required) or (text and codes is not None and text not in codes):
            label = one.label or label_of(resource.model, one.name)
            mistakes[one.name] = "请选择列出的选项。" if codes is not None else f"请填写{label}。"
    return values, mistakes


def _save(session: Session, viewer: Viewer, resource: Resource, identity: int | None, typed: Mapping[str, Any], version: int | None) -> Done:
    viewer.require(resource.edit_permission)
    if not resource.form or (identity is None and not resource.can_add):
        raise Invalid("这类记录不能在此修改。")
    record = resource.record(session, viewer, identity) if identity is not None else None
    reason = resource.can_edit(viewer, record) if record is not None else ""
    if reason:
        raise Conflict(reason)
    if record is not None and version is not None and version != record.version:
        raise Refused(merged(session, resource, record, typed, version))
    values, links, mistakes = read_form(session, viewer, resource, typed, is_new=record is None)
    rows = {part.key: _read_rows(session, viewer, part, typed.get(f"rows:{part.key}"), mistakes) for part in resource.parts if f"rows:{part.key}" in typed}
    mistakes = resource.check(record, values) | mistakes  # what a field says of itself comes first
    if mistakes:
        raise Invalid(NOT_SAVED, mistakes)
    values = resource.prepare(session, viewer, record, values | (dict(resource.where) if record is None else {}))
    if resource.submit:
        return Done(resource.submit(session, viewer, record, values, rows), int(record.id) if record is not None else None)
    before = (record.version, _parts_stamp(session, resource, record)) if record is not None else None
    saved = _store(session, viewer, resource, record, values, version)
    for name, ids in links.items():
        set_links(session, saved, viewer, name, [record_chosen(session, viewer, _target(resource, name), one) for one in ids])
    for part in resource.parts:
        if part.key in rows:
            _save_rows(session, viewer, saved, part, rows[part.key])
    if before is not None and before == (saved.version, _parts_stamp(session, resource, saved)):
        return Done("没有改动。", int(saved.id))
    resource.after_save(session, saved)
    return Done(f"已{'添加' if record is None else '保存'}“{resource.heading(saved)}”。", int(saved.id))


def _store(session: Session, viewer: Viewer, resource: Resource, record: Any, values: dict[str, Any], version: int | None) -> Any:
    if resource.store:
        return resource.store(session, viewer, record, values, version)
    if record is None:
        return create(session, resource.model, viewer, {name: value for name, value in values.items() if value is not None})  # type: ignore[type-var]
    return update(session, record, viewer, values, version=version)


def read_form(session: Session, viewer: Viewer, resource: Resource, typed: Mapping[str, Any], *, is_new: bool) -> tuple[dict[str, Any], dict[str, list[int]], dict[str, str]]:
    """(values of columns, ids by many-to-many relation, mistakes). Only declared fields are looked at, whatever else came along."""
    reader = FormReader(session, viewer, resource.model)
    values: dict[str, Any] = {}
    links: dict[str, list[int]] = {}
    mistakes: dict[str, str] = {}
    required = set(required_of(resource.model))  # type: ignore[arg-type]
    for one in _expected(resource):
        text = typed.get(one.name)
        if one.is_fixed or (not isinstance(text, str) and not is_new):
            continue
        text = text.strip() if isinstance(text, str) else ""
        try:
            if is_link(resource.model, one.name):
                links[one.name] = [reader.reference(_target(resource, one.name), part) for part in text.split(",") if part]
                continue
            values[one.name] = _read(session, viewer, reader, one, text)
        except ValueError as error:
            mistakes[one.name] = str(error)
            continue
        must = one.is_required if one.is_required is not None else one.name in required
        if values[one.name] is None and must:
            mistakes[one.name] = f"请填写{one.label or label_of(resource.model, one.name)}。"
        elif values[one.name] is None and is_new:
            del values[one.name]  # the column's own beginning stands
    return values, links, mistakes


def _expected(resource: Resource) -> Iterable[FormField]:
    """The fields of the form, with a place its latitude and with an area the radius of its circle."""
    for one in resource.form_fields():
        yield one
        column = attribute(resource.model, one.name)
        partner = partner_in(column.info.get("kind", ""), one.name) if column is not None else ""
        if partner:
            yield FormField(partner)


def _read(session: Session, viewer: Viewer, reader: FormReader, one: FormField, text: str) -> Any:
    if one.read:
        return one.read(session, viewer, text)
    if one.options and text and text not in {each.code for each in one.options(session, viewer)}:
        raise ValueError("请选择列出的选项。")
    if one.options_by and text and text not in {each.code for choices in one.options_by(session, viewer).values() for each in choices}:
        raise ValueError("请选择列出的选项。")
    return reader.read(one.name, text)


def _target(resource: Resource, name: str) -> type[Record]:
    target = target_of(resource.model, name)
    assert target is not None and issubclass(target, Record), "checked when the resource was declared"
    return target


def _read_rows(session: Session, viewer: Viewer, part: Parts, text: Any, mistakes: dict[str, str]) -> list[tuple[int | None, dict[str, Any]]]:
    reader = FormReader(session, viewer, part.model)
    offered = {name: {one.code for one in options(session, viewer)} for name, options in part.options.items()}
    rows: list[tuple[int | None, dict[str, Any]]] = []
    given = sent_rows(text)
    if given is None:
        raise Invalid("表格的内容不完整，请刷新页面后再试。")
    for number, row in enumerate(given):
        values: dict[str, Any] = {}
        for name in part.fields:
            text = row.get(name, "")
            try:
                if text.strip() and text not in offered.get(name, {text}):
                    raise ValueError("请选择列出的选项。")
                values[name] = reader.read(name, text)
            except ValueError as error:
                mistakes[f"{part.key}.{number}.{name}"] = str(error)
        rows.append((int(row["id"]) if row.get("id", "").isdecimal() and len(row["id"]) < 19 else None, values))
    return rows


def _save_rows(session: Session, viewer: Viewer, owner: Any, part: Parts, rows: list[tuple[int | None, dict[str, Any]]]) -> None:
    try:
        save_parts(session, owner, viewer, part.model, rows, most=part.most)
    except Invalid as error:
        raise Invalid(str(error), {f"{part.key}.{name}": text for name, text in error.fields.items()}) from error


def _parts_stamp(session: Session, resource: Resource, record: Any) -> list[Any]:
    """What tells whether parts or links were changed by this save."""
    stamp: list[Any] = [sorted(other.id for other in getattr(record, one.name)) for one in resource.form_fields() if is_link(resource.model, one.name)]
    for part in resource.parts:
        back = getattr(part.model, part.model.__part_of__)
        stamp += session.execute(select(part.model.id, part.model.version).where(back == record.id, part.model.deleted_at.is_(None)).order_by(part.model.id)).all()
    return stamp


def merged(session: Session, resource: Resource, record: Any, typed: Mapping[str, Any], version: int) -> Draft:
    """The form after somebody else saved first: what only they changed is taken over, what both changed is asked about."""
    from datetime import UTC, datetime

    changes = changes_since(session, record, version)
    now_texts = texts_of(session, resource, record, None)
    texts = {name: text for name, text in typed.items() if isinstance(text, str)}
    mistakes, taken = {}, []
    moment = datetime.now(UTC)
    for name, change in changes.items():
        if name not in texts or name.startswith("rows:"):
            continue
        theirs, mine, first = now_texts.get(name, ""), texts[name].strip(), text_of(change.before)
        words = change_words(session, resource.model, name, change.now)
        if mine == theirs:
            continue
        if mine == first or _same(resource, name, mine, first):
            texts[name] = theirs
            taken.append(f"{label_of(resource.model, name)}改为“{words}”")
        else:
            mistakes[name] = f"{change.who}于 {moment_words(change.at, moment)} 改为“{words}”，您填的仍在此处。再次保存将以您的为准。"
    people = "、".join(dict.fromkeys(change.who for change in changes.values())) or "他人"
    note = f"您填写期间，{people}保存了这条记录，尚未保存您的内容。"
    note += f"已并入：{'，'.join(taken)}。" if taken else ""
    note += "请核对后再次保存。"
    return Draft(texts, mistakes, version=record.version, note=note)


def _same(resource: Resource, name: str, mine: str, first: str) -> bool:
    """Whether two texts mean the same value, such as 1.50 and 1.5."""
    column = attribute(resource.model, name)
    if column is None or choices_of(resource.model, name) is not None or column.type.python_type not in (int, float):
        return mine == first
    try:
        return float(mine) == float(first)
    except ValueError:
        return mine == first


def _check_version(record: Any, version: Any) -> None:
    shown = _version(version)
    if shown and shown != getattr(record, "version", shown):
        raise Conflict("这条记录刚刚被他人修改，请刷新后再试。")


def _version(value: Any) -> int | None:
    text = str(value or "")
    return int(text) if text.isdecimal() and len(text) < 10 and int(text) else None
