"""What a page of statistics answers: the workbook of a table, and the way from a bar to the rows behind it."""

from __future__ import annotations

from io import BytesIO

from dash import MATCH, ClientsideFunction, Dash, Input, Output
from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from auth.answers import refusal
from auth.session import current_viewer
from dashboard.moments import zone
from data.audit import entry
from data.db import read_session, session
from data.errors import PlatformError
from data.models import AuditEntry
from data.statistics import compute
from data.statistics.options import chosen, in_words, options
from data.statistics.registry import find
from data.statistics.workbook import workbook
from data.viewer import Viewer

EXPORT = "/statistics"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART, WENT = "statistic-chart", "statistic-went"


def register(app: Dash) -> None:
    """Add the address of the workbooks, and open the rows of what is clicked in a chart.

    The address that a click opens was written by the server, but it grants nothing: the list checks by itself.
    """
    app.clientside_callback(
        ClientsideFunction("park_pages", "statistic_open"),
        Output({"t": WENT, "k": MATCH}, "data"),
        Input({"t": CHART, "k": MATCH}, "clickData"),
        prevent_initial_call=True,
    )

    @app.server.get(f"{EXPORT}/<key>.xlsx")
    def statistic_workbook(key: str) -> ResponseReturnValue:
        try:
            return _export(current_viewer(), key)
        except PlatformError as error:
            return refusal(error.status, str(error))


def _export(viewer: Viewer, key: str) -> Response:
    statistic = find(key)
    viewer.require(statistic.permission)
    with read_session() as reading:
        available = options(reading, viewer, statistic)
        choices = chosen(available, request.args)
        result = compute(reading, viewer, statistic, choices, by=request.args.get("by", ""))
    words = in_words(available, choices)
    with session() as current:
        told = {"统计": [None, statistic.title], "分组": [None, result.dimension.title(statistic.model)], "行数": [None, len(result.groups)], "条件": [None, words or "无"]}
        current.add(AuditEntry(**entry(viewer, "export", statistic.model, 0, statistic.title, told)))
    name = f"{statistic.title}_{result.as_of.astimezone(zone()):%Y%m%d}.xlsx"
    return send_file(BytesIO(workbook(result, viewer, words)), mimetype=XLSX, as_attachment=True, download_name=name)
