"""A page with every control of forms, for the tests of the controls: in a form as a record's form would hold them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dash import Dash, Input, Output, html
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

import auth
from dashboard.app import create_dash
from dashboard.blocks import map as park_map
from dashboard.blocks.attachments import attachment_box, attachments_panel
from dashboard.blocks.inputs import control, filter_control, rows_control
from dashboard.callbacks import guarded
from dashboard.resource import Action, Column, Filter, FormField, Resource
from dashboard.site import Page, Site
from data.db import read_session
from data.fields import FileSlot
from data.models import Enterprise, Tank
from data.settings import Settings
from data.viewer import Viewer

SLOTS = (FileSlot("licence", "营业执照", required=True, most=2), FileSlot("photos", "现场照片", most=9))
FIELDS = ("name", "credit_code", "division_id", "department_id", "scale", "state", "employee_count", "legal_person", "phone", "address")
FIRMS = Resource(
    key="firm",
    model=Enterprise,
    path="/firms",
    title="企业",
    permission="enterprise.view",
    columns=(Column("name"),),
    sort="name",
    module="综合监管",
    filters=(Filter("state"),),
    form={"基本信息": (*FIELDS, "lon", "lat")},
    edit_permission="point.edit",
    actions=(Action("move", "调整属地", "user.edit", lambda *_: "", lambda _: "", fields=(FormField("division_id"), FormField("note", label="说明"))),),
)
TANKS = Resource(
    key="tank", model=Tank, path="/tanks-list", title="储罐", permission="tank.view", columns=(Column("name"),), sort="name", module="综合监管",
    form={"储罐": ("name", "enterprise_id", "installation_id")}, edit_permission="point.edit",
)


def field(label: str, box: Any, name: str, mistake: str = "", *, full: bool = False, help_text: str = "", must: bool = False) -> Any:
    """A control with the label, the mistake and the help that a form puts round it."""
    below = html.Div(mistake, className="mistake", id=f"mistake-{name}") if mistake else html.Div(help_text, className="help") if help_text else None
    return html.Div([html.Label(label, htmlFor=f"field-{name}", className="must" if must else ""), html.Div([box, below])], className="f full" if full else "f")


def form(session: Session, viewer: Viewer) -> Any:
    """Every control once, with what the first enterprise holds."""
    firm = session.scalars(select(Enterprise).order_by(Enterprise.id).limit(1)).one()

    def of(name: str, text: Any = None, **more: Any) -> Any:
        held = getattr(firm, name) if text is None else text
        return control(session, viewer, Enterprise, name, text="" if held is None else str(held), resource_key="firm", **more)

    places = {"lat": f"{firm.lat:.5f}"}
    rows = [{"id": "7", "code": "V-901", "name": "甲醇储罐", "shape": "vertical", "volume_m3": "1000"}, {"id": "8", "code": "V-902", "name": "", "shape": "", "volume_m3": "x"}]
    return html.Form(
        [
            html.Div(
                [
                    field("企业名称", of("name"), "name", must=True, help_text="也是企业端登录的用户名"),
                    field("统一社会信用代码", of("credit_code"), "credit_code"),
                    field("属地", of("division_id"), "division_id", must=True),
                    field("行业主管部门", of("department_id"), "department_id"),
                    field("企业规模", of("scale"), "scale", must=True),
                    field("生产状态", of("state", is_wrong=True), "state", "请选择列出的选项。"),
                    field("从业人数", of("employee_count", "286"), "employee_count"),
                    field("登记日期", control(session, viewer, Enterprise, "made_on", text="2026-09-30"), "made_on"),
                    field("更新时间", of("updated_at"), "updated_at"),
                    field("派生", of("grade", "A", is_fixed=True), "grade", help_text="由评分自动得出"),
                    field("地址", of("address", "工业大街 8 号", is_long=True), "address", full=True),
                    field("地图位置", of("lon", f"{firm.lon:.5f}", texts=places), "lon", full=True, must=True),
                    field("厂区范围", of("outline", "", texts=places), "outline", full=True),
                ],
                className="form",
            ),
            rows_control(
                session, viewer, Tank, ("code", "name", "shape", "volume_m3", "enterprise_id"), rows,
                {"1.name": "请填写储罐名称。", "1.volume_m3": "请输入数字。"}, key="tank", label="储罐", note="应填写全部储罐", resource_key="firm",
            ),
            html.Button("提交", type="submit", className="button primary"),
        ],
        id="all-controls",
        className="panel panel-body",
        noValidate=True,
    )  # fmt: skip


def page(viewer: Viewer, part: str = "form") -> Any:
    """The form, or with ``part=files`` the attachments."""
    with read_session() as session:
        firm = session.scalars(select(Enterprise).order_by(Enterprise.id).limit(1)).one()
        if part == "files":
            body = html.Div([attachments_panel(session, viewer, FIRMS, firm), attachment_box(session, viewer, None, SLOTS[0], resource=FIRMS)], className="panel panel-body")
        else:
            search = html.Form([filter_control(session, viewer, Enterprise, "division_id", text="", resource_key="firm"), filter_control(session, viewer, Enterprise, "state", text="")], id="filters", className="search panel")
            body = html.Div([search, html.Div(form(session, viewer), id="again")])
    return html.Div([html.Button("重画", id="redraw", type="button", className="button"), body], style={"display": "flex", "flexDirection": "column", "gap": "12px"})


def redrawing(app: Dash) -> None:
    """A callback that draws the form again, as a refused one does."""

    @guarded(app, Output("again", "children"), Input("redraw", "n_clicks"), permission="", prevent_initial_call=True)
    def again(viewer: Viewer, clicks: Any) -> Any:
        with read_session() as session:
            return form(session, viewer)


def make_server_app(settings: Settings) -> Any:
    """The Dash application of this page."""
    server = Flask("controls", static_folder=None)
    auth.init_app(server, settings)
    site = Site([Page(path="/", title="控件", layout=page, permission="", module="综合监管", register=redrawing), FIRMS.page(), TANKS.page()])
    app = create_dash(server, site, settings)
    park_map.register(server)
    return app


@contextmanager
def declared() -> Iterator[None]:
    """Enterprises with places, files and parts, as the models of a whole archive declare them."""
    columns, before = Enterprise.__table__.c, {}
    kinds = {"lon": "place", "outline": "polygon", "phone": "phone"}
    for name, kind in kinds.items():
        before[name] = columns[name].info["kind"]
        columns[name].info["kind"] = kind
    files, part = Enterprise.__files__, Tank.__part_of__
    Enterprise.__files__, Tank.__part_of__ = SLOTS, "enterprise_id"
    try:
        yield
    finally:
        Enterprise.__files__, Tank.__part_of__ = files, part
        for name, kind in before.items():
            columns[name].info["kind"] = kind


@contextmanager
def serving(app: Any, port: int) -> Iterator[str]:
    """The application on a port of this machine, and its address."""
    server = make_server("127.0.0.1", port, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
