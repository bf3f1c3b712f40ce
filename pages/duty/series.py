"""批量排班: several persons in turn at a post, from a day to a day; every shift is seen before it is made, and what stands in its way is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, panel, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.site import Page
from data import duty_plans
from data.calendar import park_day
from data.choices import Choice
from data.choices.monitoring import DUTY_TIERS
from data.db import read_session
from data.db import session as write_session
from data.duty_plans import MOST_PEOPLE, Planned, Wish
from data.errors import Conflict, Invalid
from data.viewer import Viewer
from pages.duty.plan import GROUP, MODULE, WEEKDAYS

PATH, KEY = "/duty-plan/series", "duty_series"
USUAL_TIMES, USUAL_DAYS = "08:00-20:00，20:00-08:00", 28
SLOTS = tuple(f"p{place}" for place in range(1, MOST_PEOPLE + 1))
_LONGEST = 120


def layout(viewer: Viewer, **query: str) -> Component:
    """The wish that the address holds, and the shifts that would come of it."""
    with read_session() as session:
        body = html.Div(_body(session, query, datetime.now(UTC)), id=part_id("duty-series", KEY), className="duty-series")
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _body(session: Session, query: Mapping[str, str], now: datetime) -> list[Component]:
    today = park_day(now)
    known = duty_plans.staff(session)
    wish = _wish(query, today)
    asked = "tier" in query
    wrong = duty_plans.fault(wish, known, today) if asked else {}
    parts: list[Component] = [_form(query, wish, known, wrong)]
    if not asked:
        parts.append(panel("预览", empty("还没有预览", "选择岗位、人员和时间后点“预览”，确认无误再生成。"), className="flush"))
    elif not wrong:
        parts.append(_preview(wish, duty_plans.plan(session, wish, now)))
    return parts


def _wish(query: Mapping[str, str], today: date) -> Wish:
    tomorrow = today + timedelta(days=1)
    people = tuple(int(text) for name in SLOTS if (text := str(query.get(name) or "")).isascii() and text.isdecimal() and len(text) < 19)
    last = _date(query.get("last"), tomorrow + timedelta(days=USUAL_DAYS - 1))
    return Wish(_number(query.get("tier"), 1), people, str(query.get("times") or ("" if "tier" in query else USUAL_TIMES))[:_LONGEST], _date(query.get("first"), tomorrow), last, _number(query.get("each"), 1))


def _number(text: Any, usual: int) -> int:
    found = str(text or "")
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 4 else usual


def _date(text: Any, usual: date) -> date:
    try:
        return date.fromisoformat(str(text)) if text else usual
    except ValueError:
        return usual


def _field(label: str, control: Any, wrong: str = "", help: str = "", *, full: bool = False, must: bool = True) -> Component:
    below = html.Div(wrong, className="mistake", role="alert") if wrong else html.Div(help, className="help") if help else None
    return html.Div([html.Label(label, className="must" if must else ""), html.Div([control, below])], className="f full" if full else "f")


def _form(query: Mapping[str, str], wish: Wish, known: Sequence[Choice], wrong: Mapping[str, str]) -> Component:
    def slot(place: int, name: str) -> Component:
        chosen = str(query.get(name) or "")
        options = [html.Option(f"第 {place + 1} 人", value=""), *(html.Option(one.word, value=one.code, selected=one.code == chosen) for one in known)]
        return html.Select(options, name=name, className="form-select", **{"aria-label": f"第 {place + 1} 人"})

    tiers = html.Select([html.Option(one.word, value=one.code, selected=one.code == str(wish.tier)) for one in DUTY_TIERS], name="tier", className="form-select")
    fields = [
        _field("岗位", tiers, wrong.get("tier", "")),
        _field("每人连续班数", dcc.Input(name="each", value=str(wish.each), type="number", min=1, max=31, className="input"), wrong.get("each", ""), "1：每班换人；2：每人连上两班"),
        _field("轮班人员", html.Div([slot(place, name) for place, name in enumerate(SLOTS)], className="series-people"), wrong.get("people", ""), "按轮班顺序选择，轮完一遍从头再来", full=True),
        _field("班次时间", dcc.Input(name="times", value=wish.times, maxLength=_LONGEST, className="input"), wrong.get("times", ""), "一天的各班，用逗号分开；结束不晚于开始的算到次日，08:00-08:00 为一整天", full=True),
        _field("开始日期", dcc.Input(name="first", value=wish.first.isoformat(), type="date", className="input"), wrong.get("first", "")),
        _field("结束日期", dcc.Input(name="last", value=wish.last.isoformat(), type="date", className="input"), wrong.get("last", "")),
    ]
    acts = html.Div([html.Button("预览", type="submit", className="button primary"), dcc.Link("返回值班安排", href="/duty-plan", className="button")], className="row-line series-acts")
    given = "&".join(f"{name}={query.get(name, '')}" for name in ("tier", "each", "times", "first", "last", *SLOTS))
    return html.Form([panel("排班规则", [html.Div(fields, className="form"), acts])], key=given, noValidate=True, **{"data-search": PATH})


def _preview(wish: Wish, planned: Sequence[Planned]) -> Component:
    bad = sum(bool(one.conflict) for one in planned)
    columns = [
        Column("日期", lambda one: f"{_day(one):%Y-%m-%d} 周{WEEKDAYS[_day(one).weekday()]}", width="150px"),
        Column("班次", lambda one: duty_plans.span_words(one.turn.begins_at, one.turn.ends_at), width="200px"),
        Column("值班人", lambda one: one.name, width="120px"),
        Column("结果", lambda one: [tag("有冲突", "danger"), f" {one.conflict}"] if one.conflict else tag("可生成", "ok")),
    ]
    turns: dict[str, int] = {}
    for one in planned:
        turns[one.name] = turns.get(one.name, 0) + 1
    share = "，".join(f"{name} {number} 班" for name, number in turns.items())
    marks = {"data-record-form": KEY, "data-id": "", "data-do": "make", "data-version": "0"}
    kept = {"tier": wish.tier, "times": wish.times, "first": wish.first.isoformat(), "last": wish.last.isoformat(), "each": wish.each, **{name: one for name, one in zip(SLOTS, wish.people, strict=False)}}
    hidden = [dcc.Input(type="hidden", name=name, value=str(value)) for name, value in kept.items()]
    buttons: list[Any] = []
    free = len(planned) - bad
    if not bad:
        buttons = [html.Button(f"生成 {free} 班", type="submit", className="button primary")]
    elif free:
        buttons = [html.Button(f"跳过冲突，生成其余 {free} 班", type="submit", name="skip", value="1", className="button pale")]
    made = html.Form([*hidden, *buttons], noValidate=True, className="row-line", **marks)
    said = notice(f"{bad} 班有冲突，已在下表标出：调整人员、时间或日期后重新预览{'，或只生成其余的班次' if free else ''}。", "warn") if bad else notice(f"共 {len(planned)} 班，没有冲突。{share}。", "ok")
    return panel("预览", [said, table(columns, planned)], note=f"共 {len(planned)} 班" + (f"，冲突 {bad} 班" if bad else ""), actions=made, className="series-preview")


def _day(one: Planned) -> date:
    return park_day(one.turn.begins_at)


def _made(viewer: Viewer, data: Any) -> list[Component]:
    given = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping) or data.get("do") != "make":
        raise Invalid("提交的内容不完整，请刷新页面。")
    query = {str(name): str(value) for name, value in given.items()}
    now = datetime.now(UTC)
    try:
        with write_session() as session:
            made, left = duty_plans.make(session, viewer, _wish(query, park_day(now)), now, skip=query.get("skip") == "1")
        say("success", f"已生成 {made} 班" + (f"，跳过有冲突的 {left} 班。" if left else "。"))
        query = {}
    except (Conflict, Invalid) as error:
        say("error", next(iter(error.fields.values()), str(error)) if isinstance(error, Invalid) else str(error))
    with read_session() as session:
        return _body(session, query, now)


def register(app: Dash) -> None:
    """Register what makes the shifts."""

    @guarded(app, Output(part_id("duty-series", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission=duty_plans.EDIT, prevent_initial_call=True)
    def made(viewer: Viewer, data: Any) -> list[Component]:
        return _made(viewer, data)


PAGE = Page(PATH, "批量排班", layout, duty_plans.EDIT, module=MODULE, group=GROUP, register=register)
