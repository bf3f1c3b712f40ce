"""系统订阅: what one is told of regularly, when and how, and what was told; on the personal home the same as live charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice, panel, state_tag, tag
from dashboard.blocks.state import empty, skeleton
from dashboard.blocks.subscription_cards import cards
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField, Panel
from dashboard.site import HOME, Page
from data.choices import Choice, word
from data.choices.subscriptions import SENT_STATES, SUBSCRIBED
from data.choices.system import DELIVERY_CHANNELS, DELIVERY_STATES
from data.db import read_session
from data.errors import PlatformError
from data.models import Delivery, Subscription, SubscriptionDelivery
from data.query import visible
from data.statistics.registry import ALL as STATISTICS
from data.subscriptions import keeping
from data.subscriptions.content import What, content, in_days, measure_of
from data.subscriptions.telling import number_words, recall
from data.viewer import Viewer

CLOCK, CARDS, AT_HOME = "subscription-clock", "subscription-cards", "my"
REFRESH_MS = 120_000
FORMS = {"pie": "饼状图", "table": "表格"}
NEWEST = 30


def _unit(one: Subscription) -> str:
    if one.kind == "board":
        return "项"
    statistic = STATISTICS.get(one.key) if one.kind == "statistic" else None
    return measure_of(statistic, one.measure or "").unit if statistic is not None else ""


def kind_words(one: Subscription) -> str:
    """统计·柱状图, 看板指标, 列表."""
    form = FORMS.get((one.query or {}).get("form", ""), "柱状图")
    return f"{word(SUBSCRIBED, one.kind)}·{form}" if one.kind == "statistic" else word(SUBSCRIBED, one.kind)


def ways_words(one: Subscription) -> str:
    """On which ways it is told."""
    return "、".join(["个人首页", *(["邮件"] if one.to_email else []), *(["群机器人"] if one.to_robot else [])])


# ---- What was told -----------------------------------------------------------------------------------------------------


def _messages(session: Session, told: Sequence[SubscriptionDelivery]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = {}
    for one in session.scalars(select(Delivery).where(Delivery.subscription_delivery_id.in_([each.id for each in told])).order_by(Delivery.id)):
        found.setdefault(one.subscription_delivery_id or 0, []).append(one)
    return found


def state_of(messages: Sequence[Delivery], note: str | None) -> str:
    """How a time stands on all its ways: one of SENT_STATES."""
    states = {one.state for one in messages}
    if "failed" in states or note:
        return "failed"
    return "waiting" if "waiting" in states else "sent" if states else "home"


def _last(session: Session, viewer: Viewer, rows: Sequence[Subscription]) -> Mapping[int, Figure | Choice]:
    """When each was told last, and whether that arrived."""
    newest = select(func.max(SubscriptionDelivery.id)).where(SubscriptionDelivery.subscription_id.in_([one.id for one in rows])).group_by(SubscriptionDelivery.subscription_id)
    told = session.scalars(select(SubscriptionDelivery).where(SubscriptionDelivery.id.in_(newest))).unique().all()
    messages, now = _messages(session, told), datetime.now(UTC)
    tones = {one.code: one for one in SENT_STATES}
    found: dict[int, Figure | Choice] = {one.id: Choice("", "尚未推送", "stale") for one in rows}
    for one in told:
        state = tones[state_of(messages.get(one.id, []), one.note)]
        found[one.subscription_id] = Choice(state.code, f"{moment_words(one.at, now)} {state.word if state.code != 'home' else ''}".strip(), state.tone)
    return found


def _told(session: Session, viewer: Viewer, one: Subscription) -> Component:
    rows = session.scalars(visible(SubscriptionDelivery, viewer).where(SubscriptionDelivery.subscription_id == one.id).order_by(SubscriptionDelivery.id.desc()).limit(NEWEST)).unique().all()
    if not rows:
        return empty("还没有推送过", f"{keeping.when_words(one, _unit(one))}推送，推送的内容和送达情况记在这里。")
    messages = _messages(session, rows)
    return html.Div([_one_told(session, viewer, each, messages.get(each.id, []), is_open=not place) for place, each in enumerate(rows)], className="told-list")


def _one_told(session: Session, viewer: Viewer, one: SubscriptionDelivery, messages: Sequence[Delivery], *, is_open: bool) -> Component:
    state = state_of(messages, one.note)
    try:
        told = recall(session, viewer, one)
        said: Any = [html.B(number_words(told["value"], told["decimals"], told["unit"])), html.Span(told["change"], className="grow cut", title=told["change"])]
        body = _content(told)
    except PlatformError as error:
        said, body = [html.Span("内容不再显示", className="grow muted")], [notice(str(error), "warn")]
    head = html.Summary([html.Span(full_words(one.at)[:16], className="nowrap"), *said, state_tag(SENT_STATES, state)])
    ways = [html.Div([html.Span(word(DELIVERY_CHANNELS, each.channel)), html.Span(each.address, className="muted cut"), state_tag(DELIVERY_STATES, each.state), html.Span(_way_words(each), className="cap")], className="row-line") for each in messages]
    note = [notice(one.note, "warn")] if one.note else []
    return html.Details([head, html.Div([*note, *ways, *body], className="told-body")], className="told", open=is_open, key=str(one.id))


def _way_words(one: Delivery) -> str:
    if one.state == "sent":
        return f"第 {one.attempts} 次发送，{full_words(one.sent_at)[:16]}" if one.sent_at else ""
    tried = f"已尝试 {one.attempts} 次，{one.error}" if one.error else "排队中"
    return f"{tried}，将于 {full_words(one.next_at)[:16]} 重试" if one.state == "waiting" and one.error else tried


def _content(told: Mapping[str, Any]) -> list[Component]:
    about = "；".join(part for part in (told["label"], f"条件：{told['conditions']}" if told["conditions"] else "", f"数据范围：{told['scope']}") if part)
    parts: list[Component] = [html.P([about, "　", dcc.Link("查看现在的数据", href=told["href"])], className="cap")]
    numbers = [*({**row, "is_figure": True} for row in told["figures"]), *(told["rows"] if told["shape"] == "bars" else told["rows"][-7:] if told["shape"] == "days" else ())]
    if numbers:
        columns = [
            TableColumn("项目", lambda row: row["label"]),
            *([TableColumn("上次", lambda row: _value(told, row, "before"), True)] if told["shape"] == "bars" and not told["first"] else []),
            TableColumn("本次", lambda row: _value(told, row, "value"), True),
        ]
        parts.append(table(columns, numbers))
    for name, heading in (("new", f"新出现 {told['new_count']:,} 条" if told["compared"] else "当时的记录"), ("gone", f"不再列出 {told['gone_count']:,} 条")):
        if told[name]:
            lines = [dcc.Link([html.Span(row["label"], className="cut"), html.Small(row["detail"], className="cut muted")], href=row["href"]) for row in told[name]]
            total = told[f"{name}_count"] if told["compared"] else told["value"] or 0
            parts += [html.Div([tag(heading, "primary" if name == "new" else ""), html.Span(f"前 {len(lines)} 条", className="cap") if total > len(lines) else None], className="row-line"), html.Div(lines, className="rows subscription-records")]
    return parts


def _value(told: Mapping[str, Any], row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    decimals = (0 if float(value or 0).is_integer() else 1) if row.get("is_figure") else told["decimals"]
    return number_words(value, decimals, row["detail"] if row.get("is_figure") else "")


def _now(session: Session, viewer: Viewer, one: Subscription) -> Component:
    """What it says now and under which conditions, or why it says nothing."""
    now = datetime.now(UTC)
    try:
        told = content(session, viewer, What.of(one), now)
        line = f"现在：{told.label} {number_words(told.value, told.decimals, told.unit)}；条件：{told.conditions or '无'}；数据范围：{told.scope}"
    except PlatformError as error:
        return notice(str(error), "warn")
    held = notice(one.reason, "warn") if one.state == "paused" and one.reason else None
    way = dcc.Link([icon("box-arrow-up-right"), "打开订阅的页面"], href=told.href if one.kind == "board" else in_days(What.of(one), now).address, className="button pale")
    return html.Div([held, html.P(line), html.Div(way, className="row-line")], className="told-now")


# ---- What one does -----------------------------------------------------------------------------------------------------


def _store(session: Session, viewer: Viewer, one: Subscription | None, values: dict[str, Any], version: int | None) -> Subscription:
    assert one is not None, "there is no form for a new one"
    return keeping.change(session, viewer, one, values, version, datetime.now(UTC))


def _pause(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any]) -> str:
    keeping.pause(session, viewer, one)
    return f"“{one.title}”已暂停推送。"


def _resume(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any]) -> str:
    keeping.resume(session, viewer, one, datetime.now(UTC))
    return f"“{one.title}”已恢复推送：{keeping.when_words(one, _unit(one))}。"


def _mover(by: int, otherwise: str) -> Any:
    def run(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any]) -> str:
        return f"“{one.title}”已{'上' if by < 0 else '下'}移。" if keeping.move(session, viewer, one, by) else otherwise

    return run


def _remove(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any]) -> str:
    title = one.title
    keeping.remove(session, viewer, one)
    return f"已取消订阅“{title}”。"


def _resend(session: Session, viewer: Viewer, one: Subscription, values: Mapping[str, Any]) -> str:
    return f"“{one.title}”的 {keeping.resend(session, viewer, one, datetime.now(UTC))} 条消息将在一分钟内重新发送。"


def _action(key: str, label: str, run: Any, question: str, mark: str, **more: Any) -> Action:
    return Action(key, label, keeping.USE, run, lambda one: question, icon=mark, **more)


ACTIONS = (
    _action("pause", "暂停", _pause, "暂停后不再推送，个人首页也不显示，可随时恢复。", "pause", when=lambda one: one.state == "active", is_in_row=True, is_batch=True),
    _action("resume", "恢复", _resume, "按原来的周期继续推送，暂停期间的不补发。", "play", when=lambda one: one.state == "paused", is_in_row=True, is_batch=True),
    _action("up", "上移", _mover(-1, "已在最前。"), "在列表和个人首页上前移一位。", "arrow-up"),
    _action("down", "下移", _mover(1, "已在最后。"), "在列表和个人首页上后移一位。", "arrow-down"),
    _action("resend", "重发失败的", _resend, "立即再次发送没有送达的邮件和群消息。", "arrow-repeat", is_batch=True),
    _action("remove", "删除", _remove, "取消这项订阅，等待发送的不再发送。", "trash", is_dangerous=True, is_batch=True),
)


def _top(session: Session, viewer: Viewer) -> Component:
    """添加, and which ways out of the platform are open to the viewer."""
    add = html.Button([icon("plus-lg"), "添加订阅"], type="button", className="button primary", **{"data-subscribe-add": "1"})
    closed = [f"{name}：{why.rstrip('。')}" for name, why in (("邮件", keeping.email_why_not(session, viewer)), ("群机器人", keeping.robot_why_not(viewer))) if why]
    told = "订阅的内容显示在个人首页；" + ("；".join(closed) + "。" if closed else "也可发送到您的邮箱和群机器人。")
    return html.Div([add, html.Span(told, className="cap")], className="row-line subscription-top")


SUBSCRIPTIONS = Resource(
    key="subscription",
    model=Subscription,
    path=keeping.PATH,
    title="系统订阅",
    permission=keeping.USE,
    module=HOME,
    group="工作台",
    icon="bell",
    short="订阅",
    sort="position",
    placeholder="订阅内容、模块",
    columns=(
        Column("title", width=180),
        Column("created_at", "订阅时间", look="muted", width=100),
        Column("module", width=120),
        Column("kind", width=120, show=kind_words),
        Column("schedule", width=130, show=lambda one: keeping.when_words(one, _unit(one))),
        Column("state", look="dot", width=80, hint=lambda one: one.reason or ""),
        Column("last", "最近推送", look="dot", width=125, figures=_last, is_sortable=False),
        Column("ways", "推送到", width=130, show=ways_words, is_sortable=False, is_shown=False),
        Column("position", look="number", width=80, is_on_card=False),
    ),
    filters=(Filter("state"), Filter("kind"), Filter("schedule")),
    heading=lambda one: one.title,
    tags=("state", "kind"),
    subtitle=lambda one: (one.module, keeping.when_words(one, _unit(one)), ways_words(one)),
    above=_now,
    facts={
        "订阅": ("title", "module", Fact("kind", show=kind_words), Fact("schedule", show=lambda one: keeping.when_words(one, _unit(one)))),
        "推送": (Fact("ways", "推送到", ways_words), "state", "reason", "next_at", "last_at", "created_at"),
    },
    panels=(Panel("told", "推送记录", _told, lambda session, viewer, one: session.scalar(select(func.count()).select_from(visible(SubscriptionDelivery, viewer).where(SubscriptionDelivery.subscription_id == one.id).subquery())) or 0),),
    form={
        "订阅": ("title",),
        "推送时间": ("schedule", FormField("hour", help="每日、每周、每月用"), FormField("weekday", help="每周用"), FormField("month_day", help="每月用，1–28 日"), FormField("rule", help="“达到条件时”用"), FormField("bound", help="“达到条件时”用")),
        "推送到": ("to_email", FormField("to_robot", help="群里只发数字和变化，不发明细")),
    },
    edit_permission=keeping.USE,
    store=_store,
    save_note="保存后按新的时间推送。",
    actions=ACTIONS,
    top=_top,
    can_export=False,
    empty_title="还没有订阅",
    empty_text="在统计页面、每日看板的指标和各列表右上角点铃铛即可订阅，也可点“添加订阅”选择。",
)


# ---- The personal home -------------------------------------------------------------------------------------------------


def home_panel(session: Session, viewer: Viewer) -> Component | None:
    """我的订阅 on the personal home: the cards come after the page, which does not wait for them."""
    if not keeping.may_subscribe(viewer):
        return None
    shown = [one for one in keeping.mine(session, viewer) if one.state == "active" or one.reason]
    manage = dcc.Link("管理订阅", href=keeping.PATH)
    if not shown:
        return panel("我的订阅", empty("还没有订阅", "在统计页面、每日看板和列表右上角点铃铛订阅后，图表会显示在这里，打开首页即可看到最新结果。"), actions=manage)
    head = html.Div([html.H3("我的订阅"), html.Span(f"{len(shown)} 项，自动更新", className="cap"), html.Div(manage, className="end")], className="home-title subscriptions-title")
    clock = dcc.Interval(id=part_id(CLOCK, AT_HOME), interval=REFRESH_MS)
    return html.Section([head, clock, html.Div(skeleton(), id=part_id(CARDS, AT_HOME), className="subscription-cards")], className="home-subscriptions")


def register(app: Dash) -> None:
    """Register the cards of the personal home."""

    @guarded(app, Output(part_id(CARDS, AT_HOME), "children"), Input(part_id(CLOCK, AT_HOME), "n_intervals"), permission=keeping.USE, quiet=True)
    def drawn(viewer: Viewer, count: Any) -> list[Component]:
        with read_session() as session:
            return cards(session, viewer, datetime.now(UTC))


PAGES: list[Page] = [SUBSCRIPTIONS.page()]
