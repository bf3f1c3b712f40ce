"""Making a document for a record: number, file, attachment and entry in one transaction, or none of them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import numbers
from data.attachments import attach, attachments_of, detach, path_of
from data.audit import record_change
from data.calendar import park_day
from data.documents.kinds import KINDS, Occasion, PaperKind, day_words, issuer_of
from data.documents.rendering import fault_of, render, shipped
from data.errors import Conflict, Invalid, NotFound
from data.file_types import DOCX
from data.models import Attachment, Department, NumberSeries, Paper, PaperTemplate, Record, User
from data.viewer import Viewer

EDIT = "paper.edit"
SLOT, TEMPLATE_SLOT = "paper", "template"
VOID = "【作废】"
_PLACE = re.compile(r"\{(\w*)[^}]*\}")
MOST_NUMBER = 60


def make_paper(
    session: Session, viewer: Viewer, kind: str, record: Record, now: datetime, *, values: Mapping[str, Any] | None = None, words: str = ""
) -> Paper:
    """The document of that kind for the record, with the next number of its series; the file hangs on the record as 文书.

    ``values`` are written into the record by the same step, ``words`` are requirements beside the usual ones, a line each.
    The number belongs to this transaction: whatever fails later gives it back. A document of the kind that the record had before is
    void from now on; it keeps its number.
    """
    declared = kind_of(kind)
    day = park_day(now)
    number = written(pattern_of(session, declared), day.year, numbers.take(session, declared.series, day.year))
    department = session.get(Department, viewer.department_id) if viewer.department_id else None
    user = session.get(User, viewer.id) if viewer.id else None
    phone = (user.phone if user else None) or (department.phone if department else None) or ""
    occasion = Occasion(viewer, record, values or {}, day, issuer_of(record, department), phone, words)
    content = _rendered(session, declared, {**declared.context(occasion), "number": number})
    attachment = attach(session, viewer, record, SLOT, f"{declared.name}（{number}）.docx", io.BytesIO(content))
    paper = Paper(
        kind=declared.key,
        number=number,
        title=f"{declared.name}（{number}）",
        table_name=type(record).__tablename__,
        record_id=record.id,
        attachment_id=attachment.id,
        enterprise_id=getattr(record, "enterprise_id", None),
        made_at=now,
        made_by_id=viewer.id,
        created_by_id=viewer.id,
        updated_by_id=viewer.id,
    )
    _void_earlier(session, viewer, declared, record, number, now)
    session.add(paper)
    session.flush()
    return paper


def _void_earlier(session: Session, viewer: Viewer, kind: PaperKind, record: Record, number: str, now: datetime) -> None:
    """Mark the record's documents of the kind as void, the file's name too: whoever downloads it sees it."""
    for earlier in papers_of(session, record):
        if earlier.kind != kind.key or earlier.voided_at is not None:
            continue
        earlier.voided_at, earlier.void_reason, earlier.updated_by_id = now, f"{day_words(park_day(now))}重新制作，以{number}为准", viewer.id
        file = session.get(Attachment, earlier.attachment_id) if earlier.attachment_id else None
        if file is not None:
            file.name = f"{VOID}{file.name}"
        record_change(session, viewer, "void", record, {kind.name: [earlier.number, f"作废：{earlier.void_reason}"]})


def papers_of(session: Session, record: Record) -> list[Paper]:
    """The documents that were made for a record that the viewer was given, oldest first."""
    mine = select(Paper).where(Paper.table_name == type(record).__tablename__, Paper.record_id == record.id, Paper.deleted_at.is_(None))
    return list(session.scalars(mine.order_by(Paper.id)))


def kind_of(key: str) -> PaperKind:
    """The kind of that key; NotFound when there is none: keys come from browsers."""
    if key not in KINDS:
        raise NotFound("没有这种文书，请刷新页面。")
    return KINDS[key]


def row_of(session: Session, kind: PaperKind) -> PaperTemplate | None:
    """What the park decided about documents of the kind."""
    return session.scalar(select(PaperTemplate).where(PaperTemplate.kind == kind.key, PaperTemplate.deleted_at.is_(None)))


def pattern_of(session: Session, kind: PaperKind) -> str:
    """How numbers of the kind are written now."""
    row = row_of(session, kind)
    return row.pattern if row is not None else kind.pattern


def template_of(session: Session, kind: PaperKind) -> Path:
    """The template from which documents of the kind are made now: the park's own, else the one that comes with the platform."""
    row = row_of(session, kind)
    own = attachments_of(session, row)[TEMPLATE_SLOT] if row is not None else []
    return path_of(own[-1]) if own else shipped(kind)


def has_own(session: Session, row: PaperTemplate) -> bool:
    """Whether the park put a template of its own in the place of the shipped one."""
    return bool(attachments_of(session, row)[TEMPLATE_SLOT])


def written(pattern: str, year: int, number: int) -> str:
    """The number as it stands on the document."""
    return pattern.replace("{year}", str(year)).replace("{number}", str(number))


def fault_of_pattern(pattern: str) -> str:
    """Why numbers cannot be written so, in words; empty when they can."""
    unknown = [one[0] for one in _PLACE.finditer(pattern) if one[0] not in ("{year}", "{number}")]
    if unknown:
        return f"只能使用 {{year}} 和 {{number}}，不认识 {'、'.join(unknown)}。"
    missing = [one for one in ("{year}", "{number}") if one not in pattern]
    if missing:
        return f"缺少 {'、'.join(missing)}：没有它，不同文书会有相同的文号。"
    if len(written(pattern, 2026, 99999)) > MOST_NUMBER:
        return f"文号太长，最多 {MOST_NUMBER} 个字。"
    return ""


def next_number(session: Session, kind: PaperKind, now: datetime) -> str:
    """The number that the next document will have, if nobody is faster. It takes none."""
    year = park_day(now).year
    last = session.scalar(select(NumberSeries.last).where(NumberSeries.series == kind.series, NumberSeries.year == year)) or 0
    return written(pattern_of(session, kind), year, last + 1)


def check_template(session: Session, row: PaperTemplate) -> None:
    """Raise Invalid when the park's own template cannot be used; it stands in its slot already, within this transaction."""
    kind = kind_of(row.kind)
    for attachment in attachments_of(session, row)[TEMPLATE_SLOT]:
        if attachment.content_type != DOCX.content_type:
            raise Invalid("请上传 Word 文档（.docx）。")
        fault = fault_of(kind, path_of(attachment))
        if fault:
            raise Invalid(fault)


def use_shipped(session: Session, viewer: Viewer, row: PaperTemplate) -> None:
    """Take the park's own template away, so that the shipped one counts again (恢复默认)."""
    viewer.require(EDIT)
    own = attachments_of(session, row)[TEMPLATE_SLOT]
    if not own:
        raise Conflict("正在使用默认模板。")
    for attachment in own:
        detach(session, viewer, attachment, "恢复默认模板")


def _rendered(session: Session, kind: PaperKind, context: Mapping[str, Any]) -> bytes:
    template = template_of(session, kind)
    fault = fault_of(kind, template) if template != shipped(kind) else ""
    if fault:
        raise Conflict(f"{kind.name}的模板不能使用：{fault}请在“文书模板”中更换或恢复默认。")
    return render(template, context)
