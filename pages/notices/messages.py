"""消息中心: what the platform told the viewer, and what interrupts the screen until it is confirmed (assets/28-notices.js)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from flask import Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from auth.session import current_viewer
from dashboard.blocks.basic import panel, state_tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, Condition, pager, paging, search_row, table
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import Page
from data import messages, notices
from data.choices import Choice
from data.choices.system import MESSAGE_KINDS
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound
from data.models import Message
from data.query import Question, get, page
from data.viewer import Viewer

KEY = "messages"
PATH = "/messages"
UNREAD = (Choice("1", "未读"),)


def layout(viewer: Viewer, q: str = "", kind: str = "", unread: str = "", page: str = "", size: str = "") -> Component:
    """The viewer's messages, the newest first."""
    query = {"q": q, "kind": kind, "unread": unread}
    body = html.Div(_list(viewer, query, page, size), id=part_id("message-body", KEY))
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], className="notice-page", **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _list(viewer: Viewer, query: Mapping[str, str], number: str, size: str) -> list[Component]:
    now = datetime.now(UTC)
    at, rows_a_page = paging(number, size)
    filters: dict[str, Any] = {"kind": query["kind"] if query["kind"] in {one.code for one in MESSAGE_KINDS} else ""}
    if query["unread"] == "1":
        filters["read_at"] = {"empty": True}
    question = Question(keyword=query["q"][:100], filters=filters, sort=(("id", True),))
    with read_session() as session:
        found = page(session, Message, viewer, question, number=at, size=rows_a_page)
        waiting = messages.unread(session, viewer)
    columns = [
        Column("种类", lambda one: state_tag(MESSAGE_KINDS, one.kind), width="100px"),
        Column("标题", _title),
        Column("内容", lambda one: html.Span((one.body or "")[:120], className="muted"), width="36%"),
        Column("时间", lambda one: moment_words(one.created_at, now), width="130px"),
    ]
    conditions = [Condition("q", "标题", "消息标题"), Condition("kind", "种类", choices=MESSAGE_KINDS), Condition("unread", "状态", choices=UNREAD)]
    marks = {"data-record-form": KEY, "data-id": "", "data-do": "read_all", "data-version": "0"}
    read_all = html.Form(html.Button("全部标为已读", type="submit", className="button", disabled=not waiting), noValidate=True, **marks)
    rows = table(columns, found.rows) if found.rows else empty("没有消息", "提醒、催办和通知列在这里。")
    foot = pager(PATH, query, total=found.total, number=found.number, size=rows_a_page, is_capped=found.is_capped)
    return [search_row(PATH, conditions, query), panel("消息", [rows, foot], note=f"未读 {waiting:,} 条", actions=read_all, className="flush")]


def _title(one: Message) -> Component:
    return html.A(one.title, href=f"{PATH}/{one.id}/open", className="unread" if one.read_at is None else "", **{"data-plain": "1"})


def register(app: Dash) -> None:
    """Register 全部标为已读, and the addresses that the browser asks for what is urgent."""

    @guarded(app, Output(part_id("message-body", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission="", prevent_initial_call=True)
    def read_all(viewer: Viewer, data: Any) -> list[Component]:
        if not isinstance(data, Mapping) or data.get("do") != "read_all":
            raise Invalid("没有这个操作，请刷新页面。")
        with write_session() as session:
            number = messages.mark_read(session, viewer, None, datetime.now(UTC))
        say("success", f"已将 {number:,} 条消息标为已读。")
        return _list(viewer, {"q": "", "kind": "", "unread": ""}, "", "")

    @app.server.get("/messages/urgent")
    def urgent() -> Response:
        now = datetime.now(UTC)
        with read_session() as session:
            rows = messages.urgent(session, current_viewer())
            return jsonify([_shown(one, now) for one in rows])

    @app.server.post("/messages/<int:identity>/confirm")
    def confirm(identity: int) -> Response:
        with write_session() as session:
            notices.confirm(session, current_viewer(), _small(identity), datetime.now(UTC))
        return jsonify(done=True)

    @app.server.get("/messages/<int:identity>/open")
    def open_message(identity: int) -> AnyResponse:
        with write_session() as session:
            message = get(session, Message, _small(identity), current_viewer())
            messages.mark_read(session, current_viewer(), [message.id], datetime.now(UTC))
            target = message.href or PATH
        return redirect(target if target.startswith("/") and not target.startswith("//") else PATH)


def _shown(one: Message, now: datetime) -> dict[str, Any]:
    """What the browser shows of it; 查岗 has a head and a button of its own."""
    is_call = (one.once or "").startswith(messages.OF_CALL)
    words = {"head": "查岗", "button": "在岗"} if is_call else {"head": "紧急通知", "button": "已收到"}
    return {"id": one.id, "title": one.title, "body": one.body or "", "href": one.href or "", "at": moment_words(one.created_at, now), **words}


def _small(identity: int) -> int:
    if identity >= 2**63:
        raise NotFound("没有找到这条消息，它可能已清除。")
    return identity


PAGES = [Page(PATH, "消息中心", layout, permission="", module="行政办公", group="消息", icon="bell", short="消息", side="both", register=register)]
