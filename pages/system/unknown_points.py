"""未登记测点: keys that gateways report and no point claims; two clicks make a point of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from dashboard.moments import full_words
from dashboard.resource import Resource
from dashboard.resource_parts import ALL, Action, Column, Fact, Filter, FormField
from data import unknown_points
from data.choices import Choice
from data.models import UnknownPoint
from data.viewer import Viewer
from pages.system.points import own_gateways

EDIT = "point.edit"


def _register(session: Session, viewer: Viewer, unknown: UnknownPoint, values: Mapping[str, Any]) -> str:
    point = unknown_points.register(session, viewer, unknown, values)
    return f"已登记测点 {point.code} {point.name}，数据几秒内开始入库。报警限值请在测点配置中设置。"


def _ignore(session: Session, viewer: Viewer, unknown: UnknownPoint, values: Mapping[str, Any]) -> str:
    unknown_points.ignore(session, viewer, unknown, is_ignored=True)
    return f"已忽略“{unknown.key}”。"


def _recall(session: Session, viewer: Viewer, unknown: UnknownPoint, values: Mapping[str, Any]) -> str:
    unknown_points.ignore(session, viewer, unknown, is_ignored=False)
    return f"“{unknown.key}”重新列入未登记测点。"


def _seen(session: Session, viewer: Viewer) -> list[Choice]:
    return [Choice("0", "待登记"), Choice("1", "已忽略"), Choice(ALL, "全部")]


def _field(name: str, label: str, *, is_required: bool = True, help: str = "", options: Any = None) -> FormField:
    return FormField(name, label, options=options, help=help, is_required=is_required)


UNKNOWN = Resource(
    key="unknown_point",
    model=UnknownPoint,
    path="/system/unknown-points",
    title="未登记测点",
    permission=EDIT,
    module="监测预警",
    group="监测配置",
    icon="question-diamond",
    sort="-last_at",
    placeholder="键、主题",
    columns=(
        Column("key", look="link"),
        Column("value", width=120, is_sortable=False),
        Column("gateway.code", label="网关", width=130, hint=lambda unknown: unknown.gateway.name),
        Column("enterprise.short_name", label="企业", width=120, hint=lambda unknown: unknown.enterprise.name),
        Column("count", look="number", width=100),
        Column("first_at", look="muted", width=130, is_on_card=False),
        Column("last_at", look="muted", width=130),
    ),
    filters=(
        Filter("gateway_id", options=own_gateways),
        Filter("is_ignored", "状态", options=_seen, default="0"),
    ),
    heading=lambda unknown: unknown.key,
    subtitle=lambda unknown: (unknown.gateway.code, unknown.enterprise.name),
    facts={
        "上报": (
            "key",
            "value",
            "topic",
            Fact("gateway.name", "网关"),
            Fact("enterprise.name", "企业"),
            Fact("count", "次数", lambda unknown: f"{unknown.count:,} 次"),
            Fact("first_at", show=lambda unknown: full_words(unknown.first_at)),
            Fact("last_at", show=lambda unknown: full_words(unknown.last_at)),
        ),
    },
    actions=(
        Action(
            "register",
            "登记",
            EDIT,
            _register,
            lambda unknown: f"把“{unknown.key}”登记为测点，最近的值是 {unknown.value}。以下内容按键名推测，请核对。",
            icon="plus-lg",
            is_in_row=True,
            starts=unknown_points.proposal,
            fields=(
                _field("installation_id", "重大危险源", options=unknown_points.installations),
                _field("tank_id", "储罐", options=unknown_points.tanks, is_required=False),
                _field("code", "测点编码"),
                _field("name", "测点名称"),
                _field("quantity", "监测量", options=unknown_points.quantities),
                _field("unit", "单位"),
                _field("range_low", "量程下限"),
                _field("range_high", "量程上限"),
                _field("scale", "系数", help="入库数值 = 上报值 × 系数 + 零点，如上报 kPa、单位 MPa 时填 0.001"),
                _field("offset", "零点"),
            ),
        ),
        Action(
            "ignore",
            "忽略",
            EDIT,
            _ignore,
            lambda unknown: f"不再提示“{unknown.key}”，可在状态“已忽略”中找回。",
            icon="eye-slash",
            is_batch=True,
            when=lambda unknown: not unknown.is_ignored,
        ),
        Action("recall", "恢复提示", EDIT, _recall, lambda unknown: f"“{unknown.key}”重新列入待登记。", icon="eye", when=lambda unknown: unknown.is_ignored),
    ),
    empty_title="没有未登记的测点",
    empty_text="网关上报而没有测点使用的键列在这里，附最近的值，两次点击即可登记为测点。",
)
