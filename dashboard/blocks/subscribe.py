"""The button 订阅: opens the small dialog of assets/28-subscriptions.js. Shown to whoever may subscribe; the server checks again."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon
from data.subscriptions.keeping import may_subscribe
from data.viewer import Viewer


def subscribe_square(viewer: Viewer, kind: str, key: str, href: str = "", *, schedule: str = "", name: str = "订阅", small: bool = False) -> Component | None:
    """A square with a bell; ``href`` is the address whose conditions are meant, without one that of the page as it is then. ``schedule``
    is the one that the dialog offers first."""
    if not may_subscribe(viewer):
        return None
    return html.Button(icon("bell"), type="button", className=f"button square{' small' if small else ''}", title=name, **{"aria-label": name, **_marks(kind, key, href, schedule)})


def subscribe_board(viewer: Viewer, key: str) -> Component | None:
    """The button with which all figures of a board are subscribed to, told as often as the board counts."""
    if not may_subscribe(viewer):
        return None
    return html.Button([icon("bell"), " 订阅此看板"], type="button", className="button small", title="按周期推送看板全部指标和变化", **_marks("board", key, "?", key))


def subscribe_corner(viewer: Viewer, kind: str, key: str, card: Component, *, schedule: str = "") -> Component:
    """The card of a figure with a bell in its corner."""
    if not may_subscribe(viewer):
        return card
    bell = html.Button(icon("bell"), type="button", className="subscribe-corner", title="订阅", **{"aria-label": "订阅", **_marks(kind, key, "?", schedule)})
    return html.Div([card, bell], className="with-corner")


def _marks(kind: str, key: str, href: str, schedule: str = "") -> dict[str, str]:
    marks = {"data-subscribe": kind, "data-subscribe-key": key}
    marks |= {"data-subscribe-search": href.partition("?")[2]} if href else {}
    return marks | ({"data-subscribe-schedule": schedule} if schedule else {})
