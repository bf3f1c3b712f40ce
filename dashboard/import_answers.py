"""What the import page asks of the server: template, upload, commit, undo, the list of mistakes. Rights come from the sheet."""

from __future__ import annotations

from io import BytesIO

from flask import Flask, Response, jsonify, request, send_file
from werkzeug.exceptions import RequestEntityTooLarge

from auth.session import current_viewer
from dashboard.tasks import state_of
from data.db import read_session, session
from data.errors import Invalid, NotFound
from data.imports import receive, sheet_of, template
from data.imports.batches import ask_commit, ask_errors, ask_undo
from data.imports.workbook import MOST_BYTES
from data.settings import current_settings
from data.tasks import file_name

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(server: Flask) -> None:
    """Add the routes of every import."""

    @server.get("/imports/<code>/template")
    def import_template(code: str) -> Response:
        sheet = sheet_of(code)
        content = BytesIO()
        with read_session() as current:
            template(current, current_viewer(), sheet, content)
        content.seek(0)
        return send_file(content, _XLSX, as_attachment=True, download_name=file_name(f"{sheet.file_title}_导入模板"))

    @server.post("/imports/<code>/upload")
    def import_upload(code: str) -> Response:
        sheet = sheet_of(code)
        viewer = current_viewer()
        viewer.require(sheet.permission)
        request.max_content_length = MOST_BYTES + 64 * 1024  # and what multipart puts around the file
        try:
            given = request.files.get("file")
        except RequestEntityTooLarge as error:
            raise Invalid(f"文件超过 {MOST_BYTES // 2**20} MB，请分成几个文件上传。") from error
        if given is None or not given.filename:
            raise Invalid("请选择要上传的文件。")
        with session() as current:
            batch = receive(current, viewer, sheet, given.stream, given.filename, current_settings())  # type: ignore[arg-type]
            return jsonify({"batch": batch.id, "task": batch.check_task_id, "title": f"检查 {batch.file_name}"})

    @server.post("/imports/<int:identity>/commit")
    def import_commit(identity: int) -> Response:
        with session() as current:
            return jsonify(state_of(ask_commit(current, current_viewer(), _small(identity))))

    @server.post("/imports/<int:identity>/undo")
    def import_undo(identity: int) -> Response:
        given = request.get_json(silent=True)
        reason = given.get("reason") if isinstance(given, dict) else None
        with session() as current:
            return jsonify(state_of(ask_undo(current, current_viewer(), _small(identity), reason if isinstance(reason, str) else "")))

    @server.post("/imports/<int:identity>/errors")
    def import_errors(identity: int) -> Response:
        with session() as current:
            return jsonify(state_of(ask_errors(current, current_viewer(), _small(identity))))


def _small(identity: int) -> int:
    if identity >= 2**63:
        raise NotFound("没有找到这一批导入，它可能已过期清除。")
    return identity
