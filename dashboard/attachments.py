"""Files of records over HTTP: taken, shown and taken off, each time for a person who may, on a record that they see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import Dash
from flask import Response, jsonify, request, send_file

from auth.session import current_viewer
from dashboard.blocks.attachments import items_of, why_not_attach
from dashboard.resource import Resource, resources_of
from data.attachments import attach, detach, find, most_bytes, path_of, size_words, slot_of
from data.db import read_session
from data.db import session as write_session
from data.errors import Forbidden, Invalid, NotFound
from data.file_types import MP4, PDF, PICTURES
from data.models import Record
from data.values import storable
from data.viewer import Viewer

# What a browser shows by itself; the rest is only downloaded.
SHOWN = PICTURES | {PDF.content_type, MP4.content_type}
_FORM_BYTES = 64 * 1024  # of the request besides the file
# A file is never a page of the platform: it may load nothing and run nothing. Browsers draw a PDF with a viewer of their own,
# which a sandbox would lock out.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'self'"
_PDF_POLICY = "frame-ancestors 'self'"


def register(app: Dash) -> None:
    """Add the addresses to the server of ``app``; the guard has checked sign-in and, for a POST, where it comes from."""
    server = app.server

    @server.post("/attachments/<resource_key>/<int:identity>/<slot>")
    def attachment_add(resource_key: str, identity: int, slot: str) -> Response:
        viewer = current_viewer()
        resource = resources_of(app).get(resource_key)
        if resource is None or not issubclass(resource.model, Record):
            raise NotFound("没有这个列表，请刷新页面。")
        resource.admit(viewer)
        _check_length()
        upload = request.files.get("file")
        if upload is None:
            raise Invalid("没有收到文件，请重新选择。")
        with write_session() as session:
            record = resource.record(session, viewer, identity)
            _require_free(record, slot)
            _require_edit(viewer, [resource], record)
            attach(session, viewer, record, slot, upload.filename or "", upload.stream)  # type: ignore[arg-type]
            resource.after_save(session, record)
            return jsonify(items=items_of(session, record, slot))

    @server.get("/attachments/<int:identity>")
    def attachment_file(identity: int) -> Response:
        viewer = current_viewer()
        is_small = request.args.get("thumb") == "1"
        with read_session() as session:
            attachment, record = find(session, viewer, identity)
            _require_sight(viewer, _resources(app, record))
            path = path_of(attachment, thumbnail=is_small)
        is_download = request.args.get("download") == "1" or attachment.content_type not in SHOWN
        kind = "image/jpeg" if is_small and attachment.content_type in PICTURES else attachment.content_type
        etag = f"{attachment.sha256}{'-s' if is_small else ''}"
        response = send_file(path, mimetype=kind, as_attachment=is_download, download_name=attachment.name, conditional=True, etag=etag)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = _PDF_POLICY if kind == PDF.content_type else _POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN" if kind == PDF.content_type else "DENY"
        return response

    @server.post("/attachments/<int:identity>/delete")
    def attachment_delete(identity: int) -> Response:
        viewer = current_viewer()
        with write_session() as session:
            attachment, record = find(session, viewer, identity)
            fitting = _resources(app, record)
            _require_sight(viewer, fitting)
            _require_free(record, attachment.slot)
            _require_edit(viewer, fitting, record)
            detach(session, viewer, attachment, storable(request.form.get("reason", "")))
            editable = next(one for one in fitting if viewer.may(one.permission) and not why_not_attach(viewer, one, record))
            editable.after_save(session, record)
            return jsonify(items=items_of(session, record, attachment.slot))


def _resources(app: Dash, record: Any) -> list[Resource]:
    """The lists on which such a record is shown."""
    return [one for one in resources_of(app).values() if one.model is type(record)]


def _require_sight(viewer: Viewer, resources: Sequence[Resource]) -> None:
    """Raise unless the viewer may open one of the lists; a record without any is nobody's to look at."""
    if not resources:
        raise NotFound("没有找到这个附件，它可能已删除，或不在您的数据范围内。")
    if not any(viewer.may(one.permission) for one in resources):
        viewer.require(resources[0].permission)


def _require_edit(viewer: Viewer, resources: Sequence[Resource], record: Any) -> None:
    """Raise unless the viewer may edit the record on one of the lists."""
    reasons = [why_not_attach(viewer, one, record) for one in resources if viewer.may(one.permission)]
    if all(reasons):
        raise Forbidden(next(iter(reasons), "没有这项权限。"))


def _require_free(record: Record, slot: str) -> None:
    """Raise where the program alone puts files: an official document is neither slipped in nor taken away."""
    if slot_of(type(record), slot).is_made:
        raise Forbidden("文书由系统制作，不能上传或删除。")


def _check_length() -> None:
    most = most_bytes()
    request.max_content_length = most + _FORM_BYTES
    if (request.content_length or 0) > most + _FORM_BYTES:
        raise Invalid(f"文件超过 {size_words(most)}，不能上传。")
