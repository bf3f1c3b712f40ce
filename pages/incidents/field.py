"""我的应急任务: what the person in the field is to do, on a phone: accept it, say how it goes, with photographs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import facts, icon, notice, panel, state_tag, tag
from dashboard.blocks.inputs import drawn, spec_of
from dashboard.blocks.state import empty
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource_work import submission_id
from dashboard.site import Page, address
from data import incident_tasks, incidents
from data.alarm_views import to_ms
from data.choices import Choice, word
from data.choices.incidents import INCIDENT_KINDS, TASK_STATES
from data.db import read_session
from data.db import session as write_session
from data.errors import Conflict, Forbidden, Invalid
from data.models import IncidentTask
from data.query import get
from data.viewer import Viewer
from pages.incidents.declaring import GROUP, MODULE, TASKS_PATH, desk_of, look_at
from pages.incidents.desk_parts import call
from pages.incidents.lists import TASKS

KEY = "incident_field"
RESULTS = (Choice("doing", "进展"), Choice("done", "已完成"), Choice("failed", "无法完成"))
Texts = Mapping[str, str]


def layout(viewer: Viewer, id: str = "") -> Component:
    """All of one's tasks, or the one that the address names."""
    with read_session() as session:
        inside = _one(session, viewer, submission_id(id)) if id else _all(session, viewer)
    if id:
        look_at(viewer, f"{TASKS_PATH}?id={id}")
    body = html.Div(inside, id=part_id("incident-field", KEY), className="inc-field")
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _all(session: Session, viewer: Viewer) -> list[Component]:
    now = datetime.now(UTC)
    waiting, over = (incident_tasks.mine(session, viewer, is_open=one) for one in (True, False))
    rows = [_row(one, now) for one in waiting]
    here = panel("待办任务", html.Div(rows, className="inc-field-rows") if rows else empty("没有待办的应急任务", "指挥人员下达后，这里和消息中心都会出现。"), note=f"{len(rows)} 项")
    there = panel("已办任务", html.Div([_row(one, now) for one in over[:20]], className="inc-field-rows"), note=f"{len(over)} 项") if over else None
    return [here, *([there] if there else [])]


def _row(task: IncidentTask, now: datetime) -> Component:
    drill = tag("演练", "danger") if task.incident.is_drill else None
    due = html.B("", className="inc-left", **{"data-inc-due": str(to_ms(task.due_at))}) if task.is_open and task.due_at else html.Span(moment_words(task.closed_at, now) if task.closed_at else "", className="cap")
    words = html.Div([html.B(task.what), html.Span(f"{task.incident.title} · {task.incident.place}", className="cap"), html.Div([drill, state_tag(TASK_STATES, task.state), due], className="row-line")])
    return dcc.Link([words, icon("chevron-right")], href=address(TASKS_PATH, id=task.id), className=f"inc-field-row {task.state}")


def _one(session: Session, viewer: Viewer, identity: int, texts: Texts | None = None, mistakes: Texts | None = None) -> list[Component]:
    now = datetime.now(UTC)
    task = get(session, IncidentTask, identity, viewer)
    incident = task.incident
    why = incident_tasks.why_not_answer(session, viewer, task)
    place = incident.place
    if incident.lon is not None and viewer.may("map.view"):
        place = html.Span([incident.place, " ", dcc.Link("地图", href=f"/map?view={incident.lon:.5f},{incident.lat:.5f},17")])  # type: ignore[assignment]
    title = dcc.Link(incident.title, href=desk_of(incident)) if viewer.may(incidents.VIEW) else incident.title
    pairs = [("突发事件", title), ("类型", word(INCIDENT_KINDS, incident.kind)), ("地点", place), ("危险物质", incident.substance), ("现场指挥", incident.commander), ("受领", html.Span([task.unit, " ", call(task.phone)])), ("时限", moment_words(task.due_at, now) if task.due_at else "未定"), ("最近反馈", task.feedback)]
    drill = notice("演练：按预案演练，不是真实事件。", "danger") if incident.is_drill else None
    head = panel(task.what, [drill, facts([(name, value) for name, value in pairs if value], columns=1)], actions=[state_tag(TASK_STATES, task.state), html.B("", className="inc-left", **{"data-inc-due": str(to_ms(task.due_at))}) if task.is_open and task.due_at else None])
    back = dcc.Link([icon("chevron-left"), "全部任务"], href=TASKS_PATH, className="button")
    if why or not task.is_open or not incident.is_open:
        told = why or f"任务{word(TASK_STATES, task.state)}。" if not task.is_open or why else "事件已结束，任务不能再反馈。"
        return [back, head, notice(told, "primary"), *_photos(session, viewer, task)]
    acts = _accept(task, mistakes) if task.state == "waiting" else _feedback(session, viewer, task, texts or {}, mistakes or {})
    return [back, head, acts, *_photos(session, viewer, task)]


def _marks(task: IncidentTask, do: str) -> dict[str, str]:
    return {"data-record-form": KEY, "data-id": str(task.id), "data-do": do, "data-version": "1"}


def _seen(task: IncidentTask) -> Component:
    return dcc.Input(type="hidden", name="seen", value=task.state)


def _accept(task: IncidentTask, mistakes: Texts | None) -> Component:
    told = notice("；".join(mistakes.values()), "danger") if mistakes else None
    return html.Form([told, _seen(task), html.Button([icon("check2"), "接收任务"], type="submit", className="button primary large inc-wide")], **_marks(task, "accept"))


def _feedback(session: Session, viewer: Viewer, task: IncidentTask, texts: Texts, mistakes: Texts) -> Component:
    result = spec_of(session, viewer, IncidentTask, "state", text=texts.get("state", "doing"), options=RESULTS, label="结果")
    text = spec_of(session, viewer, IncidentTask, "text", text=texts.get("text", ""), label="反馈", is_long=True) | {"wrong": "text" in mistakes}
    wrong = html.Div(mistakes["text"], className="mistake", role="alert") if "text" in mistakes else None
    lines = [html.Label("结果", htmlFor="field-state"), drawn(result | {"required": True}), html.Label("反馈", htmlFor="field-text"), drawn(text), wrong]
    body = [*lines, _seen(task), html.Button("提交反馈", type="submit", className="button primary large inc-wide")]
    return panel("反馈", html.Form(body, noValidate=True, className="inc-form", key=f"{task.version}:{len(mistakes)}", **_marks(task, "answer")))


def _photos(session: Session, viewer: Viewer, task: IncidentTask) -> list[Component]:
    return [panel("现场照片", attachment_box(session, viewer, task, IncidentTask.__files__[0], resource=TASKS))]


def register(app: Dash) -> None:
    """Register what answers the submissions."""

    @guarded(app, Output(part_id("incident-field", KEY), "children"), Input(part_id("form-submit", KEY), "data"), permission=incidents.FIELD, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> list[Component]:
        given = data.get("values") if isinstance(data, Mapping) else None
        if not isinstance(given, Mapping) or data.get("do") not in ("accept", "answer"):
            raise Invalid("提交的内容不完整，请刷新页面。")
        texts = {str(name): str(value)[:20_000] for name, value in given.items()}
        return _submitted(viewer, submission_id(data.get("id")), texts, is_accepting=data["do"] == "accept")


def _submitted(viewer: Viewer, identity: int, texts: Texts, *, is_accepting: bool) -> list[Component]:
    state = "doing" if is_accepting else texts.get("state", "")
    kept: Texts | None = None
    mistakes: Texts = {}
    try:
        with write_session() as session:
            task = incident_tasks.answer(session, viewer, identity, state, texts.get("text", ""), texts.get("seen", ""), datetime.now(UTC))
            say("success", "已接收，指挥台已看到。" if is_accepting else f"已提交，任务“{word(TASK_STATES, task.state)}”。")
    except Invalid as error:
        say("error", str(error))
        kept, mistakes = texts, error.fields
    except (Conflict, Forbidden) as error:
        say("error", str(error), stays=True)
        kept = texts
    with read_session() as session:
        return _one(session, viewer, identity, kept, mistakes)


PAGE = Page(TASKS_PATH, "我的应急任务", layout, permission=incidents.FIELD, module=MODULE, group=GROUP, icon="person-walking", short="应急任务", register=register)
