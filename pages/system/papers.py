"""文书模板: how official documents look and how they are numbered; the park may put a Word template of its own in the place of the shipped one."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component
from flask import Response, send_file
from sqlalchemy.orm import Session

from auth.session import current_viewer
from dashboard.blocks.basic import notice, section
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Figure, FormField, Panel
from data.choices import Choice
from data.db import read_session
from data.documents import making
from data.documents.kinds import Word
from data.documents.rendering import sample
from data.file_types import DOCX
from data.models import PaperTemplate
from data.viewer import Viewer

OWN, SHIPPED = Choice("own", "园区模板", "primary"), Choice("shipped", "默认模板")


def _next(session: Session, viewer: Viewer, rows: Sequence[PaperTemplate]) -> Mapping[int, Figure]:
    now = datetime.now(UTC)
    return {one.id: Figure(making.next_number(session, making.kind_of(one.kind), now)) for one in rows}


def _source(session: Session, viewer: Viewer, rows: Sequence[PaperTemplate]) -> Mapping[int, Figure]:
    return {one.id: Figure((OWN if making.has_own(session, one) else SHIPPED).word) for one in rows}


def _check(record: Any, values: dict[str, Any]) -> dict[str, str]:
    fault = making.fault_of_pattern(values.get("pattern") or "") if "pattern" in values else ""
    return {"pattern": fault} if fault else {}


def _use_shipped(session: Session, viewer: Viewer, row: PaperTemplate, values: Mapping[str, Any]) -> str:
    making.use_shipped(session, viewer, row)
    return f"“{row.name}”已恢复默认模板，此后的文书按默认模板制作。"


def _files(session: Session, viewer: Viewer, row: PaperTemplate) -> Component:
    """The two files that one needs for a template of one's own, and the fields that may stand in it."""
    kind = making.kind_of(row.kind)
    links = html.Div(
        [
            html.A("下载当前模板", href=f"/system/papers/{row.kind}/template", className="button", **{"data-plain": "1"}),
            html.A("下载填好的样张", href=f"/system/papers/{row.kind}/sample", className="button", **{"data-plain": "1"}),
        ],
        className="row-line",
    )
    told = notice("下载当前模板，用 Word 修改版式和文字，保留双花括号中的字段，再在“附件”中上传。上传时会用样例数据试制一份，有错即提示。")
    columns = (
        TableColumn("字段", lambda one: html.Code(f"{{{{ {one[0]} }}}}")),
        TableColumn("内容", lambda one: one[1].label + ("（必需）" if one[0] in kind.needed else "")),
        TableColumn("样例", lambda one: _sample(one[1])),
    )
    return html.Div([told, links, section("可用字段"), table(columns, list(kind.fields.items()))], className="notice-page")


def _sample(field: Word) -> str:
    if callable(field.sample):
        return "见样张"
    return field.sample if isinstance(field.sample, str) else field.sample[0]


PAPERS = Resource(
    key="paper_template",
    model=PaperTemplate,
    path="/system/papers",
    title="文书模板",
    permission=making.EDIT,
    module="系统管理",
    group="文书",
    icon="file-earmark-word",
    sort="id",
    placeholder="",
    columns=(
        Column("name", width=280),
        Column("source", label="使用的模板", width=120, figures=_source, is_sortable=False),
        Column("pattern", width=260, is_sortable=False),
        Column("next", label="下一个文号", width=220, figures=_next, is_sortable=False),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    facts={"文书": ("name", "pattern", "updated_at")},
    panels=(Panel("fields", "模板与字段", _files),),
    form={
        "文书": (
            FormField("name", is_fixed=True),
            FormField("pattern", help="{year} 为年度，{number} 为序号，如 朝应急改〔{year}〕{number}号；序号每年从 1 起，不跳号"),
        )
    },
    edit_permission=making.EDIT,
    check=_check,
    after_save=making.check_template,
    save_note="只影响此后制作的文书，已制作的不变。",
    actions=(
        Action(
            "default",
            "恢复默认",
            making.EDIT,
            _use_shipped,
            lambda row: f"“{row.name}”改用默认模板，园区上传的模板不再使用。文号格式不变。",
            icon="arrow-counterclockwise",
        ),
    ),
    can_export=False,
)


def register(app: Dash) -> None:
    """Add the addresses of the files: the template as it is now, and a document made from it with samples."""

    @app.server.get("/system/papers/<kind>/template")
    def paper_template(kind: str) -> Response:
        current_viewer().require(making.EDIT)
        declared = making.kind_of(kind)
        with read_session() as session:
            path = making.template_of(session, declared)
        return send_file(path, DOCX.content_type, as_attachment=True, download_name=f"{declared.name}_模板.docx", max_age=0)

    @app.server.get("/system/papers/<kind>/sample")
    def paper_sample(kind: str) -> Response:
        current_viewer().require(making.EDIT)
        declared = making.kind_of(kind)
        with read_session() as session:
            content = sample(declared, making.template_of(session, declared))
        return send_file(io.BytesIO(content), DOCX.content_type, as_attachment=True, download_name=f"{declared.name}_样张.docx", max_age=0)


PAGE = replace(PAPERS.page(), register=register)
