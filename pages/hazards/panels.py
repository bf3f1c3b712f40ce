"""Parts of an installation's drawer: how it stands now, its media, identifications, plans and tanks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import func
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, notice, section, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column, table
from dashboard.moments import moment_words
from dashboard.resource import shown_value
from dashboard.site import address
from data.choices import Choice, word
from data.choices.monitoring import TANK_STATES
from data.choices.risks import HAZARD_LEVELS, PLAN_KINDS
from data.hazard_dues import standing
from data.hazard_running import Holding, Running, running
from data.hazards import is_outdated, latest, may_change, media_of
from data.models import Enterprise, Identification, Installation, InstallationPlan, RiskAssessment, Tank
from data.query import visible
from data.rules.gb18218 import figure
from data.vehicles import distance_m
from data.viewer import Viewer
from pages.hazards.declaring import base, level_of, today

AROUND_M = 500
PERSONS = (("main", "主要负责人"), ("technical", "技术负责人"), ("operating", "操作负责人"))


def mark(choice: Choice) -> Component:
    return tag(choice.word, choice.tone, outline=not choice.tone)


def above(session: Session, viewer: Viewer, one: Installation) -> Component:
    """The legal level and where it comes from, what runs out, what is missing, and the ways to what one does here."""
    snapshot = latest(session, one.id)
    words = f"按设计最大量辨识，{snapshot.identified_at.date()}，S = {_figure(snapshot.result.get('S'))}" + (f"，R = {_figure(snapshot.result.get('R'))}" if snapshot.r is not None else "") if snapshot else "还没有辨识"
    link = dcc.Link("计算过程", href=address(f"{base(viewer)}/identifications", open=snapshot.id)) if snapshot else None
    legal = html.Div([html.B("法定级别"), mark(level_of(one)), html.Span(words, className="cap"), link], className="row-line")
    outdated = notice("介质或常住人口在最近一次辨识后改动过，请重新辨识。", "warn") if snapshot and is_outdated(session, one, snapshot) else None
    parts: list[Component | None] = [legal, _running_line(session, one), outdated, *_warnings(one)]
    if may_change(viewer):
        parts.append(html.Div([dcc.Link("辨识分级", href=address(f"{base(viewer)}/identify", installation=one.id), className="button primary"), html.A("风险评估", href=address(f"{base(viewer)}/assessments", do="add"), className="button"), html.A("登记演练", href=address(f"{base(viewer)}/drills", do="add"), className="button")], className="row-line"))
    return html.Div(parts, className="drawer-main-part hazard-above")


def _figure(text: str | None) -> str:
    whole, dot, rest = (text or "").partition(".")
    return f"{whole}{dot}{rest[:3]}"


def _warnings(one: Installation) -> list[Component]:
    days = (("filing", "备案", one.filing_expires_on), ("assessment", "安全评估", one.assessment_due_on))
    near = [f"{label}{found.word}" for kind, label, day in days if (found := standing(kind, day, today()))]
    missing = [label for name, label in PERSONS if not getattr(one, f"{name}_person")]
    missing += ["备案编号"] if not one.filing_number else []
    told = [notice(f"{'；'.join(near)}。", "warn")] if near else []
    return told + ([notice(f"未填写：{'、'.join(missing)}。", "warn")] if missing else [])


def _running_line(session: Session, one: Installation) -> Component | None:
    found = running(session, one, datetime.now(UTC))
    return html.Div([html.B("运行信息"), html.Span(running_words(found)), tag("仅供参考", "stale")], className="row-line") if found else None


def running_words(found: Running) -> str:
    """现存量为设计最大量的 83 %，相当于三级；充装至 91 % 时将达到二级。"""
    level = word(HAZARD_LEVELS, found.present.level) if found.present.level else "不构成"
    parts = [f"现存量为设计最大量的 {found.percent} %，相当于{level}" if found.percent is not None else f"现存量相当于{level}"]
    if found.next_level is not None:
        parts.append(f"充装至 {found.next_share} % 时将达到{word(HAZARD_LEVELS, found.next_level)}")
    return "；".join(parts) + "。"


def media(session: Session, viewer: Viewer, one: Installation) -> Component:
    """The substances by design maximum, and beside them what stands in the tanks."""
    now = datetime.now(UTC)
    rows = media_of(session, one)
    if not rows:
        return empty("还没有介质", "在“辨识分级”中填写并保存，或在“修改”中添加。")
    columns = [
        Column("介质", lambda row: row.name),
        Column("表1 品名", lambda row: _word(row, "table_row", now)),
        Column("表2 类别", lambda row: row.hazard_class or NO_VALUE),
        Column("表4 类别", lambda row: row.beta_class or NO_VALUE),
        Column("设计最大量（t）", lambda row: f"{row.quantity_t:,.10g}", True),
    ]
    found = running(session, one, now)
    return html.Div([section("介质与设计最大量"), table(columns, rows), *(_running(found) if found else [])], className="hazard-parts")


def _word(row: Any, name: str, now: datetime) -> str:
    value = shown_value(row, name, now)
    return value.word if isinstance(value, Choice) else value


def _running(found: Running) -> list[Component]:
    holdings = [
        Column("介质", lambda one: one.name),
        Column("设计最大量（t）", lambda one: figure(one.design_t), True),
        Column("现存量（t）", lambda one: figure(one.present_t), True),
        Column("占比", lambda one: f"{one.present_t * 100 / one.design_t:.0f} %" if one.design_t else NO_VALUE, True),
        Column("说明", _assumed),
    ]
    tanks = [
        Column("罐号", lambda one: one.tank.code),
        Column("介质", lambda one: one.tank.medium),
        Column("充装", lambda one: f"{one.share * 100:.1f} %" if one.share is not None else "无实时液位", True),
        Column("现存量（t）", lambda one: figure(one.mass_t) if one.mass_t is not None else NO_VALUE, True),
    ]
    told = ["运行信息：", running_words(found), "级别以设计最大量的辨识结果为准（GB 18218-2018 4.2.2），此处由实时液位换算，仅供参考。"]
    return [section("运行检查"), notice(told), table(holdings, found.holdings), section("储罐现存量"), table(tanks, found.contents)]


def _assumed(one: Holding) -> str:
    return "部分或全部无实时液位，按设计最大量计" if one.is_assumed else ""


def identifications(session: Session, viewer: Viewer, one: Installation) -> Component:
    rows = session.scalars(visible(Identification, viewer).where(Identification.installation_id == one.id).order_by(Identification.identified_at.desc(), Identification.id.desc())).unique().all()
    if not rows:
        return empty("还没有辨识记录", "在“辨识分级”中计算并保存。")
    now = datetime.now(UTC)
    columns = [
        Column("辨识时间", lambda row: dcc.Link(moment_words(row.identified_at, now), href=address(f"{base(viewer)}/identifications", open=row.id))),
        Column("级别", lambda row: mark(level_of(row))),
        Column("S", lambda row: _figure(row.result.get("S")), True),
        Column("R", lambda row: _figure(row.result.get("R")), True),
        Column("常住人口（人）", lambda row: f"{row.people:,}", True),
        Column("辨识人", lambda row: row.identified_by.name if row.identified_by else NO_VALUE),
        Column("说明", lambda row: row.remark or ""),
    ]
    return table(columns, rows)


def plans(session: Session, viewer: Viewer, one: Installation) -> Component:
    rows = session.scalars(visible(InstallationPlan, viewer).where(InstallationPlan.installation_id == one.id).order_by(InstallationPlan.state, InstallationPlan.name, InstallationPlan.edition.desc())).unique().all()
    if not rows:
        return empty("还没有应急预案", "在“应急预案”中添加。")
    columns = [
        Column("预案", lambda row: dcc.Link(f"{row.name} 第 {row.edition} 版", href=address(f"{base(viewer)}/plans", open=row.id))),
        Column("类型", lambda row: word(PLAN_KINDS, row.kind)),
        Column("备案号", lambda row: row.filing_number or ""),
        Column("下次评估", lambda row: _left("plan_review", row.review_due_on)),
        Column("最近演练", lambda row: str(row.last_drilled_on or "")),
        Column("下次演练", lambda row: _left("drill", row.drill_due_on)),
    ]
    return table(columns, rows)


def _left(kind: str, day: Any) -> Any:
    found = standing(kind, day, today())
    return tag(found.word, found.tone) if found else str(day or "")


def tanks(session: Session, viewer: Viewer, one: Installation) -> Component:
    rows: Sequence[Tank] = session.scalars(visible(Tank, viewer).where(Tank.installation_id == one.id).order_by(Tank.id)).unique().all()
    if not rows:
        return empty("没有储罐", "储罐登记后显示在这里。")
    columns = [
        Column("罐号", lambda row: dcc.Link(row.code, href=address("/tanks", tank=row.code)) if viewer.may("tank.view") else row.code),
        Column("名称", lambda row: row.name),
        Column("介质", lambda row: row.medium),
        Column("公称容积（m³）", lambda row: f"{row.volume_m3:,.10g}", True),
        Column("密度（t/m³）", lambda row: f"{row.density:,.10g}" if row.density else "", True),
        Column("状态", lambda row: word(TANK_STATES, row.state)),
    ]
    return table(columns, rows)


def neighbours(session: Session, viewer: Viewer, one: Installation) -> Component:
    """The enterprises around, nearest first: what α asks for are the people who live there, who are counted on the spot."""
    around = sorted(((metres, firm) for firm in session.scalars(visible(Enterprise, viewer).where(Enterprise.id != one.enterprise_id).order_by(Enterprise.id)).unique() if (metres := distance_m(one.lon, one.lat, firm.lon, firm.lat)) <= AROUND_M), key=lambda pair: pair[0])
    told = notice(f"α 按厂区边界外 500 m 内常住人口{f' {one.exposed_people:,} 人' if one.exposed_people is not None else '（未填写）'}取值；下列企业按位置列出，距离自重大危险源中心算起。")
    if not around:
        return html.Div([told, empty("周边没有企业", f"{AROUND_M:,} m 内没有登记的企业。")], className="hazard-parts")
    columns = [
        Column("企业", lambda row: dcc.Link(row[1].name, href=address("/enterprises", open=row[1].id)) if viewer.may("enterprise.view") else row[1].name),
        Column("距离（m）", lambda row: f"{row[0]:,.0f}", True),
        Column("从业人数（人）", lambda row: f"{row[1].employee_count:,}" if row[1].employee_count is not None else NO_VALUE, True),
        Column("值班电话", lambda row: row[1].duty_phone or NO_VALUE),
    ]
    return html.Div([told, table(columns, around)], className="hazard-parts")


def counted(model: Any) -> Any:
    """Counts the rows of the model that belong to the installation."""

    def count(session: Session, viewer: Viewer, one: Installation) -> int:
        mine = visible(model, viewer).where(model.installation_id == one.id)
        return session.scalar(mine.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0

    return count


def assessments(session: Session, viewer: Viewer, one: Installation) -> Component:
    rows = session.scalars(visible(RiskAssessment, viewer).where(RiskAssessment.installation_id == one.id).order_by(RiskAssessment.assessed_on.desc(), RiskAssessment.id.desc())).unique().all()
    if not rows:
        return empty("还没有风险评估", "在“风险评估”中添加。")
    now = datetime.now(UTC)
    columns = [
        Column("评估", lambda row: dcc.Link(row.name, href=address(f"{base(viewer)}/assessments", open=row.id))),
        Column("日期", lambda row: str(row.assessed_on)),
        Column("最高 D 值", lambda row: f"{row.score:,.10g}" if row.score is not None else "", True),
        Column("风险等级", lambda row: _word(row, "level", now)),
        Column("评估人", lambda row: row.assessor),
    ]
    return table(columns, rows)
