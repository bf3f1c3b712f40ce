"""通知公告 on the side of the authority: written, addressed, sent; who read it, who answered what, who is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField, Panel
from data import notices
from data.calendar import park_day
from data.choices import Choice
from data.errors import Conflict
from data.models import Notice, NoticeReceipt
from data.viewer import Viewer

URGENT = Choice("1", "紧急", "danger")
MOST_SHOWN = 500


def _figures(session: Session, viewer: Viewer, rows: Sequence[Notice]) -> Mapping[int, Figure]:
    found = notices.tally(session, rows)
    return {one.id: Figure(f"{found[one.id].read} / {found[one.id].sent}" if found[one.id].sent else "") for one in rows}


def _answers(session: Session, viewer: Viewer, rows: Sequence[Notice]) -> Mapping[int, Figure]:
    found = notices.tally(session, rows)
    return {one.id: Figure(f"{found[one.id].answered} / {found[one.id].sent}" if one.wants_answer and found[one.id].sent else "") for one in rows}


def address_words(notice: Notice) -> str:
    """To whom the notice is addressed, in words."""
    parts = ["全部企业"] if notice.to_all else []
    parts += ["、".join(one.name for one in others) for others in (notice.unit_types, notice.divisions) if others and not notice.to_all]
    parts += ["、".join(one.name for one in others) for others in (notice.enterprises, notice.departments, notice.users) if others]
    return "；".join(parts) or "（未选择收件人）"


def _urgent(notice: Notice) -> Choice | str:
    return URGENT if notice.is_urgent else ""


def _publish(session: Session, viewer: Viewer, notice: Notice, values: Mapping[str, Any]) -> str:
    sent = notices.publish(session, viewer, notice, datetime.now(UTC)).sent
    return f"已发布“{notice.title}”，发给 {sent:,} 个收件人。"


def _recall(session: Session, viewer: Viewer, notice: Notice, values: Mapping[str, Any]) -> str:
    notices.recall(session, viewer, notice, values["reason"], datetime.now(UTC))
    return f"已撤回“{notice.title}”，收件人不再看到。"


def _remind(session: Session, viewer: Viewer, notice: Notice, values: Mapping[str, Any]) -> str:
    return f"已向 {notices.remind(session, viewer, notice, datetime.now(UTC)):,} 个收件人催阅。"


def _before_delete(session: Session, viewer: Viewer, notice: Notice) -> None:
    if notice.state == "sent":
        raise Conflict("已发布的通知请先撤回，再删除。")


def _check(record: Any, values: dict[str, Any]) -> dict[str, str]:
    by = values.get("answer_by")
    if by and not values.get("wants_answer"):
        return {"answer_by": "填写回复截止时，请选择要求回复。"}
    return {"answer_by": "回复截止不能早于今天。"} if by and by < park_day(datetime.now(UTC)) else {}


def receiver(receipt: NoticeReceipt) -> str:
    """Who got it."""
    if receipt.enterprise is not None:
        return receipt.enterprise.name
    return receipt.user.name if receipt.user is not None else NO_VALUE


def _receipts(session: Session, viewer: Viewer, notice: Notice) -> Component:
    """Who read and answered; those who did not stand first."""
    rows = notices.receipts_of(session, notice, MOST_SHOWN)
    if not rows:
        return empty("还没有回执", "发布后，谁已阅读、谁回复了什么，列在这里。")
    now = datetime.now(UTC)
    total = notices.tally(session, [notice])[notice.id]
    columns = [
        TableColumn("收件人", receiver),
        TableColumn("阅读", lambda one: _read_words(one, now)),
        *([TableColumn("回复", lambda one: _answer_words(one, now))] if notice.wants_answer else []),
    ]
    words = f"共 {total.sent:,} 个收件人，已读 {total.read:,}，未读 {total.sent - total.read:,}" + (f"，已回复 {total.answered:,}" if notice.wants_answer else "")
    more = html.P(f"只列出前 {MOST_SHOWN} 个，未读的在前。", className="cap") if total.sent > len(rows) else None
    return html.Div([html.P(words, className="cap"), table(columns, rows), more])


def _read_words(one: NoticeReceipt, now: datetime) -> Any:
    if one.read_at is None:
        return tag("未读", "warn")
    return f"{moment_words(one.read_at, now)} {one.read_by.name if one.read_by is not None and one.enterprise_id else ''}".strip()


def _answer_words(one: NoticeReceipt, now: datetime) -> Any:
    if one.answered_at is None:
        return tag("超期未回复", "danger") if notices.is_late(one, now) else tag("未回复", "warn")
    who = f"{moment_words(one.answered_at, now)} {one.answered_by.name if one.answered_by is not None else ''}"
    return html.Div([html.Div(one.answer, className="notice-answer"), html.Span(who, className="cap")])


NOTICES = Resource(
    key="notice",
    model=Notice,
    path="/notices",
    title="通知公告",
    permission=notices.VIEW,
    module="行政办公",
    group="通知公告",
    icon="megaphone",
    sort="-id",
    placeholder="通知标题",
    columns=(
        Column("title", width=320),
        Column("is_urgent", label="紧急", look="tag", width=80, show=_urgent),
        Column("state", look="tag", width=100),
        Column("department.name", label="发布单位", width=160),
        Column("read", label="已读", width=100, look="number", figures=_figures, is_sortable=False),
        Column("answered", label="已回复", width=100, look="number", figures=_answers, is_sortable=False),
        Column("answer_by", width=120),
        Column("sent_at", look="muted", width=130),
    ),
    filters=(Filter("state"), Filter("is_urgent", "紧急"), Filter("department_id", "发布单位"), Filter("sent_at", "发布时间", kind="days")),
    tags=("state", Fact("is_urgent", show=_urgent)),
    subtitle=lambda one: (one.department.name if one.department else "", f"{one.sent_by.name} 发布" if one.sent_by else ""),
    facts={
        "通知": ("title", Fact("body", show=lambda one: html.Div(one.body, className="notice-body")), "wants_answer", "answer_by", "sent_at"),
        "收件人": (Fact("to_all", "发给", address_words),),
    },
    panels=(Panel("receipts", "回执", _receipts, lambda session, viewer, one: notices.tally(session, [one])[one.id].sent),),
    form={
        "通知": ("title", "body", "is_urgent", "wants_answer", "answer_by"),
        "收件人": (
            FormField("to_all", help="您监管范围内的全部企业"),
            FormField("unit_types", "企业类型", help="与属地同时选择时取交集"),
            FormField("divisions", "属地"),
            FormField("enterprises", "指定企业", help="在上面的范围之外另加"),
            FormField("departments", "部门人员", help="部门及下级部门的全部人员"),
            FormField("users", "指定人员"),
        ),
    },
    edit_permission=notices.EDIT,
    can_add=True,
    can_edit=lambda viewer, one: "" if one.state == "draft" else "已发布的通知不能修改，可以撤回后另发。",
    check=_check,
    save_note="保存为草稿，发布后收件人才能看到。附件请在保存后上传，再发布。",
    delete_permission=notices.EDIT,
    before_delete=_before_delete,
    actions=(
        Action(
            "publish",
            "发布",
            notices.EDIT,
            _publish,
            lambda one: f"“{one.title}”将发给：{address_words(one)}。发布后不能修改，可以撤回。" + ("紧急通知会立即显示在对方屏幕上。" if one.is_urgent else ""),
            icon="send",
            when=lambda one: one.state == "draft",
            is_in_row=True,
        ),
        Action("remind", "催阅", notices.EDIT, _remind, lambda one: "再次提醒未阅读、未回复的收件人。", icon="bell", when=lambda one: one.state == "sent", is_in_row=True),
        Action(
            "recall",
            "撤回",
            notices.EDIT,
            _recall,
            lambda one: f"撤回后收件人不再看到“{one.title}”，回执保留。",
            icon="arrow-return-left",
            is_dangerous=True,
            fields=(FormField("reason", "撤回原因", is_required=True),),
            when=lambda one: one.state == "sent",
        ),
    ),
    empty_title="还没有通知",
    empty_text="添加通知，选择收件企业和人员，发布后在“回执”中查看谁已阅读、谁已回复。",
)
