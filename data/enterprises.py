"""What an authority does with enterprises as a whole: confirm or return their files, move them, set their types and supervisors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from data import completeness, save
from data.calendar import park_day
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.models import Department, Division, Enterprise, EnterpriseChange, SecondaryUnit, UnitType, User
from data.query import get, visible
from data.rules.completeness import Assessment
from data.scope import MANAGEMENT
from data.viewer import Viewer

EDIT, CONFIRM = "enterprise.edit", "enterprise.confirm"
MOST = 1000  # enterprises in one batch: they are changed, or refused, together


def require_authority(viewer: Viewer, permission: str) -> None:
    """Raise Forbidden unless the viewer has the permission and works for an authority."""
    viewer.require(permission)
    if viewer.scope not in MANAGEMENT:
        raise Forbidden("只有监管部门的人员可以办理。")


def department_of(session: Session, unit_type: UnitType) -> int | None:
    """The id of the department that supervises the type: its own, else that of the type above."""
    if unit_type.department_id is not None or unit_type.parent_id is None:
        return unit_type.department_id
    return session.scalar(select(UnitType.department_id).where(UnitType.id == unit_type.parent_id))


def confirm(session: Session, viewer: Viewer, enterprises: Sequence[Enterprise], *, now: datetime) -> list[Enterprise]:
    """The enterprises with their files confirmed; a full one is 达标, another is not. Conflict while a change waits."""
    require_authority(viewer, CONFIRM)
    for one in enterprises:
        _require_seen(session, viewer, one)
    waiting = _waiting(session, [one.id for one in enterprises])
    if waiting:
        raise Conflict(f"{'、'.join(waiting)}提交的变更还没有处理，请先在“待确认变更”中确认或退回。")
    found = completeness.assess_all(session, enterprises, park_day(now))
    for one in enterprises:
        save.update(session, one, viewer, confirmation(viewer, found[one.id], now), verb="confirm")
    return list(enterprises)


def confirmation(viewer: Viewer, found: Assessment, now: datetime) -> dict[str, Any]:
    """The values by which a file becomes confirmed as it stands."""
    return {
        "completeness": found.percent,
        "confirm_state": "confirmed",
        "confirmed_at": now,
        "confirmed_by_id": viewer.id,
        "return_reason": None,
        "standard_state": "met" if found.percent == 100 else "unmet",
    }


def return_file(session: Session, viewer: Viewer, enterprise: Enterprise, reason: str) -> Enterprise:
    """The enterprise with its file returned for mending; the reason is shown to the enterprise."""
    require_authority(viewer, CONFIRM)
    _require_seen(session, viewer, enterprise)
    if _waiting(session, [enterprise.id]):
        raise Conflict(f"{enterprise.name}提交的变更还没有处理，请先在“待确认变更”中确认或退回。")
    words = required_reason(reason, "退回原因")
    values = {"confirm_state": "returned", "return_reason": words}
    return save.update(session, enterprise, viewer, values, verb="return", reason=words)


def move_division(session: Session, viewer: Viewer, enterprises: Sequence[Enterprise], division: Division, reason: str = "") -> int:
    """Put the enterprises under another division; how many were moved. Forbidden when one would leave the viewer's scope."""
    require_authority(viewer, EDIT)
    moved = 0
    for one in enterprises:
        _require_seen(session, viewer, one)
        if one.division_id != division.id:
            save.update(session, one, viewer, {"division_id": division.id}, verb="move", reason=reason.strip() or None)
            session.expire(one, ["division"])
            moved += 1
    return moved


def change_type(session: Session, viewer: Viewer, enterprises: Sequence[Enterprise], unit_type: UnitType, reason: str = "") -> int:
    """Give the enterprises another type and with it the department that supervises it; how many changed.

    A type without a department leaves the enterprise with the one it has.
    """
    require_authority(viewer, EDIT)
    department_id, changed = department_of(session, unit_type), 0
    for one in enterprises:
        _require_seen(session, viewer, one)
        values = {"unit_type_id": unit_type.id}
        if department_id is not None:
            values["department_id"] = department_id
        if any(getattr(one, name) != value for name, value in values.items()):
            save.update(session, one, viewer, values, verb="retype", reason=reason.strip() or None)
            session.expire(one, ["unit_type", "department"])
            changed += 1
    return changed


def ticked(session: Session, viewer: Viewer, ids: Collection[int]) -> list[Enterprise]:
    """The enterprises with these ids, locked until the end of the transaction. All of them or NotFound."""
    wanted = sorted(set(ids))
    if not wanted:
        raise Invalid("请先勾选企业。")
    if len(wanted) > MOST:
        raise Invalid(f"一次最多办理 {MOST:,} 家企业，现勾选了 {len(wanted):,} 家。")
    rows = visible(Enterprise, viewer).where(Enterprise.id.in_(wanted)).order_by(Enterprise.id).with_for_update(of=Enterprise)
    found = list(session.scalars(rows))
    if len(found) != len(wanted):
        raise NotFound(f"有 {len(wanted) - len(found)} 家企业已删除或不在您的数据范围内，请刷新后再试。")
    return found


def set_supervisor(session: Session, viewer: Viewer, unit_type: UnitType, department: Department | None) -> int:
    """Make ``department`` the supervisor of a type, and of all its enterprises and secondary units at once; how many these are.

    Types below without a department of their own follow. Only for who sees the whole park: it moves enterprises between
    authorities.
    """
    require_authority(viewer, EDIT)
    if viewer.scope != "all":
        raise Forbidden("设置行业主管部门会改变各部门监管的企业，请由园区管理人员办理。")
    save.update(session, unit_type, viewer, {"department_id": department.id if department else None}, verb="supervise")
    session.expire(unit_type, ["department"])
    if department is None:
        return 0
    follow = or_(UnitType.id == unit_type.id, (UnitType.parent_id == unit_type.id) & UnitType.department_id.is_(None))
    types = session.scalars(select(UnitType.id).where(follow)).all()
    moved = 0
    for model in (Enterprise, SecondaryUnit):
        known = {"types": list(types), "new": department.id, "table": model.__tablename__}
        who = {"user_id": viewer.id, "username": viewer.username, "address": viewer.address}
        moved += session.execute(_SUPERVISE[model.__tablename__], known | who).rowcount  # type: ignore[attr-defined]
    session.expire_all()
    return moved


# In one statement, because a type may have a hundred thousand enterprises; each gets its entry in the audit.
_SUPERVISE = {
    table: text(f"""
        WITH before AS (
            SELECT id, department_id FROM {table}
            WHERE unit_type_id = ANY(:types) AND department_id IS DISTINCT FROM :new FOR UPDATE
        ), moved AS (
            UPDATE {table} AS one SET department_id = :new, version = version + 1, updated_at = now(), updated_by_id = :user_id
            FROM before WHERE one.id = before.id RETURNING one.id, one.name, before.department_id AS old
        )
        INSERT INTO audit_entry (at, user_id, username, address, verb, table_name, record_id, record_name, changes)
        SELECT clock_timestamp(), :user_id, :username, :address, 'supervise', :table, id, left(name, 200),
               jsonb_build_object('department_id', jsonb_build_array(old, CAST(:new AS bigint)))
        FROM moved
    """)
    for table in (Enterprise.__tablename__, SecondaryUnit.__tablename__)
}


def rename_user(session: Session, viewer: Viewer, enterprise: Enterprise, before: str) -> None:
    """After an enterprise got another name: its user signs in with the new one. ``before`` is the old name."""
    if enterprise.name == before:
        return
    mine = select(User).where(User.enterprise_id == enterprise.id, User.username == before, User.deleted_at.is_(None))
    for user in session.scalars(mine):
        # Its people lie outside the scope of those who confirm its file.
        save.update(session, user, replace(viewer, scope="all"), {"username": enterprise.name}, reason="企业更名")


def required_reason(reason: str, what: str) -> str:
    """The reason without blanks around it; Invalid when there is none or too much of it."""
    words = reason.strip()
    if not words:
        raise Invalid(f"请填写{what}。", {"reason": f"请填写{what}。"})
    if len(words) > 500:
        raise Invalid(f"{what}太长。", {"reason": f"最多 500 个字，现有 {len(words)} 个。"})
    return words


def _require_seen(session: Session, viewer: Viewer, enterprise: Enterprise) -> None:
    get(session, Enterprise, enterprise.id, viewer)


def _waiting(session: Session, ids: Collection[int]) -> list[str]:
    """The names of those of the enterprises whose changes wait for confirmation."""
    names = select(Enterprise.name).join(EnterpriseChange, EnterpriseChange.enterprise_id == Enterprise.id)
    open_ones = names.where(EnterpriseChange.state == "pending", Enterprise.id.in_(ids), EnterpriseChange.deleted_at.is_(None))
    return list(session.scalars(open_ones.order_by(Enterprise.id).limit(5)))
