"""待办事项: what waits for a person, what they did, began, and were told of. 个人首页: the same at a glance, and their ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import panel
from dashboard.blocks.figures import day_words
from dashboard.blocks.state import empty, too_narrow
from dashboard.blocks.tables import Condition, pager, paging, search_row
from dashboard.blocks.todo_list import PATH, nothing, rows, tabs, todo_panel, urgency, urgency_note
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.site import HOME, Page, address
from data.choices import Choice, word
from data.choices.system import SCOPES
from data.db import read_session
from data.messages import unread
from data.models import LoginEvent, Message
from data.query import visible
from data.standing import last_sign_in
from data.values import storable
from data.viewer import Viewer
from data.workflow.entries import box_counts, entries, known_flow
from data.workflow.registry import workflow, workflows
from data.workflow.todos import BOXES, counts
from pages.hazards.dues import due_panel
from pages.home import local, part_of_day, shortcuts, today_words
from pages.notices.messages import PATH as MESSAGES
from pages.subscriptions import home_panel
from pages.subscriptions import register as register_subscriptions

LIST, HOME_LIST, OWN_LIST = "todos", "my", "own"
MY = "/my"
MOST_DUES = 3  # things of installations that run out, above the list
AT_HOME = 6  # messages on the personal home
LONGEST = 100


def layout(viewer: Viewer, box: str = "", q: str = "", workflow: str = "", page: str = "1", size: str = "") -> Component:
    """The box that the address names, page by page."""
    query = {"box": box, "q": q[:LONGEST], "workflow": workflow, "page": page, "size": size}
    with read_session() as session:
        body = _box(session, viewer, query, datetime.now(UTC))
    return html.Div([dcc.Store(id=part_id("todo-news", LIST)), html.Div(body, id=part_id("todo-body", LIST), className="todo-page fill")], className="fill", **{"data-todo-list": LIST})


def _box(session: Session, viewer: Viewer, query: Mapping[str, str], now: datetime) -> list[Component | None]:
    box = query["box"] if query["box"] in {one.code for one in BOXES} else BOXES[0].code
    number, size = paging(query["page"], query["size"])
    keyword, flow = str(storable(query["q"])).strip(), known_flow(query["workflow"])
    found = entries(session, viewer, box, now, keyword=keyword, flow=flow, number=number, size=size)
    waiting = counts(session, viewer, now)
    kept = {"box": "" if box == BOXES[0].code else box}
    conditions = (Condition("q", "关键词", "事项、企业名称"), Condition("workflow", "流程", choices=[Choice(one.key, one.title) for one in workflows().values()]))
    asked = {"q": keyword, "workflow": flow}
    shown: list[Any]
    if found.rows:
        shown = [rows(found.rows, box, now), pager(PATH, {**kept, **asked}, total=found.total, number=found.number, size=size, is_capped=found.is_capped)]
    elif keyword or flow:
        shown = [too_narrow(_conditions(keyword, flow), address(PATH, **kept))]
    else:
        shown = [nothing(box)]
    head = tabs(box, box_counts(session, viewer), end=urgency(waiting) if box == "todo" else None)
    dues = due_panel(session, viewer, now, most=MOST_DUES) if box == "todo" and not keyword and not flow else []
    search = search_row(PATH, conditions, asked, kept={name: value for name, value in kept.items() if value})
    return [search, *dues, html.Section([head, urgency_note(waiting) if box == "todo" else None, *shown], className="panel fill todo-list")]


def _conditions(keyword: str, flow: str) -> str:
    return "，".join(one for one in (f"关键词“{keyword}”" if keyword else "", f"流程“{workflow(flow).title}”" if flow else "") if one)


def my_page(viewer: Viewer) -> Component:
    """The personal home of somebody of an authority."""
    now = datetime.now(UTC)
    with read_session() as session:
        before = last_sign_in(session, viewer)
        body = _mine(session, viewer, now, before)
        told = _messages(session, viewer, now)
        subscribed = home_panel(session, viewer)
    left = [dcc.Store(id=part_id("todo-news", HOME_LIST)), html.Div(body, id=part_id("todo-body", HOME_LIST), className="home-main"), subscribed]
    return html.Div([html.Div(left, className="home-main"), html.Div([shortcuts(viewer), told], className="home-rail")], className="home my-home", **{"data-todo-list": HOME_LIST})


def _mine(session: Session, viewer: Viewer, now: datetime, before: LoginEvent | None) -> list[Component]:
    waiting = counts(session, viewer, now)
    figures = {**waiting, "messages": unread(session, viewer)}
    return [_greeting(viewer, now, before, figures), todo_panel(session, viewer, now, waiting), *due_panel(session, viewer, now)]


def _greeting(viewer: Viewer, now: datetime, before: LoginEvent | None, waiting: Mapping[str, int]) -> Component:
    name = viewer.name or viewer.username
    last = f"上次登录 {local(before.at):%m-%d %H:%M}（{before.address}）" if before else "首次登录"
    line = " · ".join(("数据范围：" + word(SCOPES, viewer.scope), today_words(now), last))
    words = html.Div([html.H3(f"{part_of_day(local(now).hour)}，{name}"), html.P(line, className="cap")], className="grow")
    ways = {"todo": ("待办", PATH), "overdue": ("超期", PATH), "copied": ("抄送未读", address(PATH, box="copied")), "messages": ("消息未读", address(MESSAGES, unread="1"))}
    shown = [dcc.Link([html.B(f"{waiting[key]:,}"), label], href=href, className="bad" if key == "overdue" and waiting[key] else "") for key, (label, href) in ways.items()]
    return html.Section([html.Span(name[:1], className="avatar big"), words, html.Div(shown, className="counts")], className="panel greeting")


def _messages(session: Session, viewer: Viewer, now: datetime) -> Component:
    """The newest notices and reminders that the viewer was sent, and the way to all."""
    newest = session.scalars(visible(Message, viewer).order_by(Message.id.desc()).limit(AT_HOME)).all()
    lines = [
        html.A([html.Span(one.title, className="cut grow"), html.Small(day_words(one.created_at, now), className="muted nowrap")], href=f"{MESSAGES}/{one.id}/open", className="" if one.read_at else "unread", **{"data-plain": "1"})
        for one in newest
    ]
    body = html.Div(lines, className="rows") if lines else empty("没有消息", "通知公告、提醒和催办会出现在这里。")
    return panel("通知与消息", body, actions=dcc.Link("全部", href=MESSAGES), className="flush home-messages")


def register(app: Dash) -> None:
    """Register what draws a list anew when the counts have changed while it is on the screen, and the cards of subscriptions."""
    register_subscriptions(app)

    @guarded(app, Output(part_id("todo-body", LIST), "children"), Input(part_id("todo-news", LIST), "data"), permission="", quiet=True, prevent_initial_call=True)
    def renewed(viewer: Viewer, data: Any) -> list[Component | None]:
        text = data.get("query") if isinstance(data, Mapping) else None
        given = dict(parse_qsl(text.removeprefix("?"))) if isinstance(text, str) else {}
        query = {"box": "", "q": "", "workflow": "", "page": "1", "size": ""} | {name: value[:LONGEST] for name, value in given.items()}
        with read_session() as session:
            return _box(session, viewer, query, datetime.now(UTC))

    @guarded(app, Output(part_id("todo-body", HOME_LIST), "children"), Input(part_id("todo-news", HOME_LIST), "data"), permission="", quiet=True, prevent_initial_call=True)
    def renewed_at_home(viewer: Viewer, data: Any) -> list[Component]:
        now = datetime.now(UTC)
        with read_session() as session:
            return _mine(session, viewer, now, last_sign_in(session, viewer))

    @guarded(app, Output(part_id("todo-body", OWN_LIST), "children"), Input(part_id("todo-news", OWN_LIST), "data"), permission="", quiet=True, prevent_initial_call=True)
    def renewed_at_own_home(viewer: Viewer, data: Any) -> Component:
        now = datetime.now(UTC)
        with read_session() as session:
            return todo_panel(session, viewer, now)


PAGES = [
    Page(MY, "个人首页", my_page, permission="", module=HOME, group="工作台", icon="person-workspace", register=register),
    Page(PATH, "待办事项", layout, permission="", module=HOME, group="工作台", icon="check2-square", register=register, short="待办", side="both"),
]
