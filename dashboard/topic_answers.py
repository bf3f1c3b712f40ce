"""What a topic answers besides its page: all its tables as one workbook."""

from __future__ import annotations

from io import BytesIO

from dash import Dash
from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from auth.answers import refusal
from auth.session import current_viewer
from dashboard.moments import zone
from dashboard.statistic_answers import XLSX
from dashboard.topic import Topic, topics_of
from data.audit import entry
from data.db import read_session, session
from data.errors import NotFound, PlatformError
from data.models import AuditEntry
from data.statistics.crossing import chips, crossed, read
from data.statistics.workbook import book
from data.viewer import Viewer

EXPORT = "/topics"


def register(app: Dash) -> None:
    """Add the address of the workbooks."""

    @app.server.get(f"{EXPORT}/<key>.xlsx")
    def topic_workbook(key: str) -> ResponseReturnValue:
        try:
            topic = topics_of(app).get(key)
            if topic is None:
                raise NotFound("没有这个专题，可能已停用。")
            return _export(current_viewer(), topic)
        except PlatformError as error:
            return refusal(error.status, str(error))


def _export(viewer: Viewer, topic: Topic) -> Response:
    statistic = topic.statistic
    viewer.require(statistic.permission)
    with read_session() as reading:
        choices = read(reading, statistic, request.args)
        results = {one.by: crossed(reading, viewer, statistic, choices, one.by) for one in topic.charts}
        words = "，".join(f"{one.label} {one.word}" for one in chips(reading, statistic, choices, results))
    with session() as current:
        told = {"统计": [None, statistic.title], "表数": [None, len(results)], "条件": [None, words or "无"]}
        current.add(AuditEntry(**entry(viewer, "export", statistic.model, 0, statistic.title, told)))
    at = next(iter(results.values())).as_of.astimezone(zone())
    sheets = {one.title: results[one.by] for one in topic.charts}
    note = "每张表按其他各项的条件统计，与页面上的图一致：在本表的项目中选定的一项不限制本表。" if choices else ""
    return send_file(BytesIO(book(sheets, viewer, words, note)), mimetype=XLSX, as_attachment=True, download_name=f"{statistic.title}_{at:%Y%m%d}.xlsx")
