"""今日巡检: what is to be inspected now, place by place, on a phone; a place is opened by its QR code. What is found becomes a hidden danger."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.attachments import attachment_box
from dashboard.blocks.basic import NO_VALUE, dot, icon, notice, panel, section, tag
from dashboard.blocks.inputs import control
from dashboard.blocks.state import empty
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.moments import moment_words
from dashboard.resource_work import submission_id
from dashboard.site import HOME, Page, address
from data import inspections, risks
from data.calendar import park_day
from data.choices import Choice
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid
from data.models import HiddenDanger, InspectionTask
from data.query import get
from data.rules.risk import cycle_words
from data.values import FormReader
from data.viewer import Viewer
from pages.own_risks.tasks import GROUP, TASKS
from pages.risks.inspections import due

PATH, KEY = "/own/inspections", "own_inspect"
RECTIFY_DAYS = 7
FIELDS = ("name", "level", "kind", "deadline_on", "measures")
OTHER_RESULTS = (Choice("danger", "发现隐患"), Choice("unused", "停用未查"))
_CODE = re.compile(r"[0-9a-f]{16}")


def layout(viewer: Viewer, place: str = "", task: str = "", person: str = "") -> Component:
    """The places with their tasks, one place after its code was read, or the form for what was found."""
    code = place if _CODE.fullmatch(place) else ""
    with read_session() as session:
        inside = _finding(session, viewer, submission_id(task), code) if task else _places(session, viewer, code, person[:40])
        body = html.Div(inside, id=part_id("own-inspect", KEY), className="own-inspect")
    return html.Div([dcc.Store(id=part_id("form-submit", KEY)), body], **{"data-form-page": KEY, "data-user": str(viewer.id)})


def _places(session: Session, viewer: Viewer, code: str, person: str) -> list[Component]:
    now = datetime.now(UTC)
    found = inspections.due_now(session, viewer, now, person="" if code else person, place_code=code)
    here = inspections.unit_at(session, viewer, code) if code else None
    waiting, done = sum(len(one.open) for one in found), sum(len(one.done) for one in found)
    if here is not None:
        whole = dcc.Link("查看全部巡检点", href=PATH)
        head = notice([html.B(f"{here.risk_object.name} · {here.name}"), f"（{here.place or '巡检点'}）：待查 {waiting} 项，已查 {done} 项。", whole])
    else:
        head = _head(session, viewer, now, person, waiting, done)
    if not found:
        return [head, panel("今日巡检", empty("现在没有要巡检的措施", "风险清单审核通过后，系统按每条措施的周期产生任务。"))]
    return [head, *(_place(one, code, now) for one in found)]


def _head(session: Session, viewer: Viewer, now: datetime, person: str, waiting: int, done: int) -> Component:
    people = inspections.people_of(session, viewer, now)
    options = [html.Option("全部巡检人", value=PATH), *(html.Option(one, value=address(PATH, person=one), selected=one == person) for one in people)]
    choose = html.Select(options, className="form-select", title="巡检人", **{"data-go": "1", "aria-label": "巡检人"})
    scan = html.Span([icon("qr-code-scan"), "到现场扫巡检点的二维码即可打开该点。"], className="cap")
    counts = html.Div([html.B(f"待查 {waiting} 项"), html.Span(f"已查 {done} 项", className="cap")], className="row-line")
    return html.Section(html.Div([counts, choose, scan], className="row-line inspect-head"), className="panel")


def _place(one: inspections.Place, code: str, now: datetime) -> Component:
    title = f"{one.unit.risk_object.name} · {one.unit.name}"
    note = f"{one.unit.place or '巡检点'} · 待查 {len(one.open)} 项"
    rows = [_row(task, code, now) for task in one.open]
    finished = html.Details([html.Summary(f"已查 {len(one.done)} 项"), *(_done_row(task, now) for task in one.done)]) if one.done else None
    if not one.open:
        return panel(title, finished, note=note, actions=[tag("本点已查完", "ok")])
    acts = html.Div([html.Button("提交勾选的为正常", type="submit", className="button primary"), html.Button("全部勾选", type="button", className="button", **{"data-tick-all": "1"})], className="row-line inspect-acts")
    marks = {"data-record-form": KEY, "data-id": str(one.unit.id), "data-do": "normal", "data-version": "1"}
    form = html.Form([*rows, dcc.Input(type="hidden", name="place", value=code), acts], noValidate=True, **marks)
    return panel(title, [form, finished], note=note)


def _row(task: InspectionTask, code: str, now: datetime) -> Component:
    measure = task.measure
    words = [html.B(measure.name), html.Span(measure.content or "", className="cap"), html.Span(f"{task.person or NO_VALUE} · {cycle_words(measure.cycle_count, measure.cycle_unit)} · {due(task)} 截止", className="cap")]
    tick = html.Label([dcc.Input(type="checkbox", name="task", value=str(task.id), className="inspect-tick"), html.Span(words)], className="inspect-row")
    return html.Div([tick, dcc.Link("发现隐患", href=address(PATH, task=task.id, place=code), className="button")], className="inspect-line")


def _done_row(task: InspectionTask, now: datetime) -> Component:
    result = inspections.outcome(task)
    who = f"{task.record.checker} {moment_words(task.record.checked_at, now)}" if task.record else ""
    return html.Div([html.Span(task.measure.name), dot(result.word, result.tone), html.Span(who, className="cap")], className="inspect-line done")


def _finding(session: Session, viewer: Viewer, identity: int, code: str, typed: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None) -> list[Component]:
    """The form for a danger that was found, or for a measure that is out of use."""
    task = get(session, InspectionTask, identity, viewer)
    texts = dict(typed or {"result": "danger", "level": "general", "kind": "safety", "deadline_on": (park_day(datetime.now(UTC)) + timedelta(days=RECTIFY_DAYS)).isoformat()})
    wrong = mistakes or {}

    def line(name: str, label: str, **more: Any) -> Component:
        inside = control(session, viewer, HiddenDanger, name, text=texts.get(name, ""), is_wrong=name in wrong, resource_key="own_danger", label=label, **more)
        return html.Div([html.Label(label, htmlFor=f"field-{name}", className="must" if more.get("is_required") else ""), html.Div([inside, html.Div(wrong[name], className="mistake") if name in wrong else None])], className="f full")

    fields = [
        line("result", "巡检结果", options=OTHER_RESULTS, is_required=True),
        html.Div([line("name", "隐患描述", is_required=True), line("level", "隐患级别"), line("kind", "隐患类型"), line("deadline_on", "整改期限", is_required=True), line("measures", "整改措施", is_long=True)], className="form of-danger"),
        html.Div(line("note", "停用原因", is_long=True), className="form of-unused"),
    ]
    photos = html.Div([section("现场照片"), attachment_box(session, viewer, task, InspectionTask.__files__[0], resource=TASKS)])
    acts = html.Div([html.Button("提交", type="submit", className="button primary"), dcc.Link("返回", href=address(PATH, place=code), className="button"), html.Span("提交后登记为隐患并进入整改；重大隐患请再到“隐患登记”中补充报告。", className="cap")], className="row-line inspect-acts")
    marks = {"data-record-form": KEY, "data-id": str(task.id), "data-do": "finding", "data-version": "1"}
    form = html.Form([html.Div(fields, className="form"), dcc.Input(type="hidden", name="place", value=code), photos, acts], noValidate=True, className="record-form", **marks)
    what = notice([html.B(task.measure.name), f"（{task.risk_object.name} · {task.unit.name}）", html.Span(task.measure.content or "", className="cap")])
    told = notice([f"有 {len(wrong)} 处需要修改：{'；'.join(wrong.values())}"], "danger") if wrong else None
    return [panel("登记巡检结果", [what, told, form])]


def _submitted(viewer: Viewer, data: Any) -> list[Component]:
    given = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping) or data.get("do") not in ("normal", "finding"):
        raise Invalid("提交的内容不完整，请刷新页面。")
    texts = {str(name): str(value).strip()[:2000] for name, value in given.items()}
    code = texts.get("place", "") if _CODE.fullmatch(texts.get("place", "")) else ""
    return _tick(viewer, texts, code) if data["do"] == "normal" else _found(viewer, submission_id(data.get("id")), texts, code)


def _tick(viewer: Viewer, texts: Mapping[str, str], code: str) -> list[Component]:
    ids = [submission_id(one) for one in texts.get("task", "").split(",") if one]
    if not ids:
        raise Invalid("请先勾选已查、正常的措施。")
    now = datetime.now(UTC)
    with write_session() as session:
        tasks = [get(session, InspectionTask, one, viewer) for one in ids[: inspections.MOST_OF_DAY]]
        number = inspections.check_all(session, viewer, tasks, is_at_place=_is_here(session, viewer, tasks, code), now=now)
    say("success", f"已登记 {number} 项正常。")
    with read_session() as session:
        return _places(session, viewer, code, "")


def _found(viewer: Viewer, identity: int, texts: Mapping[str, str], code: str) -> list[Component]:
    try:
        with write_session() as session:
            task = get(session, InspectionTask, identity, viewer)
            values = _read(session, viewer, texts) | {"result": texts.get("result", ""), "note": texts.get("note", ""), "is_at_place": _is_here(session, viewer, [task], code)}
            _, danger = inspections.check(session, viewer, task, values, now=datetime.now(UTC))
            words = f"已登记隐患 {danger.number}，请按期整改。" if danger is not None and danger.state != "draft" else f"已登记重大隐患草稿 {danger.number}，请到“隐患登记”补充报告后提交。" if danger is not None else "已登记为停用未查。"
    except Invalid as error:
        if not error.fields:
            raise
        with read_session() as session:
            return _finding(session, viewer, identity, code, texts, error.fields)
    say("success", words)
    with read_session() as session:
        return _places(session, viewer, code, "")


def _read(session: Session, viewer: Viewer, texts: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the danger; Invalid with those that cannot be read."""
    if texts.get("result") != "danger":
        return {}
    reader = FormReader(session, viewer, HiddenDanger)
    values, mistakes = {}, {}
    for name in FIELDS:
        try:
            values[name] = reader.read(name, texts.get(name, ""))
        except ValueError as error:
            mistakes[name] = str(error)
    if mistakes:
        raise Invalid("有的内容不能保存，已在字段下标出。", mistakes)
    return values


def _is_here(session: Session, viewer: Viewer, tasks: Sequence[InspectionTask], code: str) -> bool:
    """Whether the code of the place that was read is that of all these tasks."""
    return bool(code) and all(one.unit.place_code == code for one in tasks)


def register(app: Dash) -> None:
    """Register what answers the submissions."""
    output = Output(part_id("own-inspect", KEY), "children")

    @guarded(app, output, Input(part_id("form-submit", KEY), "data"), permission=risks.OWN, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> list[Component]:
        return _submitted(viewer, data)


PAGE = Page(PATH, "今日巡检", layout, permission=risks.OWN, module=HOME, group=GROUP, icon="qr-code-scan", side="enterprise", register=register, short="巡检")
