"""交接班: what a shift leaves to the next one, with what is open in the park beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import notice
from dashboard.blocks.figures import link
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from data import duty_handovers, duty_plans
from data.choices import Choice
from data.duty_plans import span_words
from data.errors import Conflict
from data.models import DutyHandover
from data.save import update
from data.viewer import Viewer
from pages.duty.plan import GROUP, MODULE


def _shifts(session: Session, viewer: Viewer) -> Sequence[Choice]:
    return duty_handovers.waiting_shifts(session, viewer, datetime.now(UTC))


def _store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> DutyHandover:
    matters = str(values.get("matters") or "")
    if record is None:
        return duty_handovers.write(session, viewer, values["shift_id"], matters, datetime.now(UTC))
    if record.state not in ("draft", "missing") or record.user_id != viewer.id:
        raise Conflict("已交班，内容不再改变。")
    return update(session, record, viewer, {"matters": matters.strip() or None}, version=version)


def _held(viewer: Viewer, one: DutyHandover) -> str:
    if one.user_id != viewer.id:
        return f"由交班人{one.user.name}本人填写。"
    return {"draft": "", "missing": "缺交接的班次请用“添加”补写。"}.get(one.state, "已交班，内容不再改变。")


def _above(session: Session, viewer: Viewer, one: DutyHandover) -> Component:
    """The open matters under their headings, each with the way to it."""
    now = datetime.now(UTC)
    found = duty_handovers.lines(session, one, now)
    words = f"交班时（{moment_words(one.handed_at, now)}）的未办结事项，不再改变；点开看到的是现在的情况。" if one.handed_at is not None else "此刻的未办结事项，由系统列出；交班时固定。"
    said = notice("班次已结束，没有按时写交接班记录。由交班人“添加”补写。", "danger") if one.state == "missing" else notice(words)
    headings = dict.fromkeys(item.section for item in found)
    parts = [html.Div([html.H4(section), html.Ul([html.Li(link(item.text, item.href if viewer.may(item.permission) else "")) for item in found if item.section == section])]) for section in headings]
    none = html.P("没有未关闭的重要报警、重大风险区域、重大隐患和报警抑制。", className="muted") if not parts else None
    return html.Div([said, *parts, none], className="drawer-main-part handover-items")


def _hand(session: Session, viewer: Viewer, one: DutyHandover, values: Mapping[str, Any]) -> str:
    duty_handovers.hand_over(session, viewer, one, datetime.now(UTC))
    return "已交班，时间和事项已固定；已通知下一班接班。" if one.incoming_id else "已交班，时间和事项已固定；值班表上没有下一班，请补排。"


def _take(session: Session, viewer: Viewer, one: DutyHandover, values: Mapping[str, Any]) -> str:
    duty_handovers.take_over(session, viewer, one, str(values.get("remark") or ""), datetime.now(UTC))
    return "已接班。"


def _why_not_take(viewer: Viewer, one: DutyHandover) -> str:
    session = object_session(one)
    return duty_handovers.why_not_take(session, viewer, one, datetime.now(UTC)) if session is not None else ""


def _name(user: Any) -> str:
    return user.name if user is not None else ""


HANDOVERS = Resource(
    key="duty_handover",
    model=DutyHandover,
    path=duty_handovers.PATH,
    title="交接班记录",
    permission=duty_plans.VIEW,
    module=MODULE,
    group=GROUP,
    icon="journal-check",
    short="交接班",
    sort="-ends_at",
    placeholder="人员、交班事项",
    columns=(
        Column("begins_at", label="班次", look="link", width=200, show=lambda one: span_words(one.begins_at, one.ends_at)),
        Column("user.name", label="交班人", width=110),
        Column("state", look="tag", width=110),
        Column("handed_at", width=140),
        Column("incoming_id", label="接班人", width=110, show=lambda one: _name(one.incoming), is_sortable=False),
        Column("signed_at", width=140),
        Column("matters", is_sortable=False),
    ),
    filters=(Filter("state"), Filter("ends_at", "班次结束")),
    heading=lambda one: f"{one.user.name} {span_words(one.begins_at, one.ends_at)}",
    tags=("state", Fact("is_late", "补交", lambda one: Choice("late", "补交", "warn") if one.is_late else "")),
    above=_above,
    facts={"交接": (Fact("user_id", "交班人", lambda one: one.user.name), "handed_at", Fact("incoming_id", "接班人", lambda one: _name(one.incoming)), "signed_at", "remark"), "事项": ("matters",)},
    form={"交接班": (FormField("shift_id", options=_shifts, help="只列本人正在值或刚结束、还没有交接的班次"), "matters")},
    edit_permission=duty_plans.VIEW,
    can_add=True,
    can_edit=_held,
    store=_store,
    save_note="保存后仍可修改；点“交班”后时间和事项固定，由下一班签收。",
    actions=(
        Action("hand", "交班", duty_plans.VIEW, _hand, lambda one: "交班后内容和时间固定，不能再修改，并通知下一班接班。", icon="box-arrow-right", when=lambda one: one.state == "draft", why_not=lambda viewer, one: duty_handovers.why_not_hand(viewer, one, datetime.now(UTC))),
        Action("take", "接班", duty_plans.VIEW, _take, lambda one: f"确认已与{one.user.name}当面或电话交接清楚，从此刻起由您当班。", icon="pen", fields=(FormField("remark", is_long=True, is_required=False),), when=lambda one: one.state == "handed", why_not=_why_not_take),
    ),
    empty_title="还没有交接班记录",
    empty_text="值班员在班次结束前写交接班记录，未关闭的报警等由系统列出；下一班签收。",
)
