"""值班安排: who is on duty at which post, by week and by month; a post that nobody fills is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.blocks.basic import icon, notice, tag
from dashboard.blocks.module_home import again
from dashboard.moments import zone
from dashboard.site import Page, address
from data import duty_plans
from data.calendar import end_of, park_day, start_of
from data.choices import Choice
from data.choices.monitoring import DUTY_TIERS
from data.db import read_session
from data.models import DutyShift
from data.rules.duty import gaps
from data.viewer import Viewer

PATH, MODULE, GROUP = "/duty-plan", "行政办公", "值班管理"
WEEKDAYS = "一二三四五六日"
SPANS = (Choice("week", "周"), Choice("month", "月"))
_POSTS = tuple(reversed(DUTY_TIERS))
_NEVER = timedelta(days=31)  # a post without a shift so far around is none that the park fills


def layout(viewer: Viewer, span: str = "", day: str = "") -> Component:
    """The week or month of the day that the address names; this one for none, or for what is no day."""
    now = datetime.now(UTC)
    today = park_day(now)
    shown, is_month = _day(day, today), span == "month"
    first, last = duty_plans.weeks_of_month(shown) if is_month else duty_plans.week_of(shown)
    with read_session() as session:
        around = duty_plans.between(session, start_of(first - _NEVER), end_of(last + _NEVER))
    used = {one.tier for one in around}
    shifts = [one for one in around if one.begins_at < end_of(last) and one.ends_at > start_of(first)]
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    holes = {one: _holes(shifts, one, used) for one in days if one >= today and (not is_month or one.month == shown.month)}
    body = _month(viewer, shown, days, shifts, holes, now) if is_month else _week(viewer, days, shifts, holes, now)
    missing = sum(bool(one) for one in holes.values())
    said = notice(f"今天起有 {missing} 天缺岗：无人当班时，超时未确认的报警没有人可通知。", "warn") if missing and used else None
    return html.Div([_head(viewer, shown, today, first, last, is_month), said, body], className="duty-plan")


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else today
    except ValueError:
        return today
    return found if date(2000, 1, 1) <= found <= date(2099, 12, 1) else today


def _head(viewer: Viewer, day: date, today: date, first: date, last: date, is_month: bool) -> Component:
    here = "month" if is_month else ""
    before, after = (first - timedelta(days=1), last + timedelta(days=1)) if not is_month else (day.replace(day=1) - timedelta(days=1), day.replace(day=1) + timedelta(days=31))
    title = f"{day:%Y 年 %-m 月}" if is_month else f"{first.isoformat()} 至 {last.isoformat()}"
    spans = [dcc.Link(one.word, href=address(PATH, span="month" if one.code == "month" else "", day=day), className="on" if (one.code == "month") == is_month else "") for one in SPANS]
    steps = [
        dcc.Link(icon("chevron-left"), href=address(PATH, span=here, day=before), className="button square small", title="上月" if is_month else "上周"),
        dcc.Link("今天", href=address(PATH, span=here), className="button small"),
        dcc.Link(icon("chevron-right"), href=address(PATH, span=here, day=after), className="button square small", title="下月" if is_month else "下周"),
    ]
    acts = [dcc.Link([icon("calendar-plus"), " 批量排班"], href="/duty-plan/series", className="button primary small")] if viewer.may(duty_plans.EDIT) else []
    acts.append(dcc.Link([icon("arrow-left-right"), " 申请换班"], href="/duty-exchanges?do=add", className="button small"))
    printing = html.Button([icon("printer"), " 打印"], type="button", className="button small", title="打印到 A4", **{"data-print": "plan"})
    return html.Div([html.H2(title), html.Div(spans, className="segments"), html.Div(steps, className="row-line"), html.Div([*acts, printing, again()], className="row-line end")], className="plan-head")


def _holes(shifts: Iterable[DutyShift], day: date, used: set[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    """Post → the parts of the day in which nobody stands there, of the posts that the park fills at all."""
    begins, ends = start_of(day), end_of(day)
    found = {tier: gaps([(one.begins_at, one.ends_at) for one in shifts if one.tier == tier], begins, ends) for tier in used}
    return {tier: spans for tier, spans in found.items() if spans}


def _of_day(shifts: Iterable[DutyShift], day: date, tier: int) -> list[DutyShift]:
    return [one for one in shifts if one.tier == tier and one.begins_at < end_of(day) and one.ends_at > start_of(day)]


def _week(viewer: Viewer, days: Sequence[date], shifts: Sequence[DutyShift], holes: Mapping[date, Mapping[int, Sequence[tuple[datetime, datetime]]]], now: datetime) -> Component:
    heads = html.Div([html.Div("岗位", className="plan-date"), *(html.Div(one.word, className="plan-post") for one in _POSTS)], className="plan-day plan-posts", **{"aria-hidden": "true"})
    columns: list[Component] = [heads]
    for day in days:
        is_today = day == park_day(now)
        title = [html.B(f"周{WEEKDAYS[day.weekday()]}"), f" {day:%m-%d}", tag("今天", "primary") if is_today else None]
        posts = []
        for post in _POSTS:
            tier = int(post.code)
            chips = [_chip(viewer, one, day, now) for one in _of_day(shifts, day, tier)]
            empty = [html.Span([icon("exclamation-triangle"), f" 缺岗 {_clock(span[0])}–{_clock(span[1], ends=True)}"], className="plan-hole") for span in holes.get(day, {}).get(tier, ())]
            posts.append(html.Div([html.Span(post.word, className="plan-label"), *chips, *empty], className="plan-cell"))
        columns.append(html.Section([html.Div(title, className="plan-date"), *posts], className=f"plan-day{' today' if is_today else ''}"))
    return html.Div(columns, className="panel plan-week")


def _month(viewer: Viewer, shown: date, days: Sequence[date], shifts: Sequence[DutyShift], holes: Mapping[date, Mapping[int, object]], now: datetime) -> Component:
    heads = [html.Div(f"周{one}", className="plan-weekday") for one in WEEKDAYS]
    cells = []
    for day in days:
        look = " today" if day == park_day(now) else "" if day.month == shown.month else " other"
        lines = []
        for post in _POSTS:
            there = [one for one in _of_day(shifts, day, int(post.code)) if one.begins_at >= start_of(day) or one.ends_at >= end_of(day)]
            names = list(dict.fromkeys((one.user.name, one.user_id == viewer.id) for one in there))
            if names:
                shown_names = [part for place, (name, mine) in enumerate(names) for part in (["、"] if place else []) + [html.B(name, className="mine" if mine else "")]]
                lines.append(html.Div([html.Span(post.word, className="plan-label"), html.Span(shown_names, className="cut")]))
        hole = html.Span([icon("exclamation-triangle"), " 缺岗"], className="plan-hole") if holes.get(day) else None
        date_words = dcc.Link([html.Span(f"{day.day}"), html.Span(f" 周{WEEKDAYS[day.weekday()]}", className="plan-phone")], href=address(PATH, day=day), className="plan-number", title=f"{day.isoformat()}：看这一周")
        cells.append(html.Section([html.Div([date_words, hole], className="row-line"), *lines], className=f"plan-box{look}"))
    return html.Div([*heads, *cells], className="panel plan-month")


def _chip(viewer: Viewer, shift: DutyShift, day: date, now: datetime) -> Component:
    is_carried = shift.begins_at < start_of(day)
    look = ["plan-chip", "carried" if is_carried else "", "mine" if shift.user_id == viewer.id else "", "now" if shift.begins_at <= now < shift.ends_at and day == park_day(now) else ""]
    whole = f"{duty_plans.words_of(shift)} {shift.user.name}{'，' + shift.user.phone if shift.user.phone else ''}"
    words = [html.Small(_times(shift, day)), html.B(shift.user.name), html.Small("当班", className="plan-now") if look[3] else None]
    return dcc.Link(words, href=address("/duty-roster", open=shift.id), className=" ".join(one for one in look if one), title=whole)


def _times(shift: DutyShift, day: date) -> str:
    """As much of the shift as lies in the day: 08:00–20:00, 至 08:00, 20:00 起, 全天."""
    begins, ends = start_of(day), end_of(day)
    if shift.begins_at <= begins:
        return "全天" if shift.ends_at >= ends else f"至 {_clock(shift.ends_at)}"
    return f"{_clock(shift.begins_at)} 起" if shift.ends_at > ends else f"{_clock(shift.begins_at)}–{_clock(shift.ends_at, ends=True)}"


def _clock(at: datetime, *, ends: bool = False) -> str:
    words = f"{at.astimezone(zone()):%H:%M}"
    return "24:00" if ends and words == "00:00" else words


PAGE = Page(PATH, "值班安排", layout, duty_plans.VIEW, module=MODULE, group=GROUP, icon="calendar-week", short="值班")
