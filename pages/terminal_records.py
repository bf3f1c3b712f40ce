"""终端上报记录: what vehicle terminals reported besides positions, read only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, facts, notice, section, tag
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, Panel
from data.choices import Choice, word
from data.choices.vehicles import CARD_RESULTS, CARD_STATES, TERMINAL_RECORD_KINDS
from data.models import TerminalRecord
from data.viewer import Viewer

MOST_FRAMES = 200
BYTES_A_LINE = 16


def content(session: Session, viewer: Viewer, record: TerminalRecord) -> Component:
    """What the report says, in the form of its kind."""
    return html.Div(_CONTENTS[record.kind](record.content), className="drawer-main-part")


def _waybill(said: dict[str, Any]) -> list[Component]:
    if said.get("text"):
        return [section("电子运单"), html.Pre(said["text"], className="sample")]
    return [notice("运单内容不是文本，按原始数据显示。标准没有规定运单的格式，由企业与终端厂商约定。"), *_bytes(said["content_hex"], said)]


def _driver(said: dict[str, Any]) -> list[Component]:
    lines: list[tuple[str, Any]] = [("状态", _tag(CARD_STATES, said["status"])), ("插拔卡时间", _device_time(said["time"]))]
    if "ic_result" in said:
        lines.append(("读卡结果", _tag(CARD_RESULTS, said["ic_result"])))
    if "driver" in said:
        expiry = said["expiry"]
        is_date = expiry.isdecimal()
        lines += [
            ("驾驶员", said["driver"] or NO_VALUE),
            ("从业资格证", said["certificate"] or NO_VALUE),
            ("发证机构", said["agency"] or NO_VALUE),
            ("证件有效期", f"{expiry[:4]}-{expiry[4:6]}-{expiry[6:]}" if is_date else f"无法识别（{expiry}）"),
        ]
    if said.get("id_card"):
        lines.append(("身份证号", said["id_card"]))
    return [section("驾驶员身份"), facts(lines)]


def _can(said: dict[str, Any]) -> list[Component]:
    frames = said["frames"]
    columns = (
        TableColumn("CAN ID", lambda frame: f"0x{int(frame['id'], 16) & 0x1FFFFFFF:X}"),
        TableColumn("通道", lambda frame: "CAN2" if int(frame["id"], 16) >> 31 else "CAN1"),
        TableColumn("帧类型", lambda frame: "扩展帧" if int(frame["id"], 16) >> 30 & 1 else "标准帧"),
        TableColumn("采集方式", lambda frame: "区间平均值" if int(frame["id"], 16) >> 29 & 1 else "原始数据"),
        TableColumn("数据", lambda frame: _spaced(frame["data"])),
    )
    more = [notice(f"共 {len(frames):,} 帧，显示前 {MOST_FRAMES} 帧。")] if len(frames) > MOST_FRAMES else []
    return [section(f"CAN 数据（首帧 {said['time_of_day'][:8]}）"), *more, table(columns, frames[:MOST_FRAMES])]


def _transparent(said: dict[str, Any]) -> list[Component]:
    name = word(TYPES, said["type"])
    lines = [("消息类型", name if name == said["type"] else f"{name}（{said['type']}）")]
    return [section("透传数据"), facts(lines), *_bytes(said["data"], said)]


def _bytes(data: str, said: dict[str, Any]) -> list[Component]:
    lines = [data[at : at + 2 * BYTES_A_LINE] for at in range(0, len(data), 2 * BYTES_A_LINE)]
    cut = [notice("内容过长，只保存了前 64 KiB。")] if said.get("is_cut") else []
    size = f"{len(data) // 2:,} 字节"
    return [*cut, section(f"原始数据（{size}）"), html.Pre("\n".join(map(_spaced, lines)), className="sample")]


def _spaced(data: str) -> str:
    return " ".join(data[at : at + 2] for at in range(0, len(data), 2)).upper()


def _device_time(said: str) -> str:
    return f"无法识别（{said[4:]}）" if said.startswith("bcd:") else said[:19].replace("T", " ")


def _tag(choices: tuple[Choice, ...], code: int) -> Component:
    found = next((one for one in choices if one.code == str(code)), Choice(str(code), f"未知（{code}）", "stale"))
    return tag(found.word, found.tone)


# Types of 0x0900 that JT/T 808 and T/JSATL 12 name.
TYPES = (
    Choice("0x00", "GNSS 模块详细定位数据"),
    Choice("0x0b", "道路运输证 IC 卡信息"),
    Choice("0x41", "串口 1 透传"),
    Choice("0x42", "串口 2 透传"),
    Choice("0xf7", "外设状态"),
    Choice("0xf8", "外设系统信息"),
)
_CONTENTS = {"waybill": _waybill, "driver": _driver, "can": _can, "transparent": _transparent}


def _kind(record: TerminalRecord) -> Choice | str:
    return next((one for one in TERMINAL_RECORD_KINDS if one.code == record.kind), record.kind)


RECORDS = Resource(
    key="terminal_record",
    model=TerminalRecord,
    path="/vehicles/records",
    title="终端上报记录",
    permission="vehicle.view",
    module="危化品车辆",
    icon="inboxes",
    short="上报记录",
    sort="-ts",
    placeholder="车牌号、终端号、内容",
    columns=(
        Column("ts", width=160, show=lambda record: moment_words(record.ts, datetime.now(UTC), seconds=True)),
        Column("vehicle.plate", width=120),
        Column("terminal.phone", width=150, is_on_card=False),
        Column("kind", look="tag", width=130, show=_kind),
        Column("summary", is_sortable=False),
        Column("enterprise.name", width=220, is_on_card=False),
    ),
    filters=(Filter("kind"), Filter("ts", "上报时间", kind="days")),
    heading=lambda record: f"{record.vehicle.plate if record.vehicle else record.terminal.phone} · {word(TERMINAL_RECORD_KINDS, record.kind)}",
    subtitle=lambda record: (full_words(record.ts), f"终端 {record.terminal.phone}"),
    facts={
        "上报": (
            Fact("kind", show=_kind),
            Fact("summary"),
            Fact("vehicle.plate"),
            Fact("enterprise.name"),
            Fact("ts", show=lambda record: full_words(record.ts)),
            Fact("received_at", show=lambda record: full_words(record.received_at)),
            Fact("terminal.phone"),
            "serial",
        ),
    },
    panels=(Panel("content", "上报内容", content),),
    empty_title="还没有终端上报记录",
    empty_text="终端上报电子运单、驾驶员身份、CAN 数据和透传数据后，在这里查看。",
)
