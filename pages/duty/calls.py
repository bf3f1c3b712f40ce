"""查岗: who was asked whether they are there, and how fast they answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField, Head
from data import duty_calls, duty_plans
from data.choices.monitoring import DUTY_TIERS
from data.errors import Conflict
from data.models import DutyCall
from data.viewer import Viewer
from pages.duty.plan import GROUP, MODULE


def seconds(number: float | None) -> str:
    """38 秒, 4 分 05 秒."""
    if number is None:
        return ""
    whole = round(number)
    return f"{whole} 秒" if whole < 60 else f"{whole // 60} 分 {whole % 60:02d} 秒"


def _store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> DutyCall:
    if record is not None:
        raise Conflict("查岗不能修改。")
    tier = values.get("tier")
    return duty_calls.ask(session, viewer, tier=int(tier) if tier else None, enterprise_id=values.get("enterprise_id"), now=datetime.now(UTC))[0]


def _heads(session: Session, viewer: Viewer, rows: Select[Any]) -> Sequence[Head]:
    found = duty_calls.together(session, rows)
    rate = f"应答率 {found.rate:.1f} %" if found.rate is not None else "应答率 —"
    return (
        Head("answered", "已应答", found.answered, "ok", "次", (rate, f"用时中位数 {seconds(found.median_s) or '—'}")),
        Head("missed", "未应答", found.missed, "danger", "次"),
        Head("waiting", "待应答", found.asked - found.answered - found.missed, "primary", "次"),
    )


def _asker(one: DutyCall) -> str:
    return one.asked_by.name if one.asked_by is not None else "系统"


CALLS = Resource(
    key="duty_call",
    model=DutyCall,
    path=duty_calls.PATH,
    title="查岗记录",
    permission=duty_plans.VIEW,
    module=MODULE,
    group=GROUP,
    icon="person-check",
    short="查岗",
    sort="-asked_at",
    placeholder="被查人",
    columns=(
        Column("user.name", label="被查人", look="link", width=120),
        Column("tier", width=100),
        Column("enterprise.short_name", label="企业", width=120),
        Column("asked_at", width=150),
        Column("kind", width=100),
        Column("asked_by_id", label="发起人", width=110, show=_asker, is_sortable=False),
        Column("state", look="tag", width=100),
        Column("answered_at", width=150),
        Column("answer_s", look="number", width=110, show=lambda one: seconds(one.answer_s)),
    ),
    filters=(Filter("state"), Filter("kind"), Filter("asked_at"), Filter("tier", options=lambda session, viewer: DUTY_TIERS), Filter("user_id", "被查人", options=lambda session, viewer: duty_plans.staff(session)), Filter("enterprise_id")),
    heads=_heads,
    head_filter="state",
    heading=lambda one: f"查岗 {one.user.name}",
    tags=("state",),
    facts={"查岗": (Fact("user_id", "被查人", lambda one: one.user.name), "tier", "enterprise_id", "kind", Fact("asked_by_id", "发起人", _asker), "asked_at", "due_at", "answered_at", Fact("answer_s", "用时", lambda one: seconds(one.answer_s)))},
    form={"查岗": (FormField("tier", options=lambda session, viewer: DUTY_TIERS, is_required=False, help="查此刻当班的人；不选即全部岗位"), FormField("enterprise_id", is_required=False, help="选企业即查该企业的在用账号，不查园区值班"))},
    edit_permission=duty_plans.CALL,
    can_add=True,
    is_final=True,
    can_edit=lambda viewer, one: "查岗不能修改。",
    can_delete=lambda viewer, one: duty_calls.why_not_delete(one),
    delete_permission=duty_plans.CALL,
    store=_store,
    save_label="发起查岗",
    save_note="对方打开的任何页面立即弹出“在岗”按钮；用时由服务器计，超时记为未应答并告知当班领导。",
    empty_title="还没有查岗",
    empty_text="由领导发起，或按设置在随机时刻由系统发起；当班的人须在时限内点“在岗”。",
)
