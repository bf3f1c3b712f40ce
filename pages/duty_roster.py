"""值班表: who is on duty when, and to whom an alarm goes that nobody acknowledges in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, FormField
from data.choices import Choice
from data.choices.monitoring import DUTY_TIERS
from data.duty_plans import clash, staff, words_of
from data.errors import Invalid
from data.models import DutyShift
from data.validity import NOT_SAVED
from data.viewer import Viewer

MOST = timedelta(days=7)


def people(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """Those who may stand on duty."""
    return staff(session)


def check(shift: Any, values: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the times of a shift."""
    begins, ends = (values.get(name, getattr(shift, name, None)) for name in ("begins_at", "ends_at"))
    if begins is None or ends is None:
        return {}
    if ends <= begins:
        return {"ends_at": "结束时间应晚于开始时间。"}
    return {"ends_at": f"一班最长 {MOST.days} 天。"} if ends - begins > MOST else {}


def _prepare(session: Session, viewer: Viewer, shift: DutyShift | None, values: dict[str, Any]) -> dict[str, Any]:
    """Nobody stands twice at the same post at once."""
    user, tier, begins, ends = (values.get(name, getattr(shift, name, None)) for name in ("user_id", "tier", "begins_at", "ends_at"))
    if user and tier and begins and ends and begins < ends:
        there = clash(session, user, begins, ends, tier=int(tier), besides=[shift.id] if shift is not None else [])
        if there is not None:
            raise Invalid(NOT_SAVED, {"begins_at": f"本人那时已有班：{words_of(there)}。"})
    return values


def _state(shift: DutyShift) -> Choice:
    now = datetime.now(UTC)
    if shift.ends_at <= now:
        return Choice("over", "已结束", "stale")
    return Choice("now", "值班中", "ok") if shift.begins_at <= now else Choice("later", "未开始", "primary")


DUTY = Resource(
    key="duty_shift",
    model=DutyShift,
    path="/duty-roster",
    title="值班表",
    permission="duty.view",
    module="行政办公",
    group="值班管理",
    icon="card-list",
    sort="-begins_at",
    placeholder="值班人",
    columns=(
        Column("user.name", label="值班人", width=130),
        Column("tier", width=120),
        Column("state", label="状态", look="tag", width=110, show=_state, is_sortable=False),
        Column("begins_at", width=150),
        Column("ends_at", width=150),
        Column("user.phone", label="电话", look="phone", is_sortable=False),
    ),
    filters=(Filter("tier", options=lambda session, viewer: DUTY_TIERS), Filter("begins_at")),
    heading=lambda shift: shift.user.name,
    facts={"值班": ("tier", "begins_at", "ends_at")},
    form={"值班": (FormField("user_id", options=people), FormField("tier", options=lambda session, viewer: DUTY_TIERS), "begins_at", "ends_at")},
    edit_permission="duty.edit",
    can_add=True,
    check=check,
    prepare=_prepare,
    delete_permission="duty.edit",
    save_note="报警超过确认时限无人确认时，依次通知当班的值班员、带班领导、总值班。",
    empty_title="还没有排班",
    empty_text="排班后，紧急和重要报警超过时限无人确认时，依次通知当班的值班员、带班领导、总值班。",
)

PAGES = DUTY.pages()
