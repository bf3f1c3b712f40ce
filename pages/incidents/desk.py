"""The desk of one incident (处置台): map, legal times, forces near, plans, timeline, tasks, reports, each alive for everybody who looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from sqlalchemy.orm import Session

from dashboard.blocks import map as map_block
from dashboard.blocks.basic import icon
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.resource_work import submission_id
from dashboard.site import Page
from data import incident_views, incidents
from data.db import read_session
from data.db import session as write_session
from data.errors import Conflict, Forbidden, Invalid, NotFound
from data.live import now_ms
from data.map import extent, map_definition
from data.models import Incident
from data.query import get
from data.settings import current_settings
from data.viewer import Viewer
from pages.incidents import desk_answers, desk_parts, intake
from pages.incidents import desk_forms as forms
from pages.incidents.declaring import MODULE, PATH, desk_of, look_at
from pages.incidents.desk_forms import FORMS, KEY

DEFINITION, DRAWING, MOUNTED, ASK, DONE = "incident-definition", "incident-drawing", "incident-mounted", "incident-ask", "incident-done"
PARTS = ("head", "clocks", "situation", "plans", "forces", "timeline", "tasks", "reports")
_FRAME = ("enterprises", "tanks", "cameras", "detectors")
_BARE = ("draft", "undraft", "drop")
MESSAGE = "没有找到这条突发事件，它可能不在您的数据范围内。"


def layout(viewer: Viewer, id: str = "") -> Component:
    """The desk of the incident with that id."""
    identity = _number(id)
    now = datetime.now(UTC)
    with read_session() as session:
        incident = get(session, Incident, identity, viewer)
        made = parts(session, viewer, incident, now)
        entered = {name: fields(session, viewer, incident, name, now) for name in FORMS}
        drawing = incident_views.drawing(session, viewer, incident, now)
        stores = [dcc.Store(id=DEFINITION, data=_definition(session, viewer)), dcc.Store(id=DRAWING, data=drawing), dcc.Store(id=MOUNTED), dcc.Store(id=ASK), dcc.Store(id=DONE), dcc.Store(id=part_id("form-submit", KEY))]
        look = f"map-page incident-desk{' drill' if incident.is_drill else ''}"
        marks = {"data-form-page": KEY, "data-user": str(viewer.id), "data-incident": str(incident.id), "data-state": incident.state}
    look_at(viewer, desk_of(incident))
    return html.Div([*stores, *_columns(made, entered)], id="incident-desk", className=look, **marks)


def _columns(made: Mapping[str, list[Component]], entered: Mapping[str, list[Component]]) -> list[Component]:
    def place(name: str) -> Component:
        return html.Div(made[name], id=f"incident-{name}")

    def form(name: str) -> Component:
        return html.Div(entered[name], id=f"incident-form-{name}", className="inc-forms")

    head = html.Header([html.Div(made["head"], id="incident-head", className="inc-head"), form("move")], className="inc-top")
    left = html.Aside([_box("法定时限", "alarm", place("clocks")), _box("态势", "info-circle", place("situation")), _box("匹配预案", "journal-check", place("plans"))], className="inc-left-side")
    middle = html.Div([map_block.park_map("incident"), html.Div([_box("最近资源", "life-preserver", place("forces")), _box("规划圈层", "bullseye", form("circle"))], className="inc-below")], className="inc-middle")
    tabs = (("timeline", "时间线", [form("note"), place("timeline")]), ("tasks", "任务", [form("task"), place("tasks")]), ("reports", "报告", [form("report"), place("reports")]))
    heads = [html.Button(label, type="button", className="on" if key == "timeline" else "", role="tab", **{"data-inc-tab": key}) for key, label, _ in tabs]
    bodies = [html.Div(content, className="inc-tab", hidden=key != "timeline", role="tabpanel", **{"data-inc-body": key}) for key, _, content in tabs]
    right = html.Section([html.Nav(heads, className="drawer-tabs", role="tablist"), *bodies], className="inc-right-side")
    return [head, left, middle, right]


def _box(title: str, glyph: str, content: Component) -> Component:
    return html.Section([html.H3([icon(glyph), title]), content], className="inc-box")


def _definition(session: Session, viewer: Viewer) -> dict[str, Any]:
    """What stands under the incident on the map."""
    settings = current_settings()
    plain: dict[str, Any] = {"center": list(settings.map_center), "zoom": settings.map_zoom, "extent": extent(), "vehicles": [], "fences": []}
    whole = map_definition(session, viewer) if viewer.may("map.view") else {}
    return plain | {name: whole.get(name, []) for name in _FRAME}


def parts(session: Session, viewer: Viewer, incident: Incident, now: datetime) -> dict[str, list[Component]]:
    """Every part that follows the incident."""
    given = (session, viewer, incident, now)
    return {
        "head": desk_parts.head(*given),
        "clocks": desk_parts.clock_rows(session, incident, now),
        "situation": desk_parts.situation(*given),
        "plans": desk_parts.plans(session, viewer, incident),
        "forces": desk_parts.forces(session, viewer, incident),
        "timeline": desk_parts.timeline(*given),
        "tasks": desk_parts.tasks(*given),
        "reports": desk_parts.reports(*given),
    }


def fields(session: Session, viewer: Viewer, incident: Incident, name: str, now: datetime, texts: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None, do: str = "") -> list[Component]:
    """The form of that name, empty or with what was typed."""
    match name:
        case "move":
            return forms.moves(session, viewer, incident, texts, mistakes, do)
        case "note":
            return forms.note(session, viewer, incident, texts, mistakes)
        case "task":
            return forms.task(session, viewer, incident, texts, mistakes)
        case "circle":
            return forms.circle(session, viewer, incident, now, texts, mistakes)
        case _:
            return forms.report(session, viewer, incident, now, texts, mistakes)


def _number(text: Any) -> int:
    plain = str(text)
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 18:
        raise NotFound(MESSAGE)
    return int(plain)


def register(app: Dash) -> None:
    """Mount the drawing, follow the incident, take what is submitted."""
    map_block.register(app.server)
    intake.register(app)
    app.clientside_callback(ClientsideFunction("park_pages", "incident"), Output(MOUNTED, "data"), Input(DEFINITION, "data"), Input(DRAWING, "data"))
    followed = [*(Output(f"incident-{name}", "children") for name in PARTS), *(Output(f"incident-form-{name}", "children") for name in FORMS), Output(DRAWING, "data"), Output("incident-desk", "data-state")]

    @guarded(app, followed, Input(ASK, "data"), permission=incidents.VIEW, quiet=True, prevent_initial_call=True)
    def follow(viewer: Viewer, wish: Any) -> tuple[Any, ...]:
        if not isinstance(wish, Mapping):
            raise PreventUpdate
        now, kept = datetime.now(UTC), wish.get("dirty")
        busy = {one for one in kept if isinstance(one, str)} if isinstance(kept, list) else set()
        with read_session() as session:
            incident = get(session, Incident, _number(wish.get("id")), viewer)
            made = parts(session, viewer, incident, now)
            is_other = wish.get("state") != incident.state
            shown = [fields(session, viewer, incident, name, now) if name not in busy and (is_other or name == "circle") else no_update for name in FORMS]
            return (*(made[name] for name in PARTS), *shown, incident_views.drawing(session, viewer, incident, now), incident.state)

    answers = [*(Output(f"incident-form-{name}", "children", allow_duplicate=True) for name in FORMS), Output(DONE, "data")]

    @guarded(app, answers, Input(part_id("form-submit", KEY), "data"), permission=incidents.VIEW, prevent_initial_call=True)
    def submitted(viewer: Viewer, data: Any) -> tuple[Any, ...]:
        given = data.get("values") if isinstance(data, Mapping) else None
        if not isinstance(given, Mapping):
            raise Invalid("提交的内容不完整，请刷新页面。")
        texts = {str(name): str(value)[:20_000] for name, value in given.items()}
        do, identity = str(data.get("do")), submission_id(data.get("id"))
        name = desk_answers.form_of(do)
        answer = _answer(viewer, identity, do, name, texts)
        return (*(answer if one == name else no_update for one in FORMS), now_ms())

    app.clientside_callback(ClientsideFunction("park_pages", "incident_done"), Input(DONE, "data"), prevent_initial_call=True)


def _answer(viewer: Viewer, identity: int, do: str, name: str, texts: dict[str, str]) -> list[Component]:
    """The form as it stands after the submission: empty when it was taken, with messages at the fields when not."""
    now = datetime.now(UTC)
    is_bare = do in _BARE or "radius" in texts  # a button: nothing was typed
    kept: Mapping[str, str] | None = None
    mistakes: Mapping[str, str] = {}
    try:
        if do == "draft":
            with read_session() as session:
                kept = desk_answers.draft(session, viewer, identity, now)
        elif do != "undraft":
            with write_session() as session:
                say("success", desk_answers.take(session, viewer, identity, do, texts, now))
    except Invalid as error:
        say("error", "；".join([str(error), *(error.fields.values() if is_bare else ())]))
        kept, mistakes = None if is_bare else texts, error.fields
    except (Conflict, Forbidden) as error:
        say("error", str(error), stays=True)
        kept = None if is_bare else texts
    with read_session() as session:
        incident = get(session, Incident, identity, viewer)
        return fields(session, viewer, incident, name, now, kept, mistakes, do)


PAGE = Page(f"{PATH}/<id>", "事件处置台", layout, permission=incidents.VIEW, shell="room", module=MODULE, in_menu=False, short="处置台", register=register)
