"""外发消息: what goes out by e-mail and webhook, what failed and why; one may try it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter
from data import channels
from data.choices import word
from data.choices.system import DELIVERY_CHANNELS
from data.models import Delivery
from data.settings import current_settings
from data.viewer import Viewer


def _resend(session: Session, viewer: Viewer, one: Delivery, values: Mapping[str, Any]) -> str:
    channels.resend(session, viewer, one, datetime.now(UTC))
    return f"“{one.title}”将在一分钟内重新发送给 {one.address}。"


def _top(session: Session, viewer: Viewer) -> Component:
    """Which channels are open, and what is the matter with them."""
    found = channels.health(session, current_settings())
    if not found:
        return notice("没有配置外发渠道，消息只在平台内显示。邮件设 PARK_SMTP_URL 和 PARK_SMTP_FROM，群机器人设 PARK_WEBHOOK_URL。")
    parts = []
    for channel, (number, reason) in found.items():
        name = word(DELIVERY_CHANNELS, channel)
        parts.append(notice(f"{name}有 {number:,} 条没有发出，系统会自动重试。最近原因：{reason}", "danger") if number else notice(f"{name}正常。", "ok"))
    return html.Div(parts, className="notice-page")


DELIVERIES = Resource(
    key="delivery",
    model=Delivery,
    path="/system/deliveries",
    title="外发消息",
    permission=channels.RESEND,
    module="系统管理",
    group="日志",
    sort="-id",
    placeholder="标题",
    columns=(
        Column("title", width=320),
        Column("channel", width=110),
        Column("address", width=220),
        Column("state", look="tag", width=110),
        Column("attempts", width=80, look="number"),
        Column("error", width=280, is_sortable=False, is_on_card=False),
        Column("created_at", look="muted", width=130),
    ),
    filters=(Filter("state"), Filter("channel"), Filter("created_at", "提交时间", kind="days")),
    tags=("state",),
    facts={"消息": ("title", Fact("body", show=lambda one: html.Div(one.body, className="notice-body")), "channel", "address"), "发送": ("created_at", "attempts", "next_at", "sent_at", "error")},
    actions=(
        Action(
            "resend",
            "重发",
            channels.RESEND,
            _resend,
            lambda one: f"立即再次发送给 {one.address}。",
            icon="arrow-repeat",
            when=lambda one: one.state != "sent",
            is_in_row=True,
            is_batch=True,
        ),
    ),
    top=_top,
    empty_title="还没有外发消息",
    can_export=False,
)
