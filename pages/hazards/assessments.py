"""风险评估: semi-quantitative (LEC), event by event, kept with its working. A new assessment takes the place of an older one."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, section
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter, FormField, Parts
from data import risk_methods
from data.hazard_assessments import METHOD, conclude, save_assessment
from data.models import AssessedEvent, RiskAssessment, RiskMethod
from data.viewer import Viewer
from pages.hazards.declaring import FIRM, OF_FIRM, PLACE, RIGHTS, installation_options, own, today


def events_of(session: Session, one: RiskAssessment) -> list[AssessedEvent]:
    mine = select(AssessedEvent).where(AssessedEvent.assessment_id == one.id, AssessedEvent.deleted_at.is_(None))
    return list(session.scalars(mine.order_by(AssessedEvent.id)).unique())


def _factor(key: str) -> Any:
    """The values of a factor of the edition in force."""
    return lambda session, viewer: risk_methods.factor_choices(session, METHOD, key)


def _above(session: Session, viewer: Viewer, one: RiskAssessment) -> Component:
    """The events with their factors, and the working."""

    def words(key: str, score: float) -> str:
        return risk_methods.factor_words(session, one.edition_id, key, score)

    edition = session.get(RiskMethod, one.edition_id) if one.edition_id else None
    basis = f"依据：{edition.basis}。" if edition is not None and edition.basis else ""
    columns = [
        TableColumn("风险事件", lambda row: row.name),
        TableColumn("可能性 L", lambda row: words("L", row.likelihood)),
        TableColumn("暴露频率 E", lambda row: words("E", row.exposure)),
        TableColumn("后果 C", lambda row: words("C", row.consequence)),
        TableColumn("现有控制措施", lambda row: row.measures or ""),
    ]
    lines = [html.Li(html.Span(line)) for line in one.working or []]
    return html.Div(
        [section("风险事件"), table(columns, events_of(session, one)), section("计算过程"), html.Ol(lines, className="hazard-working"), notice(f"方法：{one.method}。{basis}", "warn")],
        className="drawer-main-part",
    )


def _store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> RiskAssessment:
    return save_assessment(session, viewer, values, today())


ASSESSMENTS = Resource(
    key="risk_assessment",
    model=RiskAssessment,
    path="/hazards/assessments",
    title="风险评估",
    sort="-assessed_on",
    placeholder="评估、重大危险源、企业",
    columns=(
        Column("name", width=260),
        FIRM,
        PLACE,
        Column("assessed_on", width=110),
        Column("score", width=110),
        Column("level", width=110),
        Column("assessor", width=110),
        Column("conclusion", is_sortable=False),
    ),
    filters=(*OF_FIRM, Filter("installation_id", options=installation_options), Filter("level"), Filter("assessed_on")),
    tags=("level",),
    subtitle=lambda one: (one.enterprise.name, one.installation.name, one.assessed_on.isoformat()),
    above=_above,
    facts={"评估": ("name", "installation_id", "assessed_on", "assessor", "method", "score", "level", "conclusion")},
    form={"评估": (FormField("installation_id", options=installation_options, is_required=True), "name", "assessed_on", "assessor", "conclusion")},
    parts=(Parts("events", AssessedEvent, ("name", "likelihood", "exposure", "consequence", "measures"), "至少 1 条；D = L × E × C，取最高的定级", 50, {"likelihood": _factor("L"), "exposure": _factor("E"), "consequence": _factor("C")}),),
    can_add=True,
    is_final=True,
    can_edit=lambda viewer, one: "评估保存后不能修改，请重新评估。",
    store=_store,
    after_save=conclude,
    save_note="保存后不能修改，计算过程随之保存。",
    empty_title="还没有风险评估",
    empty_text="逐个列出风险事件，选择 L、E、C，系统计算 D 值和等级并保存。",
    **RIGHTS,
)
OWN_ASSESSMENTS = own(ASSESSMENTS, delete_permission="")
