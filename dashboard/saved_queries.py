"""The routes by which the query builder reads, keeps and drops queries. The resource's permission is that of its list."""

from __future__ import annotations

from typing import Any

from dash import Dash
from flask import jsonify, request
from flask.typing import ResponseReturnValue

from auth.answers import refusal
from auth.session import current_viewer
from dashboard.resource import Resource, resources_of
from data import saved_queries
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound, PlatformError
from data.models import SavedQuery
from data.viewer import Viewer


def register(app: Dash) -> None:
    """Register the routes on the application's server."""
    resources = resources_of(app)

    def asked(viewer: Viewer, key: str) -> Resource:
        resource = resources.get(key)
        if resource is None:
            raise NotFound("没有这个列表，请刷新页面。")
        resource.admit(viewer)
        return resource

    def listed(key: str) -> ResponseReturnValue:
        viewer = current_viewer()
        try:
            asked(viewer, key)
            with read_session() as session:
                return jsonify(items=[plain(viewer, one) for one in saved_queries.of(session, viewer, key)])
        except PlatformError as error:
            return refusal(error.status, str(error))

    def kept(key: str) -> ResponseReturnValue:
        viewer = current_viewer()
        body = request.get_json(silent=True)
        try:
            resource = asked(viewer, key)
            if not isinstance(body, dict) or not isinstance(body.get("where"), dict):
                raise Invalid("提交的内容不完整，请刷新页面。")
            with write_session() as session:
                saved_queries.keep(session, viewer, key, resource.model, str(body.get("name", "")), body["where"], is_shared=body.get("shared") is True)
        except (AttributeError, TypeError, RecursionError):
            return refusal(422, "提交的内容不完整，请刷新页面。")
        except PlatformError as error:
            return refusal(error.status, str(error))
        return listed(key)

    def dropped(key: str, identity: int) -> ResponseReturnValue:
        viewer = current_viewer()
        try:
            asked(viewer, key)
            with write_session() as session:
                saved_queries.drop(session, viewer, identity)
        except PlatformError as error:
            return refusal(error.status, str(error))
        return listed(key)

    app.server.add_url_rule("/queries/<key>", "queries_listed", listed, methods=["GET"])
    app.server.add_url_rule("/queries/<key>", "queries_kept", kept, methods=["POST"])
    app.server.add_url_rule("/queries/<key>/<int:identity>/delete", "queries_dropped", dropped, methods=["POST"])


def plain(viewer: Viewer, query: SavedQuery) -> dict[str, Any]:
    """A query as the browser gets it."""
    return {
        "id": query.id,
        "name": query.name,
        "where": query.question.get("conditions", {}),
        "shared": query.is_shared,
        "mine": query.user_id == viewer.id,
        "by": query.user.name,
    }
