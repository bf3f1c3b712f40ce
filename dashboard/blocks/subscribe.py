"""The button 订阅: opens the small dialog of assets/28-subscriptions.js. Shown to whoever may subscribe; the server checks again."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon
from data.subscriptions.keeping import may_subscribe
from data.viewer import Viewer


def subscribe_square(viewer: Viewer, kind: str, key: str, href: str = "") -> Component | None:
    """A square with a bell; ``href`` is the address whose conditions are meant, without one that of the page as it is then."""
    if not may_subscribe(viewer):
        return None
    return html.Button(icon("bell"), type="button", className="button square", title="订阅", **{"aria-label": "订阅", **_marks(kind, key, href)})


def subscribe_corner(viewer: Viewer, kind: str, key: str, card: Component) -> Component:
    """The card of a figure with a bell in its corner."""
    if not may_subscribe(viewer):
        return card
    bell = html.Button(icon("bell"), type="button", className="subscribe-corner", title="订阅", **{"aria-label": "订阅", **_marks(kind, key, "?")})
    return html.Div([card, bell], className="with-corner")


def _marks(kind: str, key: str, href: str) -> dict[str, str]:
    search = href.partition("?")[2] if href else ""
    return {"data-subscribe": kind, "data-subscribe-key": key, **({"data-subscribe-search": search} if href else {})}
