"""Boxes to tick in groups, for a value that is a list of codes."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from dash import html
from dash.development.base_component import Component

from data.choices import Choice


def checks(name: str, groups: Iterable[tuple[str, Iterable[Choice]]], ticked: Iterable[str]) -> Component:
    """The boxes; the form sends the ticked codes joined by commas. ``groups`` are (title, choices)."""
    chosen = set(ticked)
    drawn = [{"title": title, "items": [[one.code, one.word, one.code in chosen] for one in choices]} for title, choices in groups]
    return html.Div(className="checks", **{"data-checks": orjson.dumps({"name": name, "groups": drawn}).decode()})
