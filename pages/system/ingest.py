"""接入诊断: how the processes stand, and which messages were refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import facts, section, tag
from dashboard.moments import full_words, moment_words, span_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data import health
from data.choices import Choice, word
from data.choices.monitoring import REFUSALS
from data.models import DeadLetter
from data.rules.shares import SHARES
from data.viewer import Viewer

ROLES = (Choice("ingest", "数据接入"), Choice("push", "实时推送"), Choice("jobs", "定时任务"), Choice("web", "网页"), Choice("simulate", "模拟器"))
SOURCES = (Choice("mqtt", "MQTT"), Choice("jt808", "JT/T 808"))
# The figures that tell whether data flow, in the order of their way through ingest.
FIGURES = (
    ("mqtt_connected", "消息服务器", ""),
    ("mqtt_shares", "承担 MQTT", f"份，共 {SHARES} 份"),
    ("mqtt_messages", "MQTT 消息", "条"),
    ("mqtt_refused_filters", "拒绝订阅", "个主题"),
    ("jt808_port", "808 端口", ""),
    ("jt808_connections", "808 连接", "个"),
    ("jt808_terminals", "在线终端", "台"),
    ("queue_rows", "等待写入", "行"),
    ("queue_age_s", "最久等待", "秒"),
    ("commit_ms", "写入一批", "毫秒"),
    ("readings", "已存测值", "条"),
    ("positions", "已存位置", "条"),
    ("duplicates", "重复丢弃", "条"),
    ("refusals", "拒收", "条"),
)
BAD = {True: "已连接", False: "未连接"}


def processes(session: Session, viewer: Viewer) -> Component:
    """A card for each process that ever lived: since when it runs, its last sign of life, its figures."""
    found = health.roles()
    known = [(f"{one.word} {number}".strip(), state) for one in ROLES for name, state in found.items() for kind, _, number in [name.partition("-")] if kind == one.code]
    return html.Section([_process(*one) for one in known], className="roles")


def _process(name: str, state: dict[str, Any]) -> Component:
    is_late = state["age_s"] > health.LATE_S
    age = span_words(timedelta(seconds=state["age_s"]))
    mark = tag(f"无心跳 {age}", "danger") if is_late else tag("运行中", "ok")
    lines = [("启动", moment_words(state["started_at"], datetime.now(UTC))), ("最近心跳", f"{age}前")]
    lines += [(label, _figure(state["facts"][name], unit)) for name, label, unit in FIGURES if name in state["facts"]]
    is_busy = len(lines) > 4
    return html.Div([html.B([name, mark]), facts(lines, columns=3 if is_busy else 1)], className=f"panel role{' is-busy' * is_busy}")


def _figure(value: Any, unit: str) -> str:
    if isinstance(value, bool):
        return BAD[value]
    shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}" if isinstance(value, float) else str(value)
    return f"{shown} {unit}".strip()


def sample(session: Session, viewer: Viewer, letter: DeadLetter) -> Component:
    """The newest refused message, as text and as bytes."""
    whole = bytes(letter.sample)
    parts = [section(f"十六进制（{len(whole)} 字节）"), html.Pre(hexadecimal(whole), className="sample")]
    if letter.source == "mqtt":
        parts = [section("文本"), html.Pre(whole.decode("utf-8", errors="replace"), className="sample"), *parts]
    return html.Div(parts, className="drawer-main-part")


def hexadecimal(content: bytes) -> str:
    """Sixteen bytes a line: place, bytes, and what of them is readable."""
    lines = []
    for start in range(0, len(content), 16):
        part = content[start : start + 16]
        readable = "".join(chr(one) if 32 <= one < 127 else "·" for one in part)
        lines.append(f"{start:04x}  {part.hex(' '):<47}  {readable}")
    return "\n".join(lines) or "（空）"


def _source(letter: DeadLetter) -> str:
    return word(SOURCES, letter.source)


REFUSED = Resource(
    key="refused",
    model=DeadLetter,
    path="/system/ingest",
    title="接入诊断",
    permission="ingest.view",
    module="系统管理",
    group="数据接入",
    icon="hdd-network",
    sort="-last_at",
    placeholder="发送方、说明",
    columns=(
        Column("reason", width=190, look="link"),
        Column("source", width=110, show=_source),
        Column("peer", width=280),
        Column("detail", is_sortable=False),
        Column("count", label="条数", width=100),
        Column("first_at", look="muted", width=130, is_on_card=False),
        Column("last_at", look="muted", width=130),
    ),
    filters=(
        Filter("source", options=lambda session, viewer: SOURCES),
        Filter("reason"),
        Filter("last_at", "时间", kind="days"),
    ),
    heading=lambda letter: word(REFUSALS, letter.reason),
    subtitle=lambda letter: (_source(letter), letter.peer),
    facts={
        "拒收": (
            Fact("reason"),
            Fact("source", show=_source),
            "peer",
            Fact("count", "条数", lambda letter: f"{letter.count:,} 条（该小时内）"),
            Fact("first_at", show=lambda letter: full_words(letter.first_at)),
            Fact("last_at", show=lambda letter: full_words(letter.last_at)),
            "detail",
        ),
    },
    panels=(Panel("sample", "样本", sample),),
    top=processes,
    empty_title="没有被拒收的报文",
    empty_text="无法解析、测点未登记、超出量程、时钟异常、终端未登记的报文会按发送方和原因计数，列在这里。",
)
