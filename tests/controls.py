"""A page with every control of forms, for the tests of the controls: in a form as a record's form would hold them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
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
from dashboard.blocks.inputs import control, drawn, filter_control, rows_control, spec_of
from dashboard.callbacks import guarded
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Filter, FormField, Parts
from dashboard.site import Page, Site
from data.db import read_session
from data.models import Enterprise, EnterpriseChange, Geofence, SafetyPerson, Tank, VehicleRoute
from data.servers.process import spawn
from data.settings import Settings, current_settings
from data.viewer import Viewer
from tests.platform import ROOT, wait_for

LICENCE, OTHER = (next(one for one in Enterprise.__files__ if one.code == code) for code in ("business_license", "other"))
FIELDS = ("name", "credit_code", "division_id", "department_id", "scale", "state", "employee_count", "founded_on", "registered_capital", "phone", "remark")
STAFF = ("name", "post", "certificate_no", "certificate_until", "phone")
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
    form={"基本信息": (*FIELDS, "lon", "outline")},
    parts=(Parts("staff", SafetyPerson, STAFF), Parts("changes", EnterpriseChange, ("submitted_by_id",))),
    edit_permission="enterprise.edit",
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
    rows = [
        {"id": "7", "name": "刘海涛", "post": "安全总监", "certificate_no": "辽AQ20240815037", "certificate_until": "2027-05-18", "phone": "13800006021"},
        {"id": "8", "name": "孙丽", "post": "", "certificate_no": "辽AQ202311060", "certificate_until": "", "phone": ""},
    ]
    others = spec_of(session, viewer, Enterprise, "division_id", text=str(firm.division_id), resource_key="firm", label="相关属地")
    return html.Form(
        [
            html.Div(
                [
                    field("企业名称", of("name"), "name", must=True, help_text="也是企业端登录的用户名"),
                    field("统一社会信用代码", of("credit_code"), "credit_code"),
                    field("属地", of("division_id"), "division_id", must=True),
                    field("行业主管部门", of("department_id", is_fixed=True), "department_id", help_text="由企业类型自动带出"),
                    field("企业规模", of("scale"), "scale", must=True),
                    field("生产状态", of("state", is_wrong=True), "state", "请选择列出的选项。"),
                    field("从业人数", of("employee_count", "286"), "employee_count"),
                    field("成立日期", of("founded_on", "2026-09-30"), "founded_on"),
                    field("注册资本", of("registered_capital", "1234567.5"), "registered_capital"),
                    field("更新时间", of("updated_at"), "updated_at"),
                    field("相关属地", drawn(others | {"many": True, "name": "others"}), "others"),
                    field("负责企业", control(session, viewer, Tank, "enterprise_id", text="", resource_key="tank"), "enterprise_id"),
                    field("备注", of("remark", "每年 9 月大修"), "remark", full=True),
                    field("地图位置", of("lon", f"{firm.lon:.5f}", texts=places), "lon", full=True, must=True),
                    field("厂区范围", of("outline", ""), "outline", full=True),
                ],
                className="form",
            ),
            rows_control(
                session, viewer, SafetyPerson, STAFF, rows, {"1.certificate_no": "编号应为 14 位，现为 12 位。", "1.post": "请选择岗位。"},
                key="staff", label="安全管理人员", note="危险化学品单位按从业人数 2 % 配备，应不少于 6 人", resource_key="firm",
            ),
            html.Button("提交", type="submit", className="button primary"),
        ],
        id="all-controls",
        className="panel panel-body",
        noValidate=True,
    )  # fmt: skip


def shapes(session: Session, viewer: Viewer) -> Any:
    """An area and a line to be drawn, each in a form of its own."""
    models = {"area": Geofence, "line": VehicleRoute}
    boxes = {key: control(session, viewer, model, "shape", text="", texts={"radius_m": ""}) for key, model in models.items()}
    return html.Div([html.Form(field(key, box, "shape", full=True), id=f"{key}-form", className="panel panel-body form") for key, box in boxes.items()])


def page(viewer: Viewer, part: str = "form") -> Any:
    """The form, with ``part=files`` the attachments, with ``part=shapes`` what is drawn."""
    with read_session() as session:
        firm = session.scalars(select(Enterprise).order_by(Enterprise.id).limit(1)).one()
        if part == "files":
            body = html.Div([attachments_panel(session, viewer, FIRMS, firm), attachment_box(session, viewer, None, LICENCE, resource=FIRMS)], className="panel panel-body")
        elif part == "shapes":
            body = shapes(session, viewer)
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
def serving(settings: Settings, port: int, log: Path) -> Iterator[str]:
    """The application in a process of its own on a port of this machine, and its address."""
    environment = {**os.environ, "PARK_DATABASE_URL": settings.database_url}
    program = spawn([sys.executable, "-m", "tests.controls", str(port)], log, environment=environment, folder=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(port), 60, "the page of controls")
        yield address
    finally:
        program.terminate()
        program.wait(15)


def _answers(port: int) -> bool:
    with socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), make_server_app(current_settings()).server, threaded=True).serve_forever()
