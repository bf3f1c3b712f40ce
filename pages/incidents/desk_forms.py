"""The forms of the desk: the next step, a line of the timeline, a task, a circle, a report. What is refused comes back as it was typed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import icon, notice
from dashboard.blocks.inputs import drawn, spec_of
from data import incident_desk, incident_reports, incident_tasks, incidents
from data.choices import Choice, word
from data.choices.incidents import ENTRY_KINDS, REPORT_KINDS, WRITTEN_KINDS
from data.models import Incident, IncidentCircle, IncidentEntry, IncidentTask
from data.rules.incident import next_moves
from data.rules.wind import name_of, why_unfit
from data.viewer import Viewer

KEY = "incident_desk"
FORMS = ("move", "note", "task", "circle", "report")
COMPASS = tuple(Choice(f"{number * 22.5:g}", f"{name_of(number * 22.5)}风") for number in range(16))
WORDS_OF = {"dismiss": "排除的理由", "end": "结束的理由", "verify": "核实情况", "respond": "说明", "archive": "说明"}
Texts = Mapping[str, str]


class Sheet:
    """Draws one form: its lines with what was typed and the mistakes beside them."""

    def __init__(self, session: Session, viewer: Viewer, incident: Incident, do: str, texts: Texts | None = None, mistakes: Texts | None = None) -> None:
        self.session, self.viewer, self.incident, self.do = session, viewer, incident, do
        self.texts, self.mistakes = texts or {}, mistakes or {}

    def line(self, model: Any, name: str, label: str = "", *, first: str = "", required: bool | None = None, **more: Any) -> Component:
        """One labelled control; ``first`` is what stands in it until somebody types."""
        identity = f"field-{self.do}-{name}"
        spec = spec_of(self.session, self.viewer, model, name, text=self.texts.get(name, first), label=label, resource_key="incident", **more)
        if more.get("is_long") and not hasattr(model, name):
            spec["max"] = incidents.LONGEST
        spec |= {"id": identity, "wrong": name in self.mistakes} | ({} if required is None else {"required": required})
        wrong = html.Div(self.mistakes[name], className="mistake", role="alert") if name in self.mistakes else None
        return html.Div([html.Label(spec["label"], htmlFor=identity, className="must" if spec.get("required") else ""), html.Div([drawn(spec), wrong])], className=f"inc-line of-{name}")

    def form(self, lines: Sequence[Any], label: str, tone: str = "primary", note: str = "") -> Component:
        """The form round its lines. A new key each time: what was sent does not stay in the fields."""
        told = notice("；".join(self.mistakes.values()), "danger") if self.mistakes else None
        acts = html.Div([html.Button(label, type="submit", className=f"button {tone}"), html.Span(note, className="cap") if note else None], className="row-line inc-acts")
        seen = dcc.Input(type="hidden", name="seen", value=self.incident.state)
        marks = {"data-record-form": KEY, "data-id": str(self.incident.id), "data-do": self.do, "data-version": "1"} | ({"data-refused": "1"} if self.mistakes else {})
        return html.Form([told, *lines, seen, acts], noValidate=True, className="inc-form", key=secrets.token_hex(4), **marks)


def _fold(label: str, glyph: str, form: Component, *, is_open: bool, tone: str = "") -> Component:
    return html.Details([html.Summary([icon(glyph), label], className=f"button {tone}".strip()), form], open=is_open, className="inc-fold")


def moves(session: Session, viewer: Viewer, incident: Incident, texts: Texts | None = None, mistakes: Texts | None = None, do: str = "") -> list[Component]:
    """The steps that may be taken now."""
    if not viewer.may(incidents.COMMAND):
        return []
    return [_move(session, viewer, incident, one.key, texts, mistakes if one.key == do else None, bool(texts) and (one.key == do or not _has(incident, do))) for one in next_moves(incident.state)]


def _has(incident: Incident, do: str) -> bool:
    return do in {one.key for one in next_moves(incident.state)}


def _move(session: Session, viewer: Viewer, incident: Incident, key: str, texts: Texts | None, mistakes: Texts | None, is_open: bool) -> Component:
    step = next(one for one in next_moves(incident.state) if one.key == key)
    sheet = Sheet(session, viewer, incident, key, texts, mistakes)
    lines = []
    for name in step.takes:
        first = str(getattr(incident, name) or (viewer.name if name == "commander" else ""))
        if name == "response_level" and not incident.response_level:
            first = str(incident.level or "")
        lines.append(sheet.line(Incident, name, first=first, required=True, is_long=name in ("cause", "review", "lessons")))
    lines.append(sheet.line(Incident, "words", WORDS_OF[key], is_long=True, required="words" in step.needs))
    tone = {"verify": "primary", "respond": "danger", "dismiss": "red"}.get(key, "")
    return _fold(step.label, {"verify": "check2-circle", "dismiss": "slash-circle", "respond": "broadcast", "end": "flag", "archive": "archive"}[key], sheet.form(lines, step.label, "danger" if tone == "danger" else "primary"), is_open=is_open, tone=tone)


def note(session: Session, viewer: Viewer, incident: Incident, texts: Texts | None = None, mistakes: Texts | None = None) -> list[Component]:
    """A further line of the timeline; casualties and wind with their figures."""
    if not viewer.may(incidents.EDIT) or incident.state == "archived":
        return []
    sheet = Sheet(session, viewer, incident, "note", texts, mistakes)
    kinds = [Choice(code, word(ENTRY_KINDS, code)) for code in WRITTEN_KINDS]
    counts = html.Div([sheet.line(Incident, name, first=str(getattr(incident, name))) for name in incidents.COUNTS] + [sheet.line(Incident, "loss", first="" if incident.loss is None else f"{incident.loss:g}")], className="inc-grid of-casualty")
    wind = html.Div([sheet.line(Incident, "direction_deg", "风向（来向）", options=COMPASS), sheet.line(Incident, "speed_ms", "风速 m/s"), sheet.line(Incident, "measured_at", "观测时间（不填即现在）")], className="inc-grid of-wind")
    corrects = html.Div([dcc.Input(type="hidden", name="corrects", value=sheet.texts.get("corrects", ""), className="inc-corrects"), html.Span(className="inc-corrects-words"), html.Button("取消更正", type="button", className="link", **{"data-correct-off": "1"})], className="inc-correcting", hidden=not sheet.texts.get("corrects"))
    text = sheet.line(Incident, "text", "内容", is_long=True)
    return [sheet.form([corrects, sheet.line(IncidentEntry, "kind", "类别", first="note", options=kinds, required=True), counts, wind, text], "记入时间线", note="时间由系统写入，记入后不能改、不能删，写错了另记一条更正。")]


def task(session: Session, viewer: Viewer, incident: Incident, texts: Texts | None = None, mistakes: Texts | None = None) -> list[Component]:
    """A task for a person, a team or a unit."""
    if not viewer.may(incidents.COMMAND) or incident.state not in ("verified", "responding"):
        return []
    sheet = Sheet(session, viewer, incident, "task", texts, mistakes)
    people = [Choice(str(one.id), f"{one.name}（{one.department.short_name}）" if one.department else one.name) for one in incident_tasks.field_people(session)]
    teams = [Choice(str(one.id), f"{one.name}{f'　{far / 1000:.1f} km' if far is not None else ''}") for one, far in incident_desk.teams_by_distance(session, viewer, incident)]
    lines = [
        sheet.line(IncidentTask, "what", is_long=True),
        sheet.line(IncidentTask, "team_id", "救援队伍（由近到远）", options=teams),
        sheet.line(IncidentTask, "user_id", "执行人（手机上接收）", options=people),
        sheet.line(IncidentTask, "unit", "或其他单位、人员", required=False),
        sheet.line(IncidentTask, "phone", required=False),
        sheet.line(IncidentTask, "due_at"),
    ]
    return [_fold("下达任务", "send", sheet.form(lines, "下达"), is_open=bool(texts), tone="pale")]


def circle(session: Session, viewer: Viewer, incident: Incident, now: datetime, texts: Texts | None = None, mistakes: Texts | None = None) -> list[Component]:
    """Circles that are drawn, those of the park's table that fit, and one of one's own."""
    there = [_drawn(one, viewer, incident) for one in incident_desk.circles_of(session, incident)]
    if not viewer.may(incidents.COMMAND) or not incident.is_open:
        return there or [html.P("没有画规划圈层。", className="inc-none")]
    why = why_unfit(incident_desk.wind_of(session, viewer, incident, now), now)
    drawn_ones = {(one.name, one.radius_m) for one in incident_desk.circles_of(session, incident)}
    offered = [_offer(one, incident, why) for one in incident_desk.radii_for(session, viewer, incident) if (one.name, one.radius_m) not in drawn_ones]
    sheet = Sheet(session, viewer, incident, "circle", texts, mistakes)
    lines = [sheet.line(IncidentCircle, name) for name in ("name", "radius_m", "is_downwind", "basis")]
    own = _fold("自定圈层", "bullseye", sheet.form(lines, "画出", note="标明“规划估算”，以现场监测和指挥部决定为准。"), is_open=bool(texts), tone="pale")
    if drawn_ones and not offered:
        return [*there, own]
    return [*there, html.Div(offered, className="inc-offers") if offered else html.P(["规划半径表中没有适合的行：", dcc.Link("维护规划半径", href="/incidents/radii")], className="inc-none"), own]


def _button(do: str, incident: Incident, hidden: Mapping[str, str], label: Any, className: str, **more: Any) -> Component:
    fields = [dcc.Input(type="hidden", name=name, value=value) for name, value in hidden.items()]
    return html.Form([*fields, html.Button(label, type="submit", className=className, **more)], className="inc-button", **{"data-record-form": KEY, "data-id": str(incident.id), "data-do": do, "data-version": "1"})


def _drawn(one: IncidentCircle, viewer: Viewer, incident: Incident) -> Component:
    off = _button("drop", incident, {"circle": str(one.id)}, "撤下", "link") if viewer.may(incidents.COMMAND) and incident.is_open else None
    mark = "仅下风向 · " if one.is_downwind else ""
    return html.Div([html.Div([html.B(incident_desk.circle_words(one)), html.Span(f"{mark}{one.basis}", className="cap")]), off], className="inc-circle")


def _offer(row: Any, incident: Incident, why: str) -> Component:
    refused = why if row.is_downwind else ""
    size = f"{row.radius_m / 1000:g} km" if row.radius_m >= 1000 else f"{row.radius_m:g} m"
    words = f"{row.name} {size}{'（下风向）' if row.is_downwind else ''}"
    return html.Span([_button("circle", incident, {"radius": str(row.id)}, [icon("plus-circle"), words], "button small", disabled=bool(refused), title=refused or row.basis), html.Span(refused, className="t-warn cap") if refused else None])


def report(session: Session, viewer: Viewer, incident: Incident, now: datetime, texts: Texts | None = None, mistakes: Texts | None = None) -> list[Component]:
    """The way to a draft; the draft itself once it was asked for."""
    if not viewer.may(incidents.COMMAND):
        return []
    kind = incident_reports.kind_due(session, incident)
    why = incident_reports.why_no_report(session, incident, kind)
    label = word(REPORT_KINDS, kind)
    if texts is None:
        if why:
            return [html.P(why, className="inc-none")]
        return [_button("draft", incident, {}, [icon("file-earmark-text"), f"起草{label}"], "button pale")]
    sheet = Sheet(session, viewer, incident, "report", texts, mistakes)
    lines = [sheet.line(Incident, "recipient", "主送", required=True), sheet.line(Incident, "copied_to", "抄送")]
    lines += [sheet.line(Incident, key, head, is_long=True, required=key in ("scene", "course", "harm", "measures")) for key, head in incident_reports.SECTIONS]
    hidden = dcc.Input(type="hidden", name="kind", value=texts.get("kind") or kind)
    stop = _button("undraft", incident, {}, "不报了", "link")
    return [html.B(f"{label}草稿（系统按当前数据填写，请核对）"), sheet.form([*lines, hidden], f"签发{label}", note="签发后内容和编号固定，生成 Word。"), stop]


