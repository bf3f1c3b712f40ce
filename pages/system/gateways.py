"""采集网关: what each gateway sends and on which topics, whether it is on line, its password, and a message tried on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import facts, section
from dashboard.moments import full_words, moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Figure, Filter, FormField, Panel
from dashboard.site import address
from data.choices import Choice
from data.db import notify, read_session
from data.gateways import Presence, gateway_faults, grant_access, own_topic, presences
from data.models import Gateway
from data.settings import current_settings
from data.terminals import CONFIG_CHANNEL
from data.viewer import Viewer
from pages.system import gateway_trial

EDIT = "point.edit"
FRESH = timedelta(seconds=60)  # as long as ingest waits before it calls a gateway silent
OF_GATEWAY = "gateway_id"


def state_of(known: Presence, now: datetime) -> Choice:
    """Whether the gateway is on line: what it says itself, and without that what its values say."""
    is_fresh = known.heard_at is not None and now - known.heard_at <= FRESH
    if known.is_online is False and is_fresh and known.since is not None and known.heard_at is not None and known.heard_at > known.since:
        return Choice("contrary", "有数据，状态消息为离线", "warn")  # its values are believed more than a will that came late
    if known.is_online is not None and known.since is not None:
        words, tone = ("在线", "ok") if known.is_online else ("离线", "danger")
        return Choice(words, f"{words} · {moment_words(known.since, now)}起", tone)
    if known.heard_at is None:
        return Choice("never", "从未上报", "stale")
    if is_fresh:
        return Choice("data", "有数据", "ok")
    return Choice("silent", f"无数据 · {moment_words(known.heard_at, now)}起", "warn")


def _states(session: Session, viewer: Viewer, gateways: Sequence[Gateway]) -> Mapping[int, Figure | Choice]:
    now = datetime.now(UTC)
    return {key: state_of(known, now) for key, known in presences(session, gateways).items()}


def _points(session: Session, viewer: Viewer, gateways: Sequence[Gateway]) -> Mapping[int, Figure | Choice]:
    found = presences(session, gateways)
    return {key: Figure(f"{known.points:,}", address("/system/points", **{OF_GATEWAY: key})) for key, known in found.items()}


def _unknown(session: Session, viewer: Viewer, gateways: Sequence[Gateway]) -> Mapping[int, Figure | Choice]:
    found = presences(session, gateways)
    return {key: Figure(f"{known.unknown:,}", address("/system/unknown-points", **{OF_GATEWAY: key})) for key, known in found.items() if known.unknown}


def connection(session: Session, viewer: Viewer, gateway: Gateway) -> Component:
    """What the installer of the gateway must know, and how it stands."""
    known, now = presences(session, [gateway])[gateway.id], datetime.now(UTC)
    settings = current_settings()
    server = "自有 MQTT 服务器" if settings.mqtt_url else f"{settings.host}:{settings.mqtt_port}"
    lines = [
        ("状态", state_of(known, now).word),
        ("最近数据", full_words(known.heard_at) if known.heard_at else "从未"),
        ("MQTT 服务器", server),
        ("数据主题", gateway.topic or own_topic(settings, gateway, "telemetry")),
        ("状态主题", gateway.status_topic or own_topic(settings, gateway, "status")),
        ("遗嘱消息", "offline（保留），连接后发布 online（保留）"),
    ]
    return section_of("接入", facts(lines, columns=1))


def section_of(title: str, *inside: Component) -> Component:
    """A titled part of the drawer."""
    return html.Div([section(title), *inside], className="drawer-main-part")


def check(gateway: Gateway | None, values: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the code and the topics as they would stand after the edit."""
    with read_session() as session:
        return gateway_faults(session, current_settings(), gateway, values)


def _renew_password(session: Session, viewer: Viewer, gateway: Gateway, values: Mapping[str, Any]) -> str:
    access = grant_access(session, current_settings(), gateway.enterprise.code, gateway.code, viewer)
    notify(session, CONFIG_CHANNEL)  # ingest reads the gateways anew and tells the broker
    return f"MQTT 用户 {access.username}，口令 {access.password}，主题 {access.topic}。口令只显示这一次，请立即抄给安装人员。"


def _tell_ingest(session: Session, gateway: Gateway) -> None:
    notify(session, CONFIG_CHANNEL)


def _tell_of_deletion(session: Session, viewer: Viewer, gateway: Gateway) -> None:
    notify(session, CONFIG_CHANNEL)


def _topic(gateway: Gateway) -> str:
    assert object_session(gateway) is not None
    return gateway.topic or own_topic(current_settings(), gateway, "telemetry")


GATEWAYS = Resource(
    key="gateway",
    model=Gateway,
    path="/system/gateways",
    title="采集网关",
    permission=EDIT,
    module="监测预警",
    group="监测配置",
    icon="router",
    sort="code",
    placeholder="编码、名称",
    columns=(
        Column("code", width=150, look="link"),
        Column("name"),
        Column("enterprise.short_name", label="企业", width=120, hint=lambda gateway: gateway.enterprise.name),
        Column("state", label="状态", look="tag", width=190, figures=_states, is_sortable=False),
        Column("points", label="测点", width=80, look="number", figures=_points, is_sortable=False),
        Column("unknown", label="未登记", width=80, look="number", figures=_unknown, is_sortable=False),
        Column("shape", width=150),
        Column("topic", label="数据主题", width=300, show=_topic, is_sortable=False, is_on_card=False),
    ),
    filters=(Filter("enterprise_id"), Filter("shape")),
    subtitle=lambda gateway: (gateway.code, gateway.enterprise.name),
    facts={
        "网关": ("code", "name", Fact("enterprise.name", "企业"), "shape", Fact("topic", "数据主题", _topic), "status_topic", "username"),
    },
    panels=(Panel("connection", "接入", connection), Panel("trial", "试解析", gateway_trial.box)),
    form={
        "网关": ("enterprise_id", FormField("code", help="用作 MQTT 主题的一级，如 GW-01"), "name"),
        "报文": (
            "shape",
            FormField("topic", help="留空即用平台约定的 park/…/telemetry；ThingsBoard 等填实际主题，可含 + 和 #"),
            FormField("status_topic", help="留空即用平台约定的 park/…/status；上线、离线消息与遗嘱发到这里"),
        ),
    },
    edit_permission=EDIT,
    can_add=True,
    check=check,
    after_save=_tell_ingest,
    actions=(
        Action(
            "password",
            "生成口令",
            EDIT,
            _renew_password,
            lambda gateway: "生成新的 MQTT 口令，原口令立即失效，已连接的网关会断开。" if gateway.password_hash else "为网关开通 MQTT 用户，生成口令。",
            icon="key",
            stays=True,
            when=lambda gateway: not current_settings().mqtt_url,
        ),
    ),
    delete_permission=EDIT,
    before_delete=_tell_of_deletion,
    empty_title="还没有采集网关",
    empty_text="企业的数据采集网关在此登记：报文格式、主题和口令。登记后其数据按测点入库。",
)


def _register(app: Dash) -> None:
    """The callbacks of every list, and the one of the message that is tried."""
    gateway_trial.register(app)


_list = GATEWAYS.page()
PAGE = replace(_list, register=_register)
