"""What stands where there is nothing to show: empty, too narrow, not allowed, failed, loading."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon


def blank(mark: str, title: str, text: Any = "", *, tone: str = "", actions: Any = None) -> Component:
    """A calm sign in the middle of a panel: what is the matter, why, and the way out."""
    return html.Div(
        [
            html.Div(icon(mark), className=f"blank-mark {tone}".strip()),
            html.B(title),
            html.P(text) if text else None,
            html.Div(actions, className="row-line") if actions else None,
        ],
        className="blank",
    )


def empty(title: str, text: str = "", actions: Any = None) -> Component:
    """There are no such records yet."""
    return blank("inbox", title, text, actions=actions)


def too_narrow(conditions: str, href: str) -> Component:
    """Records exist, but none meets the conditions; offers to clear them."""
    return blank(
        "funnel",
        "没有符合条件的记录",
        f"当前条件：{conditions}" if conditions else "",
        tone="blue",
        actions=dcc.Link("清空条件", href=href, className="button pale"),
    )


def refused(text: str, scope: str = "") -> Component:
    """The viewer may not see this: names the right that is missing, the viewer's scope and whom to ask."""
    limits = f"您的数据范围：{scope}。" if scope else ""
    return blank(
        "shield-lock",
        "您没有查看此页面的权限",
        [text, html.Br() if limits else None, limits],
        tone="orange",
        actions=dcc.Link("返回首页", href="/", className="button"),
    )


def missing(path: str) -> Component:
    """No page answers to this address."""
    return blank(
        "signpost-split",
        "没有找到这个页面",
        [html.Span(path, className="mono"), " 不存在，或记录已删除、不在您的数据范围内。"],
        actions=dcc.Link("返回首页", href="/", className="button primary"),
    )


def absent(text: str) -> Component:
    """A page exists, the record it is to show does not (or not for this viewer)."""
    return blank("signpost-split", "没有找到这条记录", text, actions=dcc.Link("返回首页", href="/", className="button"))


def failed(number: str, at: str, text: str = "页面暂时打不开") -> Component:
    """Something went wrong; the number stands in the log."""
    return blank(
        "exclamation-octagon",
        text,
        [at, " · 错误编号 ", html.Span(number, className="mono")],
        tone="red",
        actions=[
            html.Button("重试", className="button", **{"data-reload": "1"}),
            html.Button("复制编号", className="button text", **{"data-copy": number}),
        ],
    )


def unreachable() -> Component:
    """The database does not answer; it comes back by itself."""
    again = html.Button("重试", className="button primary", **{"data-reload": "1"})
    return blank(
        "database-exclamation", "数据库暂时连不上", "系统正在自动恢复，一般不超过一分钟。", tone="orange", actions=again
    )


def skeleton(rows: int = 4) -> Component:
    """Grey bars in the shape of rows; CSS shows them after 300 ms only."""
    return html.Div(
        [html.Div([html.I(className="skel") for _ in range(5)]) for _ in range(rows)],
        className="skeleton",
        **{"aria-busy": "true"},
    )
