"""事件列表, 演练列表, 应急任务, 信息报告, 规划半径: what there is and was, drills always apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session, object_session

from dashboard.blocks.basic import icon
from dashboard.blocks.place import place
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField
from data import incident_tasks, incidents
from data.models import Incident, IncidentReport, IncidentTask, PlanningRadius
from data.rules.incident import Harm
from data.save import update
from data.viewer import Viewer
from pages.incidents.declaring import DRILL, GROUP, MODULE, PATH, desk_of, level_of, state_of


def _harm(incident: Incident) -> str:
    found: Harm = incidents.harm_of(incident)
    return found.words


def _mark(incident: Incident) -> Any:
    return DRILL if incident.is_drill else ""


def _firm(incident: Incident) -> str:
    return incident.enterprise.short_name if incident.enterprise is not None else ""


def _town(incident: Incident) -> str:
    place = incident.enterprise.division if incident.enterprise is not None else incident.division
    return place.name if place is not None else ""


def _received_by(incident: Incident) -> str:
    return incident.received_by.name if incident.received_by is not None else ""


def _way_in(session: Session, viewer: Viewer, incident: Incident) -> Component:
    return html.Div(dcc.Link([icon("broadcast-pin"), "进入处置台"], href=desk_of(incident), className="button primary"), className="drawer-main-part")


def _held(viewer: Viewer, incident: Incident) -> str:
    return incidents.why_held(incident)


FACTS: dict[str, tuple[Fact | str, ...]] = {
    "事件": ("number", "kind", Fact("state", "状态", state_of), Fact("level", "事件级别", level_of), "response_level", "commander", "place", Fact("enterprise_id", "企业", _firm), Fact("division_id", "属地", _town), "substance"),
    "接报": ("occurred_at", "received_at", "source", Fact("received_by_id", "接报人", _received_by), "reporter", "reporter_phone", "description"),
    "伤亡": (Fact("dead_count", "伤亡情况", _harm), "loss"),
    "结束与评估": ("verified_at", "responded_at", "ended_at", "archived_at", "archive_number", "cause", "review", "lessons"),
}
FORM: dict[str, tuple[FormField | str, ...]] = {
    "事件": ("title", "kind", FormField("occurred_at", is_required=False, help="不填即接报时间"), "source"),
    "地点": ("enterprise_id", FormField("installation_id", help="属于所选企业；用于匹配应急预案"), "division_id", "place", "lon", "substance"),
    "报告": ("reporter", "reporter_phone", "description"),
}


def _list(key: str, path: str, title: str, *, is_drill: bool, **more: Any) -> Resource:
    def store(session: Session, viewer: Viewer, record: Any, values: dict[str, Any], version: int | None) -> Incident:
        now = datetime.now(UTC)
        if record is None:
            return incidents.receive(session, viewer, values, now, is_drill=is_drill)
        return incidents.edit(session, viewer, record, values, now, version)

    return Resource(
        key=key,
        model=Incident,
        path=path,
        title=title,
        permission=incidents.VIEW,
        module=MODULE,
        group=GROUP,
        where={"is_drill": is_drill},
        sort="-received_at",
        placeholder="标题、编号、地点、企业、报告人",
        columns=(
            Column("received_at", width=120),
            Column("title", look="link", width=230),
            Column("kind", width=120),
            Column("state", look="tag", width=90, show=state_of),
            Column("level", look="tag", width=120, show=level_of),
            Column("place", hint=lambda one: one.place),
            Column("enterprise.short_name", label="企业", width=120, is_shown=False),
            Column("dead_count", label="伤亡情况", width=140, show=_harm, is_sortable=False),
            Column("number", width=140),
            Column("occurred_at", width=140, is_shown=False),
            Column("ended_at", width=140, is_shown=False),
            Column("commander", width=100, is_shown=False),
        ),
        filters=(Filter("received_at"), Filter("kind"), Filter("level"), Filter("state"), Filter("enterprise_id"), Filter("occurred_at"), Filter("source"), Filter("ended_at")),
        heading=lambda one: one.title,
        tags=(Fact("state", "状态", state_of), Fact("level", "级别", level_of), Fact("is_drill", "演练", _mark)),
        subtitle=lambda one: (one.number, one.place),
        above=_way_in,
        rail=place,
        facts=FACTS,
        form=FORM,
        edit_permission=incidents.EDIT,
        can_add=True,
        can_edit=_held,
        store=store,
        work_page=desk_of,
        edge=lambda one: "danger" if one.is_open else "",
        empty_title=f"没有{title.removesuffix('列表')}",
        **more,
    )


INCIDENTS = _list(
    "incident",
    PATH,
    "事件列表",
    is_drill=False,
    icon="exclamation-octagon",
    save_note="保存即接报：编号、接报时间和时间线由系统写入，值班人员同时收到消息。",
    empty_text="电话接报点“添加”；由报警转入，请在报警中心打开该报警，点“转为突发事件”。",
)
DRILLS = _list(
    "incident_drill",
    f"{PATH}/drills",
    "演练列表",
    is_drill=True,
    save_note="演练单独编号、单独统计，处置台带红框和“演练”水印，不打断大屏轮播。",
    empty_text="点“添加”开始一次演练，过程与真实事件相同。",
)


def _why_not(viewer: Viewer, task: IncidentTask) -> str:
    session = object_session(task)
    if not task.is_open or not task.incident.is_open:
        return "任务已办结或事件已结束，不能再修改。"
    return incident_tasks.why_not_answer(session, viewer, task) if session is not None else ""


def _store_task(session: Session, viewer: Viewer, task: Any, values: dict[str, Any], version: int | None) -> IncidentTask:
    viewer.require(incidents.FIELD)
    changed: IncidentTask = update(session, task, viewer, values, version=version)
    return changed


TASKS = Resource(
    key="incident_task",
    model=IncidentTask,
    path=f"{PATH}/tasks/all",
    title="应急任务",
    permission=incidents.VIEW,
    module=MODULE,
    group=GROUP,
    sort="-created_at",
    placeholder="任务内容、受领单位、事件",
    columns=(
        Column("what", look="link", width=280),
        Column("state", look="tag", width=100),
        Column("unit", width=180),
        Column("incident.title", label="突发事件", width=220),
        Column("due_at", width=140),
        Column("accepted_at", width=140),
        Column("closed_at", width=140),
        Column("feedback"),
    ),
    filters=(Filter("state"), Filter("due_at"), Filter("incident.is_drill", "演练")),
    heading=lambda one: one.what,
    tags=("state",),
    subtitle=lambda one: (one.incident.title, one.unit),
    facts={"任务": ("what", "unit", "phone", "due_at", Fact("incident.title", "突发事件"), "state", "accepted_at", "closed_at", "feedback")},
    form={"任务": ("phone",)},
    edit_permission=incidents.FIELD,
    can_edit=_why_not,
    store=_store_task,
    edge=lambda one: "danger" if one.is_open and one.due_at and one.due_at < datetime.now(UTC) else "",
    empty_title="没有应急任务",
    empty_text="任务在事件的处置台下达。",
)


def _signer(report: IncidentReport) -> str:
    return report.signed_by.name if report.signed_by is not None else ""


def _content(session: Session, viewer: Viewer, report: IncidentReport) -> Component:
    parts = [html.Div([html.B(part.get("head", "")), html.P(part.get("text", ""))]) for part in report.content if isinstance(part, dict)]
    return html.Div([html.P("已签发，内容不再改变；Word 文书在“附件”中。", className="cap"), *parts], className="drawer-main-part incident-report-text")


REPORTS = Resource(
    key="incident_report",
    model=IncidentReport,
    path=f"{PATH}/reports",
    title="信息报告",
    permission=incidents.VIEW,
    module=MODULE,
    group=GROUP,
    sort="-signed_at",
    placeholder="标题、编号、事件",
    columns=(
        Column("title", look="link"),
        Column("kind", width=80),
        Column("issue", width=70, look="number"),
        Column("number", width=180),
        Column("recipient", width=180),
        Column("signed_by_id", label="签发人", width=100, show=_signer, is_sortable=False),
        Column("signed_at", width=140),
    ),
    filters=(Filter("kind"), Filter("signed_at"), Filter("incident.is_drill", "演练")),
    heading=lambda one: one.title,
    tags=("kind",),
    above=_content,
    facts={"报告": ("number", "kind", "issue", "recipient", "copied_to", Fact("signed_by_id", "签发人", _signer), "signed_at")},
    empty_title="还没有信息报告",
    empty_text="专报、续报、终报在事件的处置台起草、签发。",
)

RADII = Resource(
    key="planning_radius",
    model=PlanningRadius,
    path=f"{PATH}/radii",
    title="规划半径",
    permission=incidents.VIEW,
    module=MODULE,
    group=GROUP,
    sort="kind",
    placeholder="物质、圈层名称",
    columns=(
        Column("name", look="link", width=160),
        Column("kind", width=120),
        Column("substance", width=140),
        Column("radius_m", look="number", width=110),
        Column("is_downwind", width=110),
        Column("basis"),
    ),
    filters=(Filter("kind"),),
    facts={"规划半径": ("name", "kind", "substance", "radius_m", "is_downwind", "basis")},
    form={"规划半径": ("kind", "substance", "name", "radius_m", "is_downwind", "basis")},
    edit_permission=incidents.COMMAND,
    delete_permission=incidents.COMMAND,
    can_add=True,
    empty_title="还没有规划半径",
    empty_text="添加园区采用的半径和依据，处置台可一键画出；画出的圈层都标明“规划估算”。",
)
