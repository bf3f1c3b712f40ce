"""How an identification is drawn: S, R and level, what each substance adds, and the working line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import figure_card, section, tag
from dashboard.blocks.tables import Column, table
from data.choices import word
from data.choices.risks import HAZARD_LEVELS
from data.rules.gb18218_tables import TO_VERIFY

SHARES = (
    Column("危险化学品", lambda one: one["name"]),
    Column("设计最大量 q（t）", lambda one: one["quantity"], True),
    Column("临界量 Q（t）", lambda one: one["critical"], True),
    Column("q/Q", lambda one: one["ratio"], True),
    Column("β", lambda one: one["beta"], True),
)


def outcome(result: Mapping[str, Any], level: int | None, people: int, standard: str) -> list[Component]:
    """The whole of a snapshot's ``result``; one that holds nothing says so."""
    if "S" not in result:
        return [html.P("没有计算过程。", className="cap")]
    words = word(HAZARD_LEVELS, level) if level else "不构成"
    cards = [
        figure_card("S", _short(result["S"]), note="Σ q/Q，不小于 1 即构成"),
        figure_card("R", _short(result["R"]) if result["R"] is not None else None, note=f"α = {result['alpha']}，厂外 500 m 内 {people:,} 人"),
        figure_card("级别", words, note="按设计最大量，为法定结果" if level else "S < 1，不分级"),
    ]
    lines = [_line(one) for one in result["working"]]
    return [
        html.Div(cards, className="kpis hazard-figures"),
        section("各物质"),
        table(SHARES, result["shares"]),
        section("计算过程"),
        html.Ol(lines, className="hazard-working"),
        html.P(f"依据：{standard}", className="cap"),
    ]


def _line(one: Mapping[str, Any]) -> Component:
    mark = tag(TO_VERIFY, "warn") if one.get("to_verify") else None
    return html.Li([html.Span(one["text"]), mark, html.Small(one["source"], className="cap")])


def _short(text: str) -> str:
    """At most four places in a figure; the working has all of them."""
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest[:4]}…" if len(rest) > 4 else text
