"""换班: asked by one, answered by the other, approved by a leader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data import duty_exchanges, duty_plans
from data.choices import Choice
from data.duty_plans import span_words
from data.errors import Conflict
from data.models import DutyExchange
from data.viewer import Viewer
from pages.duty.plan import GROUP, MODULE


def _mine(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return duty_exchanges.own_shifts(session, viewer, datetime.now(UTC))


def _theirs(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return duty_exchanges.others_shifts(session, viewer, datetime.now(UTC))


def _people(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return [one for one in duty_plans.staff(session) if one.code != str(viewer.id)]


def _store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> DutyExchange:
    if record is not None:
        raise Conflict("换班申请不能修改，请撤回后重新申请。")
    return duty_exchanges.ask(session, viewer, values["shift_id"], values["other_id"], values.get("other_shift_id"), values.get("reason") or "", datetime.now(UTC))


def _agree(session: Session, viewer: Viewer, record: DutyExchange, values: Mapping[str, Any]) -> str:
    done = duty_exchanges.answer(session, viewer, record, agrees=True, now=datetime.now(UTC))
    return "换班已生效，值班表已更新。" if done.state == "done" else "已同意，等待领导批准。"


def _refuse(session: Session, viewer: Viewer, record: DutyExchange, values: Mapping[str, Any]) -> str:
    duty_exchanges.answer(session, viewer, record, agrees=False, remark=str(values.get("remark") or ""), now=datetime.now(UTC))
    return "已答复不同意，值班表不变。"


def _approve(session: Session, viewer: Viewer, record: DutyExchange, values: Mapping[str, Any]) -> str:
    duty_exchanges.decide(session, viewer, record, approves=True, remark=str(values.get("remark") or ""), now=datetime.now(UTC))
    return "已批准，换班生效，值班表已更新。"


def _reject(session: Session, viewer: Viewer, record: DutyExchange, values: Mapping[str, Any]) -> str:
    duty_exchanges.decide(session, viewer, record, approves=False, remark=str(values.get("remark") or ""), now=datetime.now(UTC))
    return "已答复不批准，值班表不变。"


def _withdraw(session: Session, viewer: Viewer, record: DutyExchange, values: Mapping[str, Any]) -> str:
    duty_exchanges.withdraw(session, viewer, record, datetime.now(UTC))
    return "已撤回。"


def _given(one: DutyExchange) -> str:
    return span_words(one.begins_at, one.ends_at)


def _got(one: DutyExchange) -> str:
    return span_words(one.other_begins_at, one.other_ends_at) if one.other_begins_at and one.other_ends_at else "代班，不换回"


def _heading(one: DutyExchange) -> str:
    return f"{one.asked_by.name} 与 {one.other.name} 换班"


REMARK = FormField("remark", is_long=True, is_required=False)
EXCHANGES = Resource(
    key="duty_exchange",
    model=DutyExchange,
    path=duty_exchanges.PATH,
    title="换班",
    permission=duty_plans.VIEW,
    module=MODULE,
    group=GROUP,
    icon="arrow-left-right",
    sort="-id",
    placeholder="人员、原因",
    columns=(
        Column("asked_by.name", label="申请人", look="link", width=110),
        Column("begins_at", label="换出班次", show=_given, width=200),
        Column("other.name", label="对方", width=110),
        Column("other_begins_at", label="换来班次", show=_got, width=200, is_sortable=False),
        Column("tier", width=100),
        Column("state", look="tag", width=120),
        Column("reason", is_sortable=False),
        Column("created_at", label="申请时间", width=140),
    ),
    filters=(Filter("state"), Filter("tier", options=lambda session, viewer: duty_plans.DUTY_TIERS), Filter("begins_at", "换出日期")),
    heading=_heading,
    tags=("state",),
    facts={
        "班次": (Fact("asked_by_id", "申请人", lambda one: one.asked_by.name), Fact("begins_at", "换出班次", _given), Fact("other_id", "对方", lambda one: one.other.name), Fact("other_begins_at", "换来班次", _got), "tier", "reason"),
        "经过": ("created_at", "answered_at", Fact("decided_by_id", "批准人", lambda one: one.decided_by.name if one.decided_by else ""), "decided_at", "remark"),
    },
    form={"换班": (FormField("shift_id", options=_mine, help="只列未开始的本人班次"), FormField("other_id", options=_people), FormField("other_shift_id", options=_theirs, is_required=False, help="不选即请对方代班"), FormField("reason", is_long=True))},
    edit_permission=duty_plans.VIEW,
    can_add=True,
    is_final=True,
    can_edit=lambda viewer, one: "换班申请不能修改，请撤回后重新申请。",
    store=_store,
    save_label="提交申请",
    save_note="对方同意、领导批准后，两个班次同时调整；已开始的班次不能换。",
    actions=(
        Action("agree", "同意换班", duty_plans.VIEW, _agree, lambda one: f"同意与{one.asked_by.name}换班：{_given(one)} 由您值班。", icon="check2", when=lambda one: one.state == "asked", why_not=duty_exchanges.why_not_answer),
        Action("refuse", "不同意", duty_plans.VIEW, _refuse, lambda one: f"不同意与{one.asked_by.name}换班，值班表不变。", icon="x", fields=(REMARK,), when=lambda one: one.state == "asked", why_not=duty_exchanges.why_not_answer),
        Action("approve", "批准", duty_plans.APPROVE, _approve, lambda one: f"批准{_heading(one)}。批准后值班表立即调整。", icon="check2-all", when=lambda one: one.state == "agreed", why_not=duty_exchanges.why_not_decide),
        Action("reject", "不批准", duty_plans.APPROVE, _reject, lambda one: f"不批准{_heading(one)}，值班表不变。", icon="x", fields=(FormField("remark", is_long=True, is_required=True),), when=lambda one: one.state == "agreed", why_not=duty_exchanges.why_not_decide),
        Action("withdraw", "撤回", duty_plans.VIEW, _withdraw, lambda one: "撤回换班申请，值班表不变。", icon="arrow-counterclockwise", when=lambda one: one.is_open, why_not=duty_exchanges.why_not_withdraw),
    ),
    empty_title="还没有换班",
    empty_text="本人有未开始的班次时可以申请换班：选对方的班次互换，或请对方代班。",
)
