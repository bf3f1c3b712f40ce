"""One click makes an alarm of the desk, or the SOS of a vehicle, an incident."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import Dash
from flask import Response, jsonify

from auth.session import current_viewer
from data import incidents
from data.db import session as write_session
from pages.incidents.declaring import desk_of


def register(app: Dash) -> None:
    """Add POST /incidents/from-alarm/<id>; the guard has checked sign-in and where it comes from."""

    @app.server.post("/incidents/from-alarm/<int:alarm_id>")
    def incident_from_alarm(alarm_id: int) -> Response:
        viewer = current_viewer()
        viewer.require(incidents.EDIT)
        with write_session() as session:
            incident, is_new = incidents.from_alarm(session, viewer, alarm_id, datetime.now(UTC))
            return jsonify(href=desk_of(incident), number=incident.number, new=is_new)
