"""收到的通知: what was sent to the viewer, or to the enterprise on whose side the viewer is; opening one is reading it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from flask import Response, send_file
from sqlalchemy.orm import Session

from auth.session import current_viewer
from dashboard.blocks.basic import icon, notice, panel, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, Condition, pager, paging, search_row, table
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import Page, address
from data import notices
from data.attachments import attachments_of, path_of, size_words
from data.choices import Choice
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound
from data.models import Notice, NoticeReceipt
from data.query import count, visible
from data.viewer import Viewer

KEY = "notice_inbox"
STATES = (Choice("open", "待阅读、待回复"), Choice("done", "已办"))


def standing(receipt: NoticeReceipt, now: datetime) -> Component:
    """How the receiver stands towards the notice."""
    if receipt.read_at is None:
        return tag("未读", "warn")
    if not receipt.notice.wants_answer:
        return tag("已读", "ok")
    if receipt.answered_at is not None:
        return tag("已回复", "ok")
    return tag("超期未回复", "danger") if notices.is_late(receipt, now) else tag("待回复", "primary")


def _page(viewer: Viewer, path: str, open: str = "", q: str = "", state: str = "", page: str = "", size: str = "") -> Component:
    now = datetime.now(UTC)
    if open:
        identity = _identity(open)
        with write_session() as session:
            receipt = notices.received(session, viewer, identity)
            notices.read(session, viewer, receipt, now)
        body = html.Div(_shown(viewer, identity, path), id=part_id("notice-body", KEY))
        return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], className="notice-page", **{"data-form-page": KEY, "data-user": str(viewer.id)})
    with read_session() as session:
        return html.Div(_list(session, viewer, path, {"q": q, "state": state}, page, size, now), className="notice-page")


def _list(session: Session, viewer: Viewer, path: str, query: Mapping[str, str], page: str, size: str, now: datetime) -> list[Component]:
    number, rows_a_page = paging(page, size)
    mine = visible(NoticeReceipt, viewer).join(Notice, Notice.id == NoticeReceipt.notice_id)
    if query["q"].strip():
        mine = mine.where(Notice.title.icontains(query["q"].strip()[:100], autoescape=True))
    if query["state"] in ("open", "done"):
        mine = mine.where(notices.open_now() if query["state"] == "open" else ~notices.open_now())
    total = count(session, mine, NoticeReceipt)
    number = min(number, max(1, -(-total // rows_a_page)))
    ordered = mine.order_by(Notice.sent_at.desc(), NoticeReceipt.id.desc()).offset((number - 1) * rows_a_page).limit(rows_a_page)
    rows = session.scalars(ordered).unique().all()
    columns = [
        Column("标题", lambda one: _title(one, path)),
        Column("状态", lambda one: standing(one, now), width="110px"),
        Column("发布单位", lambda one: one.notice.department.name if one.notice.department else "", width="180px"),
        Column("回复截止", lambda one: one.notice.answer_by.isoformat() if one.notice.answer_by else "", width="110px"),
        Column("发布时间", lambda one: moment_words(one.notice.sent_at, now), width="130px"),
    ]
    conditions = [Condition("q", "标题", "通知标题"), Condition("state", "状态", choices=STATES)]
    found = table(columns, rows) if rows else empty("没有通知", "发给您的通知列在这里。")
    return [search_row(path, conditions, query), panel("收到的通知", [found, pager(path, query, total=total, number=number, size=rows_a_page)], className="flush")]


def _title(one: NoticeReceipt, path: str) -> Component:
    marks = [tag("紧急", "danger")] if one.notice.is_urgent else []
    return html.Span([*marks, dcc.Link(one.notice.title, href=address(path, open=one.id), className="unread" if one.read_at is None else "")], className="row-line")


def _shown(viewer: Viewer, identity: int, path: str, mistake: str = "", typed: str = "") -> list[Component]:
    now = datetime.now(UTC)
    with read_session() as session:
        receipt = notices.received(session, viewer, identity)
        one = receipt.notice
        line = [one.department.name if one.department else "", f"发布人 {one.sent_by.name}" if one.sent_by else "", moment_words(one.sent_at or now, now)]
        files = [
            html.Li([icon("paperclip"), html.A(each.name, href=f"/notices/received/{receipt.id}/files/{each.id}", **{"data-plain": "1"}), html.Span(size_words(each.size), className="cap")])
            for each in attachments_of(session, one)["paper"]
        ]
        marks = [tag("紧急", "danger") if one.is_urgent else None, standing(receipt, now)]
        back = dcc.Link([icon("arrow-left"), "返回列表"], href=path, className="button")
        parts = [
            html.P(" · ".join(word for word in line if word), className="cap"),
            html.Div(one.body, className="notice-body"),
            html.Ul(files, className="notice-files") if files else None,
            _answer(receipt, now, mistake, typed),
        ]
        return [panel(one.title, parts, actions=[*marks, back], className="notice-shown")]


def _answer(receipt: NoticeReceipt, now: datetime, mistake: str, typed: str) -> Component | None:
    one = receipt.notice
    if not one.wants_answer:
        return None
    if receipt.answered_at is not None:
        who = f"{receipt.answered_by.name if receipt.answered_by else ''} {moment_words(receipt.answered_at, now)} 回复"
        return html.Div([html.B("回复"), html.Div(receipt.answer, className="notice-body"), html.P(who, className="cap")], className="notice-reply")
    words = f"请于 {one.answer_by:%Y-%m-%d} 前回复。" if one.answer_by else "请回复。"
    told = notice(f"{words}已超期。", "danger") if notices.is_late(receipt, now) else notice(words)
    text = html.Div(dcc.Textarea(id="field-answer", name="answer", value=typed, className="input", rows=4, maxLength=notices.MOST_ANSWER))
    below = html.Div([icon("exclamation-circle-fill"), mistake], className="mistake") if mistake else None
    send = html.Button("提交回复", type="submit", className="button primary")
    label = html.Label("回复内容", htmlFor="field-answer", className="must")
    marks = {"data-record-form": KEY, "data-id": str(receipt.id), "data-do": "answer", "data-version": "0"}
    return html.Form([told, label, text, below, html.Div([send, html.Span("提交后不能修改。", className="cap")], className="row-line")], className="notice-reply", noValidate=True, **marks)


def _identity(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise NotFound("没有找到这条通知。")
    return int(text)


def _path(viewer: Viewer) -> str:
    return notices.OWN_INBOX if viewer.is_enterprise else notices.INBOX


def register(app: Dash) -> None:
    """Register what answers the form, and the address of the files of a notice for those to whom it was sent."""

    @guarded(app, Output(part_id("notice-body", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission="", prevent_initial_call=True)
    def answered(viewer: Viewer, data: Any) -> list[Component]:
        if not isinstance(data, Mapping) or data.get("do") != "answer" or not isinstance(data.get("values"), Mapping):
            raise Invalid("提交的内容不完整，请刷新页面。")
        identity = _identity(str(data.get("id") or ""))
        typed, mistake = str(data["values"].get("answer") or ""), ""
        try:
            with write_session() as session:
                notices.answer(session, viewer, notices.received(session, viewer, identity), typed, datetime.now(UTC))
            say("success", "已提交回复。")
        except Invalid as error:
            mistake = error.fields.get("answer", str(error))
        return _shown(viewer, identity, _path(viewer), mistake, typed)

    @app.server.get("/notices/received/<int:identity>/files/<int:attachment_id>")
    def notice_file(identity: int, attachment_id: int) -> Response:
        with read_session() as session:
            receipt = notices.received(session, current_viewer(), _identity(str(identity)))
            found = next((one for one in attachments_of(session, receipt.notice)["paper"] if one.id == attachment_id), None)
            if found is None:
                raise NotFound("没有找到这个附件，它可能已删除。")
            path = path_of(found)
        response = send_file(path, found.content_type, as_attachment=True, download_name=found.name, max_age=0)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def open_notices(session: Session, viewer: Viewer, most: int = 5) -> list[NoticeReceipt]:
    """The newest notices that wait for the viewer, for a home page."""
    mine = visible(NoticeReceipt, viewer).join(Notice, Notice.id == NoticeReceipt.notice_id).where(notices.open_now())
    return list(session.scalars(mine.order_by(Notice.is_urgent.desc(), Notice.sent_at.desc()).limit(most)).unique())


def _layout(path: str) -> Any:
    def layout(viewer: Viewer, open: str = "", q: str = "", state: str = "", page: str = "", size: str = "") -> Component:
        return _page(viewer, path, open, q, state, page, size)

    return layout


PAGES = [
    Page(notices.INBOX, "收到的通知", _layout(notices.INBOX), permission=notices.VIEW, module="行政办公", group="通知公告", register=register),
    Page(notices.OWN_INBOX, "通知公告", _layout(notices.OWN_INBOX), permission=notices.OWN, icon="megaphone", short="通知", side="enterprise", register=register),
]
