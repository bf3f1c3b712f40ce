"""What the pages of incidents share: where they stand, and the words and marks of an incident."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from data.choices import Choice
from data.choices.incidents import INCIDENT_LEVELS, INCIDENT_STATES
from data.db import session as write_session
from data.messages import mark_seen
from data.models import Incident
from data.viewer import Viewer

MODULE, GROUP = "应急指挥", "突发事件"
PATH, TASKS_PATH = "/incidents", "/incidents/tasks"
DRILL = Choice("drill", "演练", "danger")


def state_of(incident: Incident) -> Choice:
    """The state in its word and tone."""
    return next(one for one in INCIDENT_STATES if one.code == incident.state)


def level_of(incident: Incident) -> Choice | str:
    """The level in its word and tone; empty while it is not judged."""
    return next((one for one in INCIDENT_LEVELS if one.code == str(incident.level)), "")


def look_at(viewer: Viewer, href: str) -> None:
    """Whoever opens what they were told of has read the message."""
    with write_session() as session:
        mark_seen(session, viewer, href, datetime.now(UTC))


def desk_of(incident: Any) -> str:
    """Where the incident is worked on."""
    return f"{PATH}/{incident.id}"
