"""一企一档 · 可视化首页: how many enterprises, where, of what kind, and what changed lately. Every number opens its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, figure_card, panel
from dashboard.blocks.figures import changes, legend, ranking, ring, share_bar
from dashboard.blocks.module_home import again, last, lines, named, place_select, ranked, register, spot_map, token
from dashboard.blocks.state import empty
from dashboard.moments import moment_words
from dashboard.site import Page, address
from data.changes import latest
from data.db import read_session
from data.map import extent
from data.models import Enterprise
from data.statistics import Group, Result, Statistic, compute, question
from data.statistics import enterprises as declared
from data.statistics.options import chosen, option
from data.statistics.spots import spots
from data.viewer import Viewer

PATH, LIST, STATISTICS = "/enterprises/home", "/enterprises", "/enterprises/statistics"
FIGURES, TYPES, TOWNS, CHANGES = 6, 8, 7, 6


class Figures(NamedTuple):
    """The statistics of the page."""

    types: Result
    scales: Result
    grades: Result
    states: Result
    towns: Result
    completeness: Result
    confirmation: Result
    standard: Result


def layout(viewer: Viewer, **query: str) -> Component:
    """The page for the division that the address names, else for all that the viewer sees; ``map`` is how the map is coloured."""
    now = datetime.now(UTC)
    with read_session() as session:
        places = option(session, viewer, Enterprise, "division_id")
        choices = chosen([places], query)
        found = _figures(session, viewer, choices, now)
        spread = _map_definition(session, viewer, found, choices, query.get("map", ""))
        lately = latest(session, viewer, Enterprise, question(Enterprise, choices), path=LIST, limit=CHANGES)
    head = html.Div([html.Span(f"数据截至 {moment_words(now, now)}"), place_select(PATH, places, choices), again()], className="page-head")
    if found.types.is_empty:
        return html.Div([head, html.Section(empty("还没有企业可统计", "您的数据范围内没有企业档案。"), className="panel")], className="module-home")
    right = [
        panel("按企业规模", ring(lines(found.scales), f"{found.scales.value():,}", "家"), className="tight"),
        panel("按监管等级", ranking(lines(found.grades)), note="家", className="tight ranks-short"),
    ]
    boxes = [
        spot_map(spread, viewer, "企业分布"),
        panel("按企业类型", ranking(ranked(found.types), most=TYPES), actions=_more(found.types, TYPES, "enterprise-type-town", choices), note="家", className="ranks-long"),
        html.Div(right, className="home-stack"),
        panel("最近变更", changes(lately, now) if lately else empty("还没有变更", "企业信息有变更时会出现在这里。"), className="flush"),
        panel("按属地", ranking(ranked(found.towns), most=TOWNS), actions=_more(found.towns, TOWNS, "enterprise-department", choices), note="家"),
        _state(found),
    ]
    return html.Div([head, html.Div(_cards(found), className="kpis"), html.Div(boxes, className="home-boxes")], className="module-home")


def _figures(session: Session, viewer: Viewer, choices: Mapping[str, str], now: datetime) -> Figures:
    first = (declared.OF_TYPES, declared.OF_SCALES, declared.OF_GRADES, declared.OF_STATES, declared.OF_TOWNS)
    wanted: tuple[Statistic, ...] = (*first, declared.OF_COMPLETENESS, declared.OF_CONFIRMATION, declared.OF_STANDARD)
    return Figures(*(compute(session, viewer, one, choices, at=now) for one in wanted))


def _cards(found: Figures) -> list[Component]:
    """Six figures: how many, of them dangerous, how complete their files are, what waits, what is met, what stands still."""
    total = found.types
    used = sum(1 for one in found.towns.groups if found.towns.value(one.key))
    cards = [_card("监管企业", total, "", f"分布在 {used} 个属地", total.statistic.definition)]
    # The largest type of dangerous goods: the top of the tree is one, a park without such a tree has several.
    hazardous = max((one for one in total.groups if "危险" in one.label), key=lambda one: total.value(one.key) or 0, default=None)
    if hazardous:
        cards.append(_card(last(hazardous.label), total, hazardous.key, _share(total, hazardous.key), "主企业类型为此类的企业。"))
    mean = found.completeness.value(measure="completeness_mean")
    low = found.completeness.value("low")
    note = f"70 % 以下 {low:,} 家" if low else "没有低于 70 % 的企业"
    label = named("平均完善度", found.completeness.statistic.definition)
    cards.append(figure_card(label, None if mean is None else f"{mean:.1f}", "%", note=note))
    wanted = (
        (found.confirmation, "pending", "待确认", "档案有变更、等待主管部门确认的企业。"),
        (found.standard, "met", "档案达标", "经确认、档案符合其类型要求的企业。"),
        (found.states, "stopped", "停产", "生产状态为停产的企业。"),
        (found.states, "ordered_stop", "停业整顿", "被责令停业整顿的企业。"),
        (found.grades, "A", "A 级监管", "监管等级为 A 级的企业。"),
    )
    for result, key, label, text in wanted:
        if any(one.key == key for one in result.groups):
            tone = "red" if key == "ordered_stop" and result.value(key) else ""
            cards.append(_card(label, result, key, _share(result, key), text, tone))
    return cards[:FIGURES]


def _card(label: str, result: Result, key: str, note: str, text: str, tone: str = "") -> Component:
    return figure_card(named(label, text), result.value(key), "家", href=result.address(key), note=note, tone=tone)


def _share(result: Result, key: str) -> str:
    share = result.share(key)
    return NO_VALUE if share is None else f"占 {share:.1f} %"


def _more(result: Result, most: int, key: str, choices: Mapping[str, str]) -> Component | None:
    used = sum(1 for one in result.groups if result.value(one.key))
    return html.A(f"全部 {used} 个", href=address(STATISTICS, of=key, form="table", **choices)) if used > most else None


def _state(found: Figures) -> Component:
    shown = lines(found.completeness)
    states = [html.Div("生产状态", className="cap legend-title"), legend(lines(found.states))]
    return panel("档案完善度", [share_bar(shown), *states], note="家")


def _map_definition(session: Session, viewer: Viewer, found: Figures, choices: Mapping[str, str], mode: str) -> dict[str, Any]:
    """Places and colours for the browser: modes with their groups, and of each enterprise its group in every mode."""
    kinds = (("type", "按类型", found.types), ("scale", "按规模", found.scales), ("grade", "按等级", found.grades))
    placed = spots(session, viewer, Enterprise, [result.dimension for _, _, result in kinds], choices)
    modes = [{"key": key, "label": label, "groups": _groups(result)} for key, label, result in kinds]
    wanted = mode if mode in {key for key, _, _ in kinds} else "type"
    return {"extent": extent(), "modes": modes, "mode": wanted, "path": f"{LIST}?open=", "spots": [[*one[:4], *one.keys] for one in placed]}


def _groups(result: Result) -> list[dict[str, str]]:
    used: Sequence[Group] = [one for one in result.groups if result.value(one.key)]
    places = {one.key: place for place, one in enumerate(result.groups)}
    return [{"key": one.key, "label": last(one.label), "token": token(result, one, places[one.key])} for one in used]


PAGES = [
    Page(
        PATH,
        "可视化首页",
        layout,
        "enterprise.view",
        module="综合监管",
        group="一企一档",
        icon="building",
        short="企业首页",
        register=register,
    )
]
