"""《安全风险清单》: what counts of an enterprise's risks as a Word document, object by object."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.choices import word
from data.choices.risks import RISK_CATEGORIES, RISK_LEVELS
from data.models import Enterprise, RiskEvent, RiskObject
from data.query import visible
from data.risk_lists import TreeRow, control_words, tree_rows
from data.rules.risk import CONTROL
from data.viewer import Viewer

FONT = "宋体"
HEADS = ("分析单元", "风险事件", "事故类型", "固有等级", "现状等级", "管控层级", "管控措施", "管控方式", "责任人")
WIDTHS_MM = (28, 36, 24, 16, 16, 20, 72, 30, 20)


def risk_list(session: Session, viewer: Viewer, enterprise: Enterprise, day: date) -> bytes:
    """The document of the objects in force that the viewer sees, as of ``day``."""
    wanted = visible(RiskObject, viewer).where(RiskObject.enterprise_id == enterprise.id, RiskObject.is_in_force)
    objects = session.scalars(wanted.order_by(RiskObject.id)).unique().all()
    document = _page()
    document.add_heading("安全风险清单", level=0)
    document.add_paragraph(f"企业名称：{enterprise.name}　　属地：{enterprise.division.name}　　编制日期：{day:%Y-%m-%d}")
    document.add_paragraph(_summary(session, [one.id for one in objects]))
    for number, one in enumerate(objects, 1):
        document.add_heading(f"{number}. {one.name}（{word(RISK_CATEGORIES, one.category)}）", level=2)
        document.add_paragraph(f"责任部门：{one.department_name}　　责任人：{one.person}　　位置：{one.place or '—'}")
        _table(document, list(tree_rows(session, one.id)))
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _page() -> Any:
    document = Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(15)
    for name in ("Normal", "Title", "Heading 2"):
        style: Any = document.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    normal: Any = document.styles["Normal"]
    normal.font.size = Pt(9)
    return document


def _summary(session: Session, objects: Sequence[int]) -> str:
    rows = select(RiskEvent.present_level, func.count()).where(RiskEvent.object_id.in_(objects), RiskEvent.deleted_at.is_(None)).group_by(RiskEvent.present_level)
    counts: dict[int, int] = dict(session.execute(rows).all())
    levels = "，".join(f"{one.word}风险 {counts.get(int(one.code), 0)} 个" for one in RISK_LEVELS)
    return f"风险分析对象 {len(objects)} 个，风险事件 {sum(counts.values())} 个，其中{levels}（按现状风险等级）。"


def _table(document: Any, rows: Sequence[TreeRow]) -> None:
    table = document.add_table(rows=1, cols=len(HEADS))
    table.style, table.autofit = "Table Grid", False
    _fill(table.rows[0], HEADS)
    for row in rows:
        _fill(table.add_row(), _cells(row))


def _fill(row: Any, texts: Sequence[str]) -> None:
    for cell, text, width in zip(row.cells, texts, WIDTHS_MM, strict=True):
        cell.text, cell.width = text, Mm(width)


def _cells(row: TreeRow) -> tuple[str, ...]:
    event, measure = row.event, row.measure
    named = (event.name, "、".join(part for part in (event.accident, event.other_accidents) if part), word(RISK_LEVELS, event.inherent_level), word(RISK_LEVELS, event.present_level), CONTROL[event.present_level]) if event else ("",) * 5
    person = (measure.person if measure else "") or (event.person if event else "") or ""
    return (row.unit.name if row.unit else "", *named, measure.name if measure else "", control_words(measure) if measure else "", person)
