"""The strip of a case: the straight way as steps, each with who, when and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon
from dashboard.moments import full_words, moment_words, zone
from data.workflow.picture import Mark


def strip(marks: Sequence[Mark], now: datetime) -> Component:
    """The steps in a row; the current one says for whom it waits, how long, and until when."""
    return html.Ol([_step(number, one, now) for number, one in enumerate(marks, 1)], className="flow-strip", **{"aria-label": "办理步骤"})


def _step(number: int, mark: Mark, now: datetime) -> Component:
    is_now = mark.standing in ("current", "returned")
    sign = icon("check-lg") if mark.standing == "done" else icon("arrow-return-left") if mark.standing == "returned" else str(number)
    lines = [html.B(mark.label), html.Span(f"{mark.who}（待办）" if is_now and mark.who else mark.who)]
    if is_now and mark.at:
        lines.append(html.Span(f"{'退回，' if mark.standing == 'returned' else ''}已停留 {waited_words((now - mark.at).total_seconds())}"))
        lines += [html.Span(until_words(mark.due_at, now), className="late" if mark.due_at <= now else "", title=full_words(mark.due_at))] if mark.due_at else []
    elif mark.at:
        lines.append(html.Span(moment_words(mark.at, now), title=full_words(mark.at)))
        lines += [html.Span(mark.opinion, className="said", title=mark.opinion)] if mark.opinion else []
    current = {"aria-current": "step"} if is_now else {}
    return html.Li([html.I(sign), *lines], className=mark.standing, **current)


def until_words(due_at: datetime, now: datetime) -> str:
    """限 11-25 前办理: the last day, that day included; once it is over 已超期."""
    last = (due_at - timedelta(seconds=1)).astimezone(zone())
    return f"已超期 {waited_words((now - due_at).total_seconds())}" if due_at <= now else f"限 {last:%m-%d} 前办理"


def waited_words(seconds: float) -> str:
    """3 天 2 小时, 5 小时, 12 分钟: how long something has been waiting."""
    minutes = max(0, int(seconds // 60))
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days:,} 天 {hours} 小时" if hours else f"{days:,} 天"
    return f"{hours} 小时" if hours else f"{minutes} 分钟"
