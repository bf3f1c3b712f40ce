"""Statistics on a page: tabs, conditions, figures, bars, ring or table, and a ranking where a ratio is declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, figure_card, icon, panel
from dashboard.blocks.figures import Line, definition, link, ranking
from dashboard.blocks.inputs import filter_control
from dashboard.blocks.state import blank, empty, too_narrow
from dashboard.blocks.subscribe import subscribe_square
from dashboard.charts import graph
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.site import address
from dashboard.statistic import StatisticPage
from dashboard.statistic_answers import CHART, EXPORT, WENT
from dashboard.statistic_charts import bars, ring, ring_slices
from data.choices import word
from data.choices.system import SCOPES
from data.statistics import Count, Measure, Ratio, Result, Statistic, compute
from data.statistics.options import Option, chosen, in_words, options
from data.statistics.workbook import TOTAL, columns
from data.viewer import Viewer

FORMS = {"bar": ("柱状图", "bar-chart"), "pie": ("饼状图", "pie-chart"), "table": ("表格", "table")}
FIRST_ROW = 3  # conditions beside the buttons
MOST_CARDS = 5
BAR_PX = 72  # of a group and the gap beside it: narrower, the names would lie upon each other


@dataclass(frozen=True)
class View:
    """What the address says, checked."""

    path: str
    statistic: Statistic
    form: str
    by: str
    choices: Mapping[str, str]
    picks: str = ""

    def href(self, **changes: Any) -> str:
        """The address of the same view with something changed; ``choices`` replaces all conditions."""
        choices = changes.pop("choices", self.choices)
        given = {"of": self.statistic.key, "form": "" if self.form == "bar" else self.form, "by": self.by, **changes}
        return address(self.path, **given, **choices)


def statistic_page(session: Session, viewer: Viewer, declared: StatisticPage, query: Mapping[str, str]) -> Component:
    """The whole page as its address says."""
    offered = declared.open_to(viewer)
    if not offered:
        return blank("shield-lock", "没有您可以查看的统计", f"您的数据范围：{word(SCOPES, viewer.scope)}。如需查看请联系系统管理员。", tone="orange")
    statistic = next((one for one in offered if one.key == query.get("of")), offered[0])
    available = options(session, viewer, statistic)
    by = query.get("by", "") if query.get("by") in {one.name for one in statistic.dimensions[1:]} else ""
    form = query.get("form", "") if query.get("form") in FORMS else "bar"
    view = View(declared.path, statistic, form, by, chosen(available, query), declared.picks)
    result = compute(session, viewer, statistic, view.choices, by=by)
    return html.Div(
        [
            html.Div([html.Span(f"数据截至 {moment_words(result.as_of, result.as_of, seconds=True)}"), _again()], className="page-head"),
            _tabs(offered, view, available),
            _search(session, viewer, view, available),
            cards(result),
            html.Div([_main(viewer, result, view, available), *_rankings(result)], className="statistic-row"),
        ],
        className="statistic-page",
    )


def _again() -> Component:
    return html.Button(icon("arrow-clockwise"), type="button", className="button square small", title="刷新", **{"aria-label": "刷新", "data-reload": "1"})


def _tabs(offered: Sequence[Statistic], view: View, available: Sequence[Option]) -> Component | None:
    if len(offered) < 2:
        return None
    links = []
    for one in offered:
        kept = {name: text for name, text in view.choices.items() if any(name in option.parameters and option.name in one.filters for option in available)}
        href = address(view.path, of=one.key, form="" if view.form == "bar" else view.form, **kept)
        links.append(html.A(one.title, href=href, className="on" if one is view.statistic else "", **({"aria-current": "page"} if one is view.statistic else {})))
    return html.Nav(links, className="statistic-tabs", **{"aria-label": "统计"})


def _search(session: Session, viewer: Viewer, view: View, available: Sequence[Option]) -> Component | None:
    """The conditions: three beside the buttons, the rest below when unfolded. What is found has an address of its own."""
    if not available:
        return None
    kept = [dcc.Input(type="hidden", name=name, value=value) for name, value in (("of", view.statistic.key), ("form", view.form if view.form != "bar" else ""), ("by", view.by)) if value]
    fields = [_condition(session, viewer, view, one) for one in available]
    first, rest = fields[:FIRST_ROW], fields[FIRST_ROW:]
    set_there = sum(any(name in view.choices for name in one.parameters) for one in available[FIRST_ROW:])
    fold = [html.Span(["展开", f"({set_there})" if set_there else "", icon("chevron-down")], className="when-folded"), html.Span(["收起", icon("chevron-up")], className="when-unfolded")]
    acts = [
        html.Button("查询", type="submit", className="button primary"),
        html.A("重置", href=view.href(choices={}), className="button"),
        html.Button(fold, type="button", className="button text", **{"data-statistic-unfold": "1"}) if rest else None,
    ]
    parts = [*first, html.Div(acts, className="acts"), *(html.Div(one, className="search-more") for one in rest)]
    return html.Div(html.Form([*parts, html.Div(kept, hidden=True)], className="panel search", **{"data-search": view.path}), className="statistic-search")


def _condition(session: Session, viewer: Viewer, view: View, option: Option) -> Component:
    """A condition with the control that the list has for it; drawn anew when it holds another value."""
    values = [view.choices.get(name, "") for name in option.parameters]
    return html.Label([html.Span(option.label), *_inputs(session, viewer, view, option, values)], key=f"{view.statistic.key}:{option.name}:{values}")


def _inputs(session: Session, viewer: Viewer, view: View, option: Option, values: Sequence[str]) -> list[Component]:
    if option.kind in {"days", "numbers"}:
        kind = "date" if option.kind == "days" else "number"
        ends = [dcc.Input(name=name, value=value, type=kind, className="input", **({"step": "any"} if kind == "number" else {})) for name, value in zip(option.parameters, values, strict=True)]
        return [ends[0], html.Span("–", className="muted"), ends[1]]
    known = None if option.kind == "tree" else option.choices
    return [filter_control(session, viewer, view.statistic.model, option.name, text=values[0], label=option.label, resource_key=view.picks, options=known)]


def cards(result: Result) -> Component:
    """The totals of the measures, then those of the parts of the series."""
    made = [_card(result, one) for one in result.statistic.shown]
    parts = sorted(result.series, key=lambda one: -(result.value(series=one.key) or 0))[: MOST_CARDS - len(made)] if len(result.series) > MOST_CARDS else result.series
    unit = result.statistic.main.unit
    for part in [one for one in result.series if one in parts][: MOST_CARDS - len(made)]:
        share = result.share(series=part.key)
        note = NO_VALUE if share is None else f"占 {share:.1f} %"
        made.append(figure_card(part.label, result.value(series=part.key), unit, href=result.address(series=part.key), note=note))
    return html.Div(made, className="kpis")


def _card(result: Result, measure: Measure) -> Component:
    value = result.value(measure=measure.key)
    if isinstance(measure, Ratio):
        parts = [result.measure(key) for key in (measure.part, measure.whole)]
        note = " ÷ ".join(one.label for one in parts)
        return figure_card(measure.label, None if value is None else f"{value:.{measure.decimals}f}", measure.unit if value is not None else "", note=note, tone="red" if measure.is_bad(value) else "")
    return figure_card(measure.label, _plain(value, measure), measure.unit, href=result.address(measure=measure.key), note=_note(result, measure))


def _note(result: Result, measure: Measure) -> str:
    """Over how many groups the main measure is spread; what part of it another one counts."""
    if measure is result.statistic.main or not isinstance(measure, Count):
        used = sum(1 for group in result.groups if result.value(group.key))
        return f"{result.dimension.title(result.statistic.model)} {used} 个"
    share = result.part_share(measure.key)
    return NO_VALUE if share is None else f"占{result.statistic.main.label} {share:.1f} %"


def _main(viewer: Viewer, result: Result, view: View, available: Sequence[Option]) -> Component:
    statistic = result.statistic
    segments = [
        html.A([icon(glyph), html.Span(words)], href=view.href(form="" if key == "bar" else key), className="on" if key == view.form else "", **({"aria-current": "true"} if key == view.form else {}))
        for key, (words, glyph) in FORMS.items()
    ]
    export = address(f"{EXPORT}/{statistic.key}.xlsx", by=view.by, **view.choices)
    actions = [
        _dimensions(view),
        definition(statistic.definition, statistic.key),
        html.Div(segments, className="segments", role="group", **{"aria-label": "显示方式"}),
        subscribe_square(viewer, "statistic", statistic.key, view.href()),
        html.A(icon("download"), href=export, className="button square", title="导出表格（xlsx）", download="", **{"data-plain": "1", "aria-label": "导出表格"}),
    ]
    return panel(
        statistic.title,
        _body(result, view, available),
        actions=[one for one in actions if one is not None],
        foot=None if result.is_empty else [icon("hand-index"), f" 点击{'数字' if view.form == 'table' else '柱体' if view.form == 'bar' else '扇区或数字'}查看对应{statistic.name}"],
        className=f"statistic-main as-{view.form}",
    )


def _dimensions(view: View) -> Component | None:
    found = view.statistic.dimensions
    if len(found) < 2:
        return None
    current = view.statistic.dimension(view.by)
    choices = [html.Option(f"按{one.title(view.statistic.model)}", value=view.href(by=one.name if place else ""), selected=one is current) for place, one in enumerate(found)]
    return html.Select(choices, className="form-select statistic-by", title="分组", **{"data-go": "1"})


def _body(result: Result, view: View, available: Sequence[Option]) -> Component:
    statistic = result.statistic
    if result.is_empty:
        return too_narrow(in_words(available, view.choices), view.href(choices={})) if view.choices else empty(f"还没有{statistic.name}可统计", "您的数据范围内没有记录。")
    if view.form == "table":
        return _table(result)
    rest = view.href(form="table")
    went = dcc.Store(id=part_id(WENT, statistic.key))
    if view.form == "pie":
        chart = graph(part_id(CHART, statistic.key), ring(result, rest_href=rest), className="statistic-chart")
        return html.Div([went, chart, _ring_table(result, rest)], className="statistic-ring")
    chart = graph(part_id(CHART, statistic.key), bars(result, rest_href=rest), className="statistic-chart")
    return html.Div([went, html.Div(chart, style={"minWidth": f"{len(result.groups) * BAR_PX + 64}px"}, className="statistic-wide")], className="statistic-scroll")


def _ring_table(result: Result, rest: str) -> Component:
    main = result.statistic.main
    is_parted = bool(result.statistic.parts) and not result.series
    first = "构成" if is_parted else result.dimension.title(result.statistic.model)
    head = html.Tr([html.Th(first), html.Th(f"{main.label}（{main.unit}）", className="num"), html.Th("占比", className="num")])
    rows = [
        html.Tr(
            [
                html.Td([html.I(className="swatch", style={"--k": one.colour}), one.label], title=one.label),
                html.Td(link(_plain(one.value, main), one.href), className="num"),
                html.Td(f"{one.share:.1f} %", className="num"),
            ]
        )
        for one in ring_slices(result, rest_href=rest)
    ]
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows)], className="list"), className="table-box")


def _table(result: Result) -> Component:
    heads = columns(result)
    head = html.Tr(
        [
            html.Th("序号", className="num order"),
            html.Th(result.dimension.title(result.statistic.model)),
            *(html.Th(words, className="num", title=f"单位：{result.measure(measure).unit}") for words, _, measure in heads),
        ]
    )
    rows = [_line(result, heads, key, label, str(place) if key else "") for place, (key, label) in enumerate([*((one.key, one.label) for one in result.groups), ("", TOTAL)], 1)]
    return html.Div(html.Table([html.Thead(head), html.Tbody(rows[:-1]), html.Tfoot(rows[-1])], className="list"), className="table-box")


def _line(result: Result, heads: Sequence[tuple[str, str, str]], key: str, label: str, place: str) -> Component:
    cells = [html.Td(_number(result, key, series, measure), className="num") for _, series, measure in heads]
    return html.Tr([html.Td(place, className="num order"), html.Td(label, title=label), *cells])


def _number(result: Result, group: str, series: str, measure: str) -> Component:
    one, value = result.measure(measure), result.value(group, series, measure)
    if isinstance(one, Ratio):
        words = NO_VALUE if value is None else f"{value:.{one.decimals}f} {one.unit}"
        return html.Span(words, className="t-danger" if one.is_bad(value) else "")
    return link(_plain(value, one), result.address(group, series, measure))


def _plain(value: float | None, measure: Measure) -> str:
    return NO_VALUE if value is None else f"{value:,.{measure.decimals}f}"


def _rankings(result: Result) -> list[Component]:
    """The groups by the first ratio, the worst above; at most ten."""
    ratio = next((one for one in result.statistic.measures if isinstance(one, Ratio)), None)
    if ratio is None or result.is_empty:
        return []
    found = [(group, value) for group in result.groups if (value := result.value(group.key, measure=ratio.key)) is not None]
    found.sort(key=lambda pair: pair[1] if ratio.good == "high" else -pair[1])
    lines = [
        Line(group.label, value, result.address(group.key, measure=ratio.key), text=f"{value:.{ratio.decimals}f} {ratio.unit}", is_bad=ratio.is_bad(value))
        for group, value in found
    ]
    scale = 100.0 if ratio.unit == "%" and ratio.factor == 100 else None
    order = "由低到高" if ratio.good == "high" else "由高到低"
    limit = None
    if ratio.limit is not None:
        limit = [html.I(className="swatch", style={"--k": "var(--danger)"}), f"{'低于' if ratio.good == 'high' else '高于'}考核目标 {ratio.limit:g} {ratio.unit}"]
    return [panel(f"{ratio.label}排名", ranking(lines, scale=scale), actions=html.Span(order, className="cap"), foot=limit, className="statistic-ranking")]
