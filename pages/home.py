"""首页: how the park stands now for the person who signed in, the newest alarms, and the way to every page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import Content, dot, figure_card, icon, panel, state_tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.blocks.todo_list import todo_panel
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.site import HOME, Page, Site, address
from data.alarm_views import hourly, to_ms
from data.alarms import title
from data.choices import word
from data.choices.monitoring import ALARM_LEVELS, ALARM_STATES
from data.choices.system import SCOPES
from data.db import read_session
from data.health import DOWN, OK, summary
from data.models import Alarm, LoginEvent
from data.settings import current_settings
from data.standing import Share, Standing, last_sign_in, standing
from data.viewer import Viewer
from pages.hazards.dues import due_panel
from pages.own_home import account, own_parts

REFRESH_MS = 10_000
SHORTCUTS = 8
TONES = {1: "red", 2: "orange"}
_WEEK = "一二三四五六日"


def layout(viewer: Viewer) -> Component:
    """Greeting, figures and newest alarms; the figures come anew every ten seconds."""
    now = datetime.now(UTC)
    with read_session() as session:
        stand = standing(session, viewer, now)
        if viewer.is_enterprise:
            return _enterprise_side(session, viewer, stand, now)
        before = last_sign_in(session, viewer)
        left = [_greeting(viewer, now, before), html.Div(_now(viewer, stand), id="home-now")]
        right = [shortcuts(viewer), html.Div(_rail(session, viewer, now), id="home-parts")]
    columns = [html.Div(left, className="home-main"), html.Div(right, className="home-rail")]
    return html.Div([*columns, dcc.Interval(id="home-clock", interval=REFRESH_MS)], className="home")


def _enterprise_side(session: Session, viewer: Viewer, stand: Standing, now: datetime) -> Component:
    """The home of an enterprise: its file, its live values, its alarms."""
    waiting = html.Div(todo_panel(session, viewer, now), id=part_id("todo-body", "own"))
    greeting, *file = own_parts(session, viewer, now)
    own = [greeting, dcc.Store(id=part_id("todo-news", "own")), waiting, *due_panel(session, viewer, now), *file]
    left = [html.Div(own, className="own-home", **{"data-todo-list": "own"}), html.Div(_now(viewer, stand), id="home-now")]
    right = [shortcuts(viewer), account(viewer), html.Div(_rail(session, viewer, now), id="home-parts")]
    columns = [html.Div(left, className="home-main"), html.Div(right, className="home-rail")]
    return html.Div([*columns, dcc.Interval(id="home-clock", interval=REFRESH_MS)], className="home")


def register(app: Dash) -> None:
    """Register the refreshing of the figures."""

    outputs = [Output("home-now", "children"), Output("home-parts", "children")]

    @guarded(app, outputs, Input("home-clock", "n_intervals"), permission="", quiet=True, prevent_initial_call=True)
    def refresh(viewer: Viewer, count: int) -> list[Any]:
        now = datetime.now(UTC)
        with read_session() as session:
            return [_now(viewer, standing(session, viewer, now)), _rail(session, viewer, now)]


def _greeting(viewer: Viewer, now: datetime, before: LoginEvent | None) -> Component:
    name = viewer.name or viewer.username
    last = f"上次登录 {local(before.at):%m-%d %H:%M}（{before.address}）" if before else "首次登录"
    line = " · ".join(("数据范围：" + word(SCOPES, viewer.scope), today_words(now), last))
    words = html.Div([html.H3(f"{part_of_day(local(now).hour)}，{name}"), html.P(line, className="cap")], className="grow")
    return html.Section([html.Span(name[:1], className="avatar big"), words], className="panel greeting")


def today_words(now: datetime) -> str:
    """2026 年 11 月 23 日 星期一, in the park."""
    day = local(now)
    return f"{day.year} 年 {day.month} 月 {day.day} 日 星期{_WEEK[day.weekday()]}"


def part_of_day(hour: int) -> str:
    """The greeting of an hour (0–23)."""
    greetings = ((5, "夜深了"), (11, "上午好"), (13, "中午好"), (18, "下午好"), (24, "晚上好"))
    return next(words for until, words in greetings if hour < until)


def _now(viewer: Viewer, stand: Standing) -> list[Component]:
    as_of = f"截至 {local(stand.at):%H:%M:%S}"
    cards = [html.Div(group, className="kpis") for group in (_level_cards(stand), _share_cards(stand)) if group]
    name = "本企业此刻" if viewer.is_enterprise else "此刻园区"
    stamp = {"data-as-of": to_ms(stand.at), "data-every": REFRESH_MS}
    parts = [
        html.Div([html.H3(name), html.Span(f"{as_of}，每 10 秒更新", className="cap", **stamp)], className="home-title")
    ]
    parts.append(
        html.Div(cards, className="home-kpis")
        if cards
        else panel(
            name,
            empty("没有可看的监测数据", "您的角色没有储罐、车辆、报警的查看权限，如需查看请联系系统管理员。"),
        )
    )
    if stand.levels is not None:
        parts.append(_latest(stand, sum(stand.levels.values()), as_of))
    return parts


def _level_cards(stand: Standing) -> list[Component]:
    if stand.levels is None:
        return []
    return [_level_card(int(level.code), level.word, stand) for level in ALARM_LEVELS]


def _level_card(level: int, name: str, stand: Standing) -> Component:
    count = (stand.levels or {}).get(level, 0)
    waiting = stand.waiting.get(level, 0)
    return figure_card(
        f"{name}报警",
        count,
        "条",
        href=address("/alarms", level=level),
        tone=TONES.get(level, "") if count else "",
        mark=level_mark(level, hollow=not waiting),
        note=f"未确认 {waiting} 条" if waiting else "均已确认" if count else None,
    )


def _share_cards(stand: Standing) -> list[Component]:
    kinds = (
        ("储罐在线", stand.tanks, "座", "droplet", "/tanks", "全部停更"),
        ("测点在线", stand.points, "个", "activity", "/tanks", "全部停更"),
        ("车辆在线", stand.vehicles, "辆", "truck", "/vehicles", "全部离线"),
    )
    return [_share_card(label, share, *more) for label, share, *more in kinds if share is not None]


def _share_card(label: str, share: Share, unit: str, mark: str, href: str, nothing: str) -> Component:
    silent = share.part == 0 and share.whole > 0
    return figure_card(
        label,
        share.part,
        unit,
        total=share.whole,
        href=href,
        tone="stale" if silent else "",
        mark=icon(mark),
        note=nothing if silent else None,
    )


def level_mark(level: int, *, hollow: bool = False) -> Component:
    """The symbol of an alarm level: octagon 1, triangle 2, circle 3, diamond 4; hollow when answered."""
    return html.I(str(level), className=f"level l{level}{' hollow' if hollow else ''}", title=word(ALARM_LEVELS, level))


def _latest(stand: Standing, total: int, as_of: str) -> Component:
    way = dcc.Link(f"报警中心（{total} 条有效）", href="/alarms")
    shown = [*stand.newest, *stand.ended]
    if not shown:
        return panel(
            "最新报警",
            empty("近 24 小时没有报警", "有新报警时会出现在这里，并在各页顶部计数。"),
            actions=way,
            note=as_of,
            className="newest",
        )
    return panel(
        "最新报警",
        [
            table(_columns(stand.at), shown),
            html.Div([_card(alarm, stand.at) for alarm in shown], className="rows only-phone"),
        ],
        actions=way,
        note=f"最近 {len(shown)} 条" + ("，含近 24 小时已关闭的" if stand.ended else ""),
        className="flush newest",
    )


def _columns(now: datetime) -> list[Column]:
    return [
        Column("级别", lambda alarm: _level(alarm), width="84px"),
        Column("报警", lambda alarm: dcc.Link(title(alarm), href=_way(alarm))),
        Column("位置", lambda alarm: alarm.place),
        Column("报警值", lambda alarm: value_words(alarm), is_number=True),
        Column("限值", lambda alarm: limit_words(alarm), is_number=True),
        Column("发生时间", lambda alarm: f"{local(alarm.raised_at):%m-%d %H:%M}"),
        Column("已持续", lambda alarm: lasting(alarm, now), is_number=True),
        Column("状态", lambda alarm: state_tag(ALARM_STATES, alarm.state)),
    ]


def _card(alarm: Alarm, now: datetime) -> Component:
    limit = limit_words(alarm)
    values = "，".join(
        part for part in (value_words(alarm), limit if is_silence(alarm) or not limit else f"限值 {limit}") if part
    )
    lines = [
        html.B(title(alarm)),
        html.Div(" · ".join(part for part in (values, alarm.place) if part), className="cap"),
    ]
    return dcc.Link(
        [
            level_mark(alarm.level, hollow=alarm.acknowledged_at is not None),
            html.Div(lines, className="grow"),
            html.Div([lasting(alarm, now), state_tag(ALARM_STATES, alarm.state)], className="aside"),
        ],
        href=_way(alarm),
    )


def _level(alarm: Alarm) -> Content:
    return html.Span(
        [
            level_mark(alarm.level, hollow=alarm.acknowledged_at is not None),
            html.Span(word(ALARM_LEVELS, alarm.level), className=f"level-word l{alarm.level}"),
        ],
        className="dotted",
    )


def measured(value: float | None, alarm: Alarm) -> str:
    """A value of the alarm with its decimals and unit; empty when there is none."""
    return "" if value is None else f"{value:.{alarm.decimals}f} {alarm.unit}".strip()


def is_silence(alarm: Alarm) -> bool:
    """Whether the alarm is that nothing comes, so that it has no value."""
    return alarm.kind in ("no_data", "gateway_lost")


def value_words(alarm: Alarm) -> str:
    """What was measured when the alarm was raised; for a silence that nothing comes."""
    return "停更" if is_silence(alarm) else measured(alarm.value, alarm)


def limit_words(alarm: Alarm) -> str:
    """The limit that was broken; for a silent point how often it should report."""
    if is_silence(alarm):
        return f"周期 {alarm.limit:.0f} s" if alarm.limit else ""
    return measured(alarm.limit, alarm)


def lasting(alarm: Alarm, now: datetime) -> str:
    """How long the condition has been there, until it cleared or was closed: mm:ss, from an hour on h:mm:ss."""
    seconds = max(0, int(((alarm.cleared_at or alarm.closed_at or now) - alarm.raised_at).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock


def _way(alarm: Alarm) -> str:
    return address("/alarms", id=alarm.id)


def shortcuts(viewer: Viewer) -> Component:
    """快捷入口: the first page of each group of the menu that the viewer may open, and their own password."""
    from pages import pages

    groups: dict[tuple[str, str], Page] = {}
    for page in Site(pages()).open_to(viewer):
        if page.path not in ("/", "/my", "/todos", "/my/subscriptions"):  # these are where one comes from
            groups.setdefault((page.module, page.group), page)
    wanted = list(groups.values()) if not viewer.is_enterprise else [page for page in Site(pages()).open_to(viewer) if page.path != "/"]
    links = [
        dcc.Link(
            [html.Span(icon(page.icon or "file-earmark"), className="tile-mark"), html.Span(page.label)], href=page.path
        )
        for page in wanted[:SHORTCUTS]
    ]
    own = html.A(
        [html.Span(icon("key"), className="tile-mark"), html.Span("修改密码")], href="/password", **{"data-plain": "1"}
    )
    return panel("快捷入口", html.Div([*links, *([own] if not viewer.acting_for else [])], className="tiles"))


def _rail(session: Session, viewer: Viewer, now: datetime) -> list[Component]:
    running = [] if viewer.is_enterprise else [_parts(now)]  # how the platform runs is for its own people
    return [*([_day(hourly(session, viewer, now))] if viewer.may("alarm.view") else []), *running]


def _day(hours: list[tuple[datetime, int]]) -> Component:
    most = max(count for _, count in hours) or 1
    bars = [
        html.I(
            style={"--v": f"{100 * count / most:.0f}%"},
            className="last" if start == hours[-1][0] else "",
            title=f"{local(start):%m-%d %H} 时：{count} 条",
        )
        for start, count in hours
    ]
    ends = [
        html.Span(f"{local(hours[0][0]):%m-%d %H:00}"),
        html.Span(f"每小时最多 {most if sum(count for _, count in hours) else 0} 条"),
        html.Span("现在"),
    ]
    total = f"共 {sum(count for _, count in hours):,} 条"
    return panel(
        "近 24 小时报警", [html.Div(bars, className="hours"), html.Div(ends, className="hours-ends cap")], note=total
    )


def _parts(now: datetime) -> Component:
    health = summary()
    parts = (
        ("数据库", health.database),
        ("物联消息服务", health.broker),
        ("数据接入", health.ingest),
        ("定时任务", health.jobs),
    )
    words = {OK: ("正常", "ok"), DOWN: ("中断，正在自动恢复", "danger")}
    rows = [
        html.Div([label, html.Span(dot(*words.get(state, ("未知", ""))), className="end")]) for label, state in parts
    ]
    return panel("平台运行", html.Div(rows, className="parts"), note=f"截至 {local(now):%H:%M:%S}")


def local(at: datetime) -> datetime:
    """The instant on the park's own clock."""
    return at.astimezone(ZoneInfo(current_settings().time_zone))


PAGES = [
    Page("/", HOME, layout, permission="", module=HOME, group="工作台", icon="house", register=register, short=HOME, side="both")
]
