"""查岗统计: how often each person was asked, how many answers came in time and how fast; every number opens its rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import NO_VALUE, figure_card, panel
from dashboard.blocks.figures import link
from dashboard.blocks.module_home import named
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, Condition, search_row, table
from dashboard.site import Page, address
from data import duty_calls, duty_plans
from data.calendar import park_day
from data.choices.duty import CALL_KINDS
from data.db import read_session
from data.duty_calls import Answering
from data.models import User
from data.viewer import Viewer
from pages.duty.calls import seconds
from pages.duty.plan import GROUP, MODULE

PATH = "/duty-calls/statistics"
USUAL = timedelta(days=29)


def layout(viewer: Viewer, first: str = "", last: str = "", kind: str = "") -> Component:
    """The last thirty days, or those that the address names."""
    today = park_day(datetime.now(UTC))
    until = _day(last, today)
    since = min(_day(first, until - USUAL), until)
    kind = kind if kind in {one.code for one in CALL_KINDS} else ""
    with read_session() as session:
        together, people = duty_calls.answering(session, viewer, since, until, kind)
    span = {"asked_at_from": since.isoformat(), "asked_at_to": until.isoformat(), "kind": kind}
    conditions = [Condition("first", "从", kind="date"), Condition("last", "到", kind="date"), Condition("kind", "方式", choices=CALL_KINDS)]
    values = {"first": since.isoformat(), "last": until.isoformat(), "kind": kind}
    rows = table(_columns(span), people) if people else empty("这段时间没有查岗", "换一段日期，或由领导在“查岗记录”中发起。")
    body = panel("各人应答情况", rows, note=f"{since.isoformat()} 至 {until.isoformat()}", className="flush")
    return html.Div([search_row(PATH, conditions, values), _cards(together, span), body], className="notice-page")


def _day(text: str, usual: date) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else usual
    except ValueError:
        return usual
    return found if date(2000, 1, 1) <= found <= date(2099, 12, 1) else usual


def _cards(found: Answering, span: Mapping[str, str]) -> Component:
    rate = None if found.rate is None else f"{found.rate:.1f}"
    return html.Div(
        [
            figure_card("查岗", found.asked, "次", href=_rows(span) if found.asked else ""),
            figure_card(named("应答率", "已应答 ÷（已应答 + 未应答），待应答的不计。"), rate, "%"),
            figure_card(named("用时中位数", "一半的应答不慢于此；从发起到点“在岗”，由服务器计。"), seconds(found.median_s) or None),
            figure_card("未应答", found.missed, "次", href=_rows(span, state="missed") if found.missed else "", tone="red" if found.missed else ""),
        ],
        className="kpis",
    )


def _columns(span: Mapping[str, str]) -> list[Column]:
    def number(state: str, of: Any) -> Any:
        def shown(row: tuple[User, Answering]) -> Component:
            value = of(row[1])
            return link(f"{value:,}", _rows(span, user_id=str(row[0].id), state=state) if value else "")

        return shown

    return [
        Column("被查人", lambda row: f"{row[0].name}（{row[0].enterprise.short_name}）" if row[0].enterprise is not None else row[0].name),
        Column("查岗 / 次", number("", lambda one: one.asked), is_number=True, width="110px"),
        Column("已应答 / 次", number("answered", lambda one: one.answered), is_number=True, width="110px"),
        Column("未应答 / 次", number("missed", lambda one: one.missed), is_number=True, width="110px"),
        Column("应答率", lambda row: NO_VALUE if row[1].rate is None else f"{row[1].rate:.1f} %", is_number=True, width="110px"),
        Column("用时中位数", lambda row: seconds(row[1].median_s) or NO_VALUE, is_number=True, width="130px"),
    ]


def _rows(span: Mapping[str, str], **more: str) -> str:
    return address(duty_calls.PATH, **{**span, **more})


PAGE = Page(PATH, "查岗统计", layout, duty_plans.VIEW, module=MODULE, group=GROUP)
