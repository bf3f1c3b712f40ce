"""试解析: a message typed or pasted at a gateway, and which points and values come out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, tag
from dashboard.callbacks import guarded
from dashboard.ids import part_id
from dashboard.moments import full_words
from data.choices import word
from data.choices.monitoring import GATEWAY_SHAPES
from data.db import read_session
from data.errors import Invalid
from data.gateway_trial import MOST_LINES, Line, Trial, try_message
from data.gateways import own_topic
from data.models import Gateway
from data.query import get
from data.rules.telemetry_shapes import LONGEST
from data.settings import current_settings
from data.viewer import Viewer

KEY = "gateway"
EDIT = "point.edit"
STATES = {"taken": ("入库", "ok"), "told": ("有提示", "warn"), "refused": ("拒收", "danger"), "unknown": ("未登记", "primary")}
EXAMPLES = {
    "own": '{"ts": 1767225600000, "points": [{"code": "V-101.LT", "v": 5.2, "q": 192}]}',
    "tb_device": '{"ts": 1767225600000, "values": {"level": 5.2}}',
    "tb_gateway": '{"罐区 1": [{"ts": 1767225600000, "values": {"level": 5.2}}]}',
    "plain": "5.2",
    "nested": '{"collectTime": "20260101080000", "datas": [{"quotaId": "…", "value": 5.2, "isValid": true}]}',
}


def box(session: Session, viewer: Viewer, gateway: Gateway) -> Component:
    """The two inputs and the place of the answer."""
    topic = gateway.topic or own_topic(current_settings(), gateway, "telemetry")
    shown = "" if {"+", "#"} & set(topic.split("/")) else topic
    return html.Div(
        [
            html.P(f"按“{word(GATEWAY_SHAPES, gateway.shape)}”解析，只看结果，不入库。", className="cap"),
            dcc.Store(id=part_id("trial-of", KEY), data=gateway.id),
            html.Div(
                [
                    html.Label("主题", htmlFor="trial-topic"),
                    dcc.Input(id=part_id("trial-topic", KEY), value=shown, placeholder=topic, type="text", className="input", maxLength=200),
                    html.Label("报文"),
                    dcc.Textarea(id=part_id("trial-text", KEY), value="", placeholder=EXAMPLES[gateway.shape], className="input trial-text"),
                    html.Button("试解析", id=part_id("trial-go", KEY), type="button", className="button primary"),
                ],
                className="trial-form",
            ),
            html.Div(id=part_id("trial-answer", KEY), className="trial-answer", **{"aria-live": "polite"}),
        ],
        className="drawer-main-part",
    )


def answer(trial: Trial) -> Component:
    """What came out: a line for each value, and what stood in the way."""
    parts: list[Component] = []
    if trial.fault:
        parts.append(notice(trial.fault, "danger"))
    if trial.note:
        parts.append(notice(trial.note, "warn"))
    if trial.lines:
        counts = {state: sum(line.state == state for line in trial.lines) for state in STATES}
        words = "，".join(f"{STATES[state][0]} {count} 个" for state, count in counts.items() if count)
        more = f"（只列前 {MOST_LINES} 个）" if len(trial.lines) == MOST_LINES else ""
        head = html.Thead(html.Tr([html.Th(one) for one in ("报文中的键", "上报值", "测点", "入库值", "采集时间", "结果")]))
        table = html.Table([head, html.Tbody([_row(line) for line in trial.lines])], className="list wrap")
        parts += [html.P(f"{words}。{more}"), html.Div(table, className="table-box")]
    return html.Div(parts)


def _row(line: Line) -> Component:
    point = f"{line.point.code} {line.point.name}" if line.point else "—"
    value = f"{line.value:.10g} {line.point.unit}" if line.point is not None and line.value is not None else "—"
    at = full_words(datetime.fromtimestamp(line.ts, UTC)) if line.ts is not None else "—"
    words, tone = STATES[line.state]
    result = [tag(words, tone), html.Div(line.remark, className="cap")] if line.remark else tag(words, tone)
    return html.Tr([html.Td(one) for one in (line.key, line.said, point, value, at, result)])


def register(app: Dash) -> None:
    """Register what answers the button."""

    @guarded(
        app,
        Output(part_id("trial-answer", KEY), "children"),
        Input(part_id("trial-go", KEY), "n_clicks"),
        State(part_id("trial-of", KEY), "data"),
        State(part_id("trial-topic", KEY), "value"),
        State(part_id("trial-text", KEY), "value"),
        permission=EDIT,
        prevent_initial_call=True,
    )
    def tried(viewer: Viewer, clicks: Any, gateway: Any, topic: Any, text: Any) -> Component:
        if not clicks:
            raise PreventUpdate
        if not isinstance(gateway, int) or isinstance(gateway, bool) or not isinstance(topic or "", str) or not isinstance(text or "", str):
            raise Invalid("提交的内容不完整，请刷新页面。")
        if not (text or "").strip():
            raise Invalid("请粘贴一条报文。")
        if len(text) > LONGEST or len(topic or "") > 200:
            raise Invalid(f"报文超过 {LONGEST} 字节。")
        with read_session() as session:
            found = get(session, Gateway, gateway, viewer)
            return answer(try_message(session, current_settings(), found, topic or "", text.encode()))
