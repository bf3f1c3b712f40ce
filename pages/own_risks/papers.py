"""What is fetched as a file or printed: the list of risks as a Word document, and the QR codes of the places of inspection."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import segno
from dash import Dash, html
from dash.development.base_component import Component
from flask import Response, request, send_file

from auth.session import current_viewer
from dashboard.blocks.basic import icon, notice
from dashboard.blocks.state import empty
from dashboard.site import HOME, Page
from data import risks
from data.calendar import park_day
from data.db import read_session
from data.documents.risk_list import risk_list
from data.errors import Forbidden
from data.file_types import DOCX
from data.models import Enterprise, RiskObject, RiskUnit
from data.query import get, visible
from data.risk_sheets import write_book
from data.settings import current_settings
from data.tasks import file_name
from data.viewer import Viewer
from pages.own_risks.inspect import PATH
from pages.own_risks.tasks import GROUP

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(app: Dash) -> None:
    """Add the address of the document; an enterprise fetches its own, an authority those in its scope."""

    @app.server.get("/risks/documents/<int:identity>")
    def risk_document(identity: int) -> Response:
        viewer = current_viewer()
        viewer.require(risks.OWN if viewer.is_enterprise else risks.VIEW)
        with read_session() as session:
            firm = get(session, Enterprise, identity if identity < 2**63 else 0, viewer)
            content = risk_list(session, viewer, firm, park_day(datetime.now(UTC)))
            name = f"{firm.name}_安全风险清单"
        return send_file(io.BytesIO(content), DOCX.content_type, as_attachment=True, download_name=file_name(name, "docx"), max_age=0)


    @app.server.get("/own/risks/book")
    def risk_book() -> Response:
        viewer = current_viewer()
        viewer.require(risks.OWN)
        if viewer.acting_for:
            raise Forbidden("代企业操作时不能导出，请先返回管理端。")
        content = io.BytesIO()
        with read_session() as session:
            write_book(session, viewer, content)
        content.seek(0)
        return send_file(content, XLSX, as_attachment=True, download_name=file_name("风险清单"), max_age=0)


def codes(viewer: Viewer) -> Component:
    """The QR codes of all places of inspection, to be printed and put up."""
    with read_session() as session:
        wanted = visible(RiskUnit, viewer).join(RiskObject, RiskObject.id == RiskUnit.object_id).where(RiskObject.is_in_force)
        found = session.scalars(wanted.order_by(RiskUnit.object_id, RiskUnit.id)).unique().all()
        cards = [_card(one) for one in found]
    if not cards:
        return html.Div(empty("还没有巡检点", "清单审核通过后，每个风险分析单元有一个巡检点二维码。"), className="panel")
    printing = html.Button([icon("printer"), "打印"], type="button", className="button primary", **{"data-print": "page"})
    return html.Div([html.Div([notice("打印后贴在巡检点；扫码（需登录企业端）即打开该点的巡检，登记时记为现场扫码。"), printing], className="row-line"), html.Div(cards, className="code-cards")], className="code-page")


def _card(unit: RiskUnit) -> Component:
    base = current_settings().public_url.rstrip("/") or request.url_root.rstrip("/")
    link = f"{base}{PATH}?place={unit.place_code}"
    return html.Figure([_picture(link), html.A(link, href=link, className="cap"), html.Figcaption([html.B(unit.place or unit.name), html.Span(f"{unit.risk_object.name} · {unit.name}", className="cap")])], className="panel")


def _picture(link: str) -> Component:
    """The QR code of the address."""
    return html.Img(src=segno.make(link, error="m").svg_data_uri(scale=4, border=2), alt="二维码", width=148, height=148)


CODES = Page("/own/risks/codes", "巡检点二维码", codes, permission=risks.OWN, module=HOME, group=GROUP, icon="qr-code", side="enterprise", register=register)
