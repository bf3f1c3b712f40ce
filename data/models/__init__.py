"""All tables. Import models from here."""

from data.models.account import ApiToken, AuditEntry, LoginEvent, Role, RoleState, User
from data.models.alarm import Alarm, AlarmEvent
from data.models.attachment import Attachment
from data.models.base import Base, Record
from data.models.dictionary import DictionaryItem
from data.models.installation import Camera, Gateway, Installation, Point, Tank
from data.models.organisation import Department, Division, Enterprise
from data.models.telemetry import DeadLetter, LatestReading, Position, Reading
from data.models.transport import Geofence, LatestPosition, Terminal, Vehicle

__all__ = [
    "Alarm",
    "AlarmEvent",
    "ApiToken",
    "Attachment",
    "AuditEntry",
    "Base",
    "Camera",
    "DeadLetter",
    "Department",
    "DictionaryItem",
    "Division",
    "Enterprise",
    "Gateway",
    "Geofence",
    "Installation",
    "LatestPosition",
    "LatestReading",
    "LoginEvent",
    "Point",
    "Position",
    "Reading",
    "Record",
    "Role",
    "RoleState",
    "Tank",
    "Terminal",
    "User",
    "Vehicle",
]
