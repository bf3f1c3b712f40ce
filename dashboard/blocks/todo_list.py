"""Boxes of to-dos: their tabs, their rows on a desk and as cards on a phone, and how a deadline stands in words and colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, Content, icon, notice, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.moments import moment_words
from dashboard.site import address
from data.choices import Choice
from data.query import COUNT_CAP
from data.viewer import Viewer
from data.workflow.entries import Entry, box_counts, entries
from data.workflow.todos import BOXES, counts

PATH = "/todos"
AT_HOME = 8
STEP = "当前步骤"
MARKS = {"danger": "exclamation-triangle-fill", "warn": "clock-fill", "ok": "check-circle-fill", "stale": "check2-circle"}
# Why a box is empty, and what would fill it.
NOTHING = {
    "todo": ("没有待办事项", "轮到您办理或请您会签的事项会出现在这里，并在页面顶部计数。"),
    "done": ("您还没有办理过事项", "您办理、退回或会签过的事项会出现在这里，可随时查看走到了哪一步。"),
    "started": ("您还没有发起过流程", "您上报、登记或提交的事项会出现在这里，可随时查看走到了哪一步。"),
    "copied": ("没有抄送给您的事项", "别人抄送给您、供您知悉的事项会出现在这里，不需要您办理。"),
}


def deadline_mark(left: Choice | None, title: str = "") -> Component:
    """超期 3 天, 剩 8 天: shape, word and colour; a dash where there is no deadline."""
    if left is None:
        return html.Span(NO_VALUE, className="muted", title="没有办理期限")
    return html.Span([icon(MARKS[left.tone]), left.word], className=f"todo-left {left.tone}", title=title or None)


def tabs(box: str, numbers: Mapping[str, int], *, end: Content = None) -> Component:
    """The four boxes with how many are in each."""
    links = [
        dcc.Link([one.word, html.Small(f"{numbers[one.code]:,}" if numbers[one.code] <= COUNT_CAP else f"{COUNT_CAP:,}+")], href=address(PATH, box=_code(one.code)), className="on" if one.code == box else "")
        for one in BOXES
    ]
    return html.Nav([*links, html.Span(end, className="end") if end else None], className="todo-tabs", **{"aria-label": "事项"})


def _code(box: str) -> str:
    return "" if box == BOXES[0].code else box


def nothing(box: str) -> Component:
    """Why the box is empty."""
    return empty(*NOTHING[box])


def todo_panel(session: Session, viewer: Viewer, now: datetime, waiting: Mapping[str, int] | None = None) -> Component:
    """The first to-dos by what is due first, and the way to all: what a home shows."""
    found = entries(session, viewer, "todo", now, size=AT_HOME)
    head = tabs("todo", box_counts(session, viewer), end=[*urgency(waiting or counts(session, viewer, now)), dcc.Link("全部待办", href=PATH)])
    return html.Section([head, rows(found.rows, "todo", now, is_short=True) if found.rows else nothing("todo")], className="panel todo-list home-todos")


def rows(found: Sequence[Entry], box: str, now: datetime, *, is_short: bool = False) -> Component:
    """The entries as a table, and as cards where the screen is narrow. A short table leaves the step out."""
    columns = [one for one in _columns(box, now) if not (is_short and one.title == STEP)]
    return html.Div([table(columns, found), html.Div([_card(one, now) for one in found], className="todo-cards")], className="todo-rows")


def urgency(waiting: Mapping[str, int]) -> list[Component]:
    """How many are over and how many are due today, in words; nothing while there are none."""
    return [
        *([html.Span(f"超期 {waiting['overdue']:,}", className="todo-left danger")] if waiting["overdue"] else []),
        *([html.Span(f"今天到期 {waiting['today']:,}", className="todo-left warn")] if waiting["today"] else []),
    ]


def urgency_note(waiting: Mapping[str, int]) -> Component | None:
    """The same as a line above the cards of a phone."""
    words = [f"{waiting['overdue']:,} 件已超期" if waiting["overdue"] else "", f"{waiting['today']:,} 件今天到期" if waiting["today"] else ""]
    text = "，".join(one for one in words if one)
    return html.Div(notice(text, "danger" if waiting["overdue"] else "warn"), className="only-phone") if text else None


def _columns(box: str, now: datetime) -> list[Column]:
    from_whom, since = ("抄送人", "抄送时间") if box == "copied" else ("送办人", "到达时间")
    return [
        Column("办理期限", lambda one: deadline_mark(one.left, f"{one.due_on:%Y-%m-%d}" if one.due_on else ""), width="116px"),
        Column("事项", lambda one: what(one)),
        Column("流程", lambda one: tag(one.flow, outline=True), width="150px"),
        Column(STEP, lambda one: step_words(one, box)),
        Column("企业", lambda one: one.enterprise),
        Column(from_whom, lambda one: one.sender, width="110px"),
        Column(since, lambda one: moment_words(one.at, now), width="110px"),
    ]


def what(entry: Entry) -> Component:
    """The case as the way to where it is worked on, with what is special about it."""
    name = dcc.Link(entry.title, href=entry.href, title=entry.title) if entry.href else html.Span(entry.title, title="原记录已删除，或不在您的数据范围内")
    return html.Span([name, *_signs(entry)], className="todo-what unread" if entry.is_unread else "todo-what")


def _signs(entry: Entry) -> list[Component]:
    return [
        *([tag("会签", "primary")] if entry.is_sign else []),
        *([tag("催办", "warn")] if entry.is_urged else []),
        *([tag("未读", "primary")] if entry.is_unread else []),
    ]


def step_words(entry: Entry, box: str) -> Content:
    """Where it stands; in the boxes of others also who must act now."""
    if box == "todo" or not entry.waits_for:
        return entry.step
    return [entry.step, html.Span(f" · {entry.waits_for}", className="muted")]


def _card(entry: Entry, now: datetime) -> Component:
    first = html.Span([tag(entry.flow, outline=True), deadline_mark(entry.left) if entry.left else None, *_signs(entry)], className="first")
    who = " · ".join(one for one in (entry.step, entry.enterprise, entry.sender) if one)
    body = [first, html.Span(moment_words(entry.at, now), className="at"), html.B(entry.title), html.Span(who, className="who"), icon("chevron-right") if entry.href else None]
    look = " ".join(("todo-card", entry.left.tone if entry.left else "", "unread" if entry.is_unread else "")).strip()
    return dcc.Link(body, href=entry.href, className=look) if entry.href else html.Div(body, className=look)
