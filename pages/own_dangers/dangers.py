"""隐患登记: the enterprise's own dangers, entered at a desk or on a phone with photos, and submitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import notice, section
from dashboard.blocks.inputs import control
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField
from dashboard.site import HOME, Page, address
from data.calendar import park_day
from data.choices import Choice
from data.danger_reports import why_suspended
from data.dangers import OWN, change_draft, discard, lacking, put_on_its_way, register, why_not_own_draft
from data.models import DangerReport, HiddenDanger
from data.query import visible
from data.rules.deadlines import remaining
from data.rules.periods import period_words
from data.viewer import Viewer

PATH = "/own/dangers"
LATER = "提交前须填写"
PHOTOS = ("before", "after")


def left(danger: HiddenDanger) -> Choice | str:
    """How long there is until the deadline, in words and colour."""
    return remaining(danger.deadline_on, park_day(datetime.now(UTC)), is_closed=danger.closed_on is not None) or ""


def is_own_draft(danger: HiddenDanger) -> bool:
    return not why_not_own_draft(danger)


def why_not_submit(viewer: Viewer, danger: HiddenDanger) -> str:
    """What is missing before the draft can be submitted."""
    session = object_session(danger)
    missing = lacking(session, danger) if session is not None and is_own_draft(danger) else {}
    return f"提交前请补充：{'、'.join(missing.values())}。" if missing else ""


def _submit(session: Session, viewer: Viewer, danger: HiddenDanger, values: Mapping[str, Any]) -> str:
    put_on_its_way(session, viewer, danger, now=datetime.now(UTC))
    report = session.get(DangerReport, danger.report_id) if danger.report_id else None
    return f"已提交 {danger.number}" + (f"，计入 {period_words(report.period)}上报。" if report else "。")


def _discard(session: Session, viewer: Viewer, danger: HiddenDanger, values: Mapping[str, Any]) -> str:
    discard(session, viewer, danger)
    return f"已删除草稿“{danger.name}”。"


def _store(session: Session, viewer: Viewer, danger: Any, values: dict[str, Any], version: int | None) -> HiddenDanger:
    now = datetime.now(UTC)
    if danger is None:
        return register(session, viewer, {name: value for name, value in values.items() if value is not None}, now=now)
    return change_draft(session, viewer, danger, values, version=version, now=now)


def _today(session: Session, viewer: Viewer, text: str) -> Component:
    """The day of finding: today until another one is chosen."""
    return control(session, viewer, HiddenDanger, "found_on", text=text or park_day(datetime.now(UTC)).isoformat(), resource_key="own_danger", is_required=True)


def _read_day(session: Session, viewer: Viewer, text: str) -> Any:
    from data.values import FormReader

    return FormReader(session, viewer, HiddenDanger).read("found_on", text)


def above(session: Session, viewer: Viewer, danger: HiddenDanger) -> Component:
    """Of a draft its photos and what is missing; of any other danger the way to the page where it is worked on."""
    if not is_own_draft(danger):
        return html.Div(notice(["办理情况和下一步：", dcc.Link("打开办理页面", href=f"/dangers/{danger.id}")]))
    missing = why_not_submit(viewer, danger)
    boxes = [attachment_box(session, viewer, danger, one, resource=OWN_DANGERS) for one in HiddenDanger.__files__ if one.code in PHOTOS]
    edit = html.A("修改", href=address(PATH, open=danger.id, do="edit"), className="button", **{"data-list": "1"})
    go = html.A("提交", href=address(PATH, open=danger.id, do="submit"), className="button primary", **{"data-list": "1"})
    told = notice([missing], "warn") if missing else notice("内容已齐，可以提交。提交后进入整改或审核流程，不能再修改。", "ok")
    return html.Div([section("现场照片"), *boxes, told, html.Div([edit] if missing else [go, edit], className="row-line")], className="drawer-main-part own-draft")


def periods(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The enterprise's own periods, the newest first."""
    rows = session.scalars(visible(DangerReport, viewer).where(DangerReport.enterprise_id == viewer.enterprise_id).order_by(DangerReport.ends_on.desc()).limit(60)).unique()
    return [Choice(str(one.id), period_words(one.period)) for one in rows]


def top(session: Session, viewer: Viewer) -> Component:
    """Why the enterprise cannot report now, when it cannot."""
    reason = why_suspended(session, viewer.enterprise_id or 0)
    return html.Div(notice(f"{reason}重大隐患仍须随时上报。", "warn") if reason else None)


OWN_DANGERS = Resource(
    key="own_danger",
    model=HiddenDanger,
    path=PATH,
    title="隐患登记",
    permission=OWN,
    module=HOME,
    group="工作台",
    icon="exclamation-triangle",
    sort="-id",
    placeholder="隐患描述、部位、编号",
    columns=(
        Column("name", width=260),
        Column("state", width=110, look="tag"),
        Column("deadline_on", label="整改期限", width=120, look="dot", show=left),
        Column("level", width=80),
        Column("place", width=140, is_sortable=False),
        Column("found_on", width=110),
        Column("number", width=150, is_sortable=False),
    ),
    filters=(Filter("state"), Filter("level"), Filter("report_id", "上报期", options=periods), Filter("source"), Filter("found_on")),
    tags=("state", "level"),
    subtitle=lambda one: (one.number or "", one.place or "", one.found_on.isoformat()),
    above=above,
    facts={
        "隐患": ("name", "place", "level", "kind", "source", "found_on", "finder", Fact("deadline_on", "整改期限"), "treatment"),
        "整改": ("person", "phone", "measures", "rectified_on", "result", "closed_on"),
        "重大隐患": ("criterion_id", "cause", "harm", "difficulty", "interim"),
    },
    form={
        "隐患": (
            "name",
            FormField("place", help=LATER),
            "level",
            "kind",
            FormField("found_on", draw=_today, read=_read_day, is_required=True),
            FormField("treatment", help="当场改好的选即查即改"),
        ),
        "整改": (
            FormField("deadline_on", help=LATER),
            FormField("person", help="限期整改的，提交前须填写"),
            "phone",
            "measures",
            FormField("rectified_on", help=LATER),
            FormField("result", help=LATER),
        ),
        "重大隐患上报": (*(FormField(name, help=LATER) for name in ("criterion_id", "cause", "harm", "difficulty")), "interim"),
    },
    edit_permission=OWN,
    can_add=True,
    can_edit=lambda viewer, danger: why_not_own_draft(danger),
    slots=tuple(one for one in HiddenDanger.__files__ if one.code in PHOTOS),
    store=_store,
    save_label="保存草稿",
    save_note="保存后拍照、上传照片，再提交。",
    actions=(
        Action(
            "submit",
            "提交",
            OWN,
            _submit,
            lambda one: "提交后由监管部门审核，不能再修改。" if one.level == "major" else "提交后计入本期上报，不能再修改；请按期整改。",
            icon="send",
            when=is_own_draft,
            why_not=why_not_submit,
            is_in_row=True,
            is_batch=True,
        ),
        Action("discard", "删除草稿", OWN, _discard, lambda one: f"删除草稿“{one.name}”。", icon="trash", is_dangerous=True, when=is_own_draft, is_batch=True),
    ),
    top=top,
    empty_title="还没有隐患",
    empty_text="自查发现的隐患在此登记，拍照后提交。",
)


def page() -> Page:
    """The page of the list, on the enterprise side."""
    return replace(OWN_DANGERS.page(), side="enterprise", short="隐患")
