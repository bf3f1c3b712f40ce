"""The review of risks: an object goes to the authority with its whole tree; a change of an accepted one is a copy until it is accepted too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data import bulk, save
from data.audit import record_change
from data.columns import label_of
from data.errors import Conflict, Invalid
from data.models import InspectionTask, RiskEvent, RiskMeasure, RiskObject, RiskUnit, WorkflowCase
from data.risks import REVIEW, gaps, new_place_code, require_own
from data.validity import BOOKKEEPING
from data.viewer import Viewer

_OF_COPY = {*BOOKKEEPING, "origin_id", "revises_id", "object_id", "unit_id", "event_id", "enterprise_id", "place_code"}
_OF_REVIEW = {"state", "is_in_force", "accepted_at"}
MOST_GAPS = 5


def contents(model: type[Any]) -> list[str]:
    """The columns that an enterprise fills in, besides where the row stands."""
    return [name for name in model.__table__.c.keys() if name not in _OF_COPY | _OF_REVIEW]  # noqa: SIM118


def submit(session: Session, viewer: Viewer, record: RiskObject, *, now: datetime) -> WorkflowCase:
    """Hand a draft to the authority, for the first time or after it was returned. Conflict when it is none or lacks something."""
    from data.workflow import steps
    from data.workflows.risk_object import RISK_OBJECT

    require_own(viewer)
    if record.state != "draft":
        raise Conflict("这个对象已经提交，不能重复提交。")
    case = steps.case_of(session, record)
    if case is not None and case.ended_at is None:
        return steps.act(session, viewer, case, "submit", version=case.version, now=now)
    return steps.begin(session, viewer, RISK_OBJECT, record, "submit", now=now)


def why_incomplete(session: Session, record: RiskObject) -> str:
    """What the object lacks, in a sentence; empty when it may be reviewed."""
    found = gaps(session, record)
    more = f"等 {len(found)} 处。" if len(found) > MOST_GAPS else ""
    return "".join(found[:MOST_GAPS]) + more


def revision_of(session: Session, record: RiskObject) -> RiskObject | None:
    """The change of the object that is not accepted yet."""
    wanted = select(RiskObject).where(RiskObject.revises_id == record.id, RiskObject.state != "accepted", RiskObject.deleted_at.is_(None))
    return session.scalars(wanted).unique().first()


def revise(session: Session, viewer: Viewer, record: RiskObject) -> RiskObject:
    """A copy of the accepted object with its tree, to be changed and submitted; what is in force stays so until then."""
    require_own(viewer)
    if not record.is_in_force:
        raise Conflict("只有已生效的对象可以申请变更。")
    open_one = revision_of(session, record)
    if open_one is not None:
        raise Conflict("这个对象已有未完成的变更，请先提交或删除它。")
    values = {name: getattr(record, name) for name in contents(RiskObject) if getattr(record, name) is not None}
    made = save.create(session, RiskObject, viewer, {**values, "enterprise_id": record.enterprise_id, "revises_id": record.id})
    made.tanks = list(record.tanks)
    places = {record.id: made.id}
    _copy(session, viewer, RiskUnit, [record.id], {"object_id": places})
    units = _origins(session, RiskUnit, made.id)
    _copy(session, viewer, RiskEvent, [record.id], {"object_id": places, "unit_id": units})
    _copy(session, viewer, RiskMeasure, [record.id], {"object_id": places, "unit_id": units, "event_id": _origins(session, RiskEvent, made.id)})
    session.expire_all()
    return made


def _copy(session: Session, viewer: Viewer, model: type[Any], objects: Sequence[int], links: Mapping[str, Mapping[int, int]]) -> None:
    """Copies of the rows of these objects, each naming its origin."""
    rows = session.scalars(select(model).where(model.object_id.in_(objects), model.deleted_at.is_(None)).order_by(model.id)).unique()
    made = []
    for one in rows:
        row = {name: getattr(one, name) for name in contents(model)} | {"enterprise_id": one.enterprise_id, "origin_id": one.id, "created_by_id": viewer.id, "updated_by_id": viewer.id}
        row |= {name: known[getattr(one, name)] for name, known in links.items()}
        made.append(row | ({"place_code": new_place_code()} if model is RiskUnit else {}))
    bulk.insert_rows(session, model.__table__, made)


def _origins(session: Session, model: type[Any], object_id: int) -> dict[int, int]:
    """The copy by its origin."""
    return dict(session.execute(select(model.origin_id, model.id).where(model.object_id == object_id, model.origin_id.is_not(None))).all())


def accepted(session: Session, viewer: Viewer, record: RiskObject, now: datetime) -> dict[str, Any]:
    """What acceptance writes into the object; a revision is written into the object that it changes."""
    if record.revises_id is None:
        return {"is_in_force": True, "accepted_at": now}
    target = session.get(RiskObject, record.revises_id)
    if target is None or target.deleted_at is not None or not target.is_in_force:
        raise Conflict("变更的对象已作废，不能再生效。")
    _merge(session, viewer, record, target, now)
    return {"accepted_at": now}


def _merge(session: Session, viewer: Viewer, revision: RiskObject, target: RiskObject, now: datetime) -> None:
    reason = f"变更审核通过（{revision.name}）"
    changed = {name: getattr(revision, name) for name in contents(RiskObject)} | {"accepted_at": now}
    save.update(session, target, viewer, changed, reason=reason)
    target.tanks = list(revision.tanks)
    kept: dict[str, dict[int, int]] = {"object_id": {revision.id: target.id}}
    for model, own in ((RiskUnit, "unit_id"), (RiskEvent, "event_id"), (RiskMeasure, "")):
        found = _merge_level(session, viewer, model, revision.id, target.id, kept, reason)
        if own:
            kept[own] = found
        _retire_rest(session, viewer, model, target.id, set(found.values()), reason)
    session.flush()


def _merge_level(session: Session, viewer: Viewer, model: type[Any], revision_id: int, target_id: int, kept: Mapping[str, Mapping[int, int]], reason: str) -> dict[int, int]:
    """Write the rows of one kind into their origins, and move those without one; the row in force by that of the revision."""
    there = {one.id: one for one in session.scalars(select(model).where(model.object_id == target_id, model.deleted_at.is_(None))).unique()}
    found: dict[int, int] = {}
    gone = []
    for one in session.scalars(select(model).where(model.object_id == revision_id, model.deleted_at.is_(None)).order_by(model.id)).unique().all():
        links = {name: known[getattr(one, name)] for name, known in kept.items() if hasattr(model, name)}
        origin = there.get(one.origin_id or 0)
        if origin is None:
            save.update(session, one, viewer, {**links, "origin_id": None}, reason=reason)
            found[one.id] = one.id
        else:
            save.update(session, origin, viewer, {name: getattr(one, name) for name in contents(model)} | links, reason=reason)
            found[one.id] = origin.id
            gone.append(one.id)
    _mark_deleted(session, model, gone)
    return found


def _retire_rest(session: Session, viewer: Viewer, model: type[Any], target_id: int, kept: set[int], reason: str) -> None:
    """Delete what the revision left out; its open inspections are called off."""
    rest = select(model).where(model.object_id == target_id, model.deleted_at.is_(None), model.id.not_in(kept))
    retired = session.scalars(rest).unique().all()
    for one in retired:
        record_change(session, viewer, "delete", one, {}, reason)
    _mark_deleted(session, model, [one.id for one in retired])
    if model is RiskMeasure:
        call_off(session, [one.id for one in retired])


def _mark_deleted(session: Session, model: type[Any], ids: Iterable[int]) -> None:
    gone = list(ids)
    if gone:
        session.execute(update(model).where(model.id.in_(gone)).values(deleted_at=datetime.now(UTC), version=model.version + 1).execution_options(synchronize_session="fetch"))


def call_off(session: Session, measures: Sequence[int]) -> None:
    """Cancel the open inspections of these measures."""
    if measures:
        mine = update(InspectionTask).where(InspectionTask.measure_id.in_(measures), InspectionTask.state == "open")
        session.execute(mine.values(state="cancelled", version=InspectionTask.version + 1).execution_options(synchronize_session="fetch"))


def retire(session: Session, viewer: Viewer, record: RiskObject, reason: str) -> None:
    """Take an object that is in force out of it, with everything below (作废); the authority does, and says why."""
    viewer.require(REVIEW)
    if not record.is_in_force:
        raise Conflict("只有已生效的对象可以作废。")
    if not reason.strip():
        raise Invalid("请填写作废原因。", {"reason": "请填写作废原因。"})
    if revision_of(session, record) is not None:
        raise Conflict("企业正在变更这个对象，请先审核或退回变更。")
    measures = list(session.scalars(select(RiskMeasure.id).where(RiskMeasure.object_id == record.id, RiskMeasure.deleted_at.is_(None))))
    call_off(session, measures)
    for model in (RiskMeasure, RiskEvent, RiskUnit):
        _mark_deleted(session, model, list(session.scalars(select(model.id).where(model.object_id == record.id, model.deleted_at.is_(None)))))
    record_change(session, viewer, "delete", record, {"is_in_force": [True, False]}, reason.strip())
    session.execute(update(RiskObject).where(RiskObject.id == record.id).values(is_in_force=False, deleted_at=datetime.now(UTC), version=RiskObject.version + 1))
    session.expire(record)



def differences(session: Session, revision: RiskObject) -> list[str]:
    """What a change makes different from what is in force, each in one sentence: 新增, 删除, 修改 with its fields."""
    found = []
    kinds: tuple[type[Any], ...] = (RiskUnit, RiskEvent, RiskMeasure)
    for model in kinds:
        now = {one.id: one for one in session.scalars(select(model).where(model.object_id == revision.revises_id, model.deleted_at.is_(None))).unique()}
        copies = session.scalars(select(model).where(model.object_id == revision.id, model.deleted_at.is_(None)).order_by(model.id)).unique().all()
        found += [f"新增{model.__title__}“{one.name}”" for one in copies if one.origin_id not in now]
        for one in copies:
            origin = now.pop(one.origin_id or 0, None)
            changed = [label_of(model, name) for name in contents(model) if origin is not None and getattr(origin, name) != getattr(one, name)]
            found += [f"修改{model.__title__}“{one.name}”：{'、'.join(changed)}"] if changed else []
        found += [f"删除{model.__title__}“{one.name}”" for one in now.values()]
    target = session.get(RiskObject, revision.revises_id)
    changed = [label_of(RiskObject, name) for name in contents(RiskObject) if target is not None and getattr(target, name) != getattr(revision, name)]
    return [f"修改对象：{'、'.join(changed)}", *found] if changed else found
