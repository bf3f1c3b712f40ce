"""动态风险规则: how far alarms, measures, dangers and inspections raise a zone. Each saved change is a new version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice
from dashboard.moments import moment_words
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data.choices import word
from data.choices.risks import RISK_EFFECTS
from data.models import RiskRule, RiskRuleVersion
from data.risk_rules import keep_version
from data.rules.risk_colour import KIND
from data.save import create, update
from data.viewer import Viewer

MOST_VERSIONS = 6


def threshold_words(rule: Any) -> str:
    """持续 60 分钟起, 5 项起, 即时."""
    kind = KIND[rule.kind]
    if kind.is_counted:
        return f"{max(rule.threshold, 1)} {kind.unit}起"
    return f"持续 {rule.threshold} {kind.unit}起" if rule.threshold else "即时"


def _check(rule: Any, values: dict[str, Any]) -> dict[str, str]:
    kind = values.get("kind", getattr(rule, "kind", None))
    effect = values.get("effect", getattr(rule, "effect", None))
    if effect == "own" and kind != "event":
        return {"effect": "只有风险事件自身有等级，请选择升至哪一级或上升几级。"}
    if kind == "event" and effect not in ("own", "none", None):
        return {"effect": "风险事件按其现状等级计入，不再升级。"}
    return {}


def _store(session: Session, viewer: Viewer, rule: Any, values: dict[str, Any], version: int | None) -> RiskRule:
    before = rule.version if rule is not None else None
    saved = create(session, RiskRule, viewer, values) if rule is None else update(session, rule, viewer, values, version=version)
    if saved.version != before:
        keep_version(session, viewer.name)
    return saved


def _top(session: Session, viewer: Viewer) -> Component:
    """Which version is in force, and who made the last ones when."""
    now = datetime.now(UTC)
    versions = session.scalars(select(RiskRuleVersion).order_by(RiskRuleVersion.id.desc()).limit(MOST_VERSIONS)).all()
    if not versions:
        return notice("规则还未生效，系统启动后自动采用。", "warn")
    told = [f"第 {one.id} 版 {moment_words(one.at, now)} {one.user_name}" for one in versions]
    words = [html.B(f"现行第 {versions[0].id} 版。"), "区域取各情形所致等级中最高的一级；修改后立即按新版计算，历史仍注明当时的版本。", html.Br(), "最近版本：" + "；".join(told)]
    return notice(words)


RULES = Resource(
    key="risk_rule",
    model=RiskRule,
    path="/risk-map/rules",
    title="动态风险规则",
    permission="risk_map.rule",
    module="双重预防",
    group="四色图设置",
    icon="sliders2",
    sort="kind",
    placeholder="说明",
    columns=(
        Column("kind", width=180),
        Column("threshold", label="达到", width=140, look="text", show=threshold_words),
        Column("effect", width=180),
        Column("is_active", width=80),
        Column("remark"),
    ),
    filters=(Filter("kind"), Filter("is_active")),
    heading=lambda rule: f"{KIND[rule.kind].word} {threshold_words(rule)}",
    subtitle=lambda rule: (word(RISK_EFFECTS, rule.effect),),
    facts={"规则": ("kind", Fact("threshold", "达到", threshold_words), "effect", "is_active", "remark")},
    form={
        "规则": (
            "kind",
            FormField("threshold", help="一般隐患未整改、巡检漏检为项数；隐患超期等为天数；其余为持续分钟数，0 即时"),
            "effect",
            FormField("is_active", help="停用即不再计入"),
            FormField("remark", is_long=True),
        )
    },
    edit_permission="risk_map.rule",
    can_add=True,
    check=_check,
    store=_store,
    save_note="保存即成为新版本，立即按新版计算全园区域的颜色。",
    top=_top,
)
