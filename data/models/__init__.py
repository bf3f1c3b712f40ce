"""All tables. Import models from here."""

from data.models.account import ApiToken, AuditEntry, LoginEvent, Role, RoleState, User
from data.models.alarm import Alarm, AlarmEvent
from data.models.base import Base, Record
from data.models.dictionary import DictionaryItem
from data.models.imports import ImportBatch, ImportRow
from data.models.installation import Camera, Gateway, Installation, Point, Tank
from data.models.organisation import Department, Division, Enterprise
from data.models.task import Task
from data.models.telemetry import DeadLetter, LatestReading, Position, Reading
from data.models.transport import Geofence, LatestPosition, Terminal, Vehicle

__all__ = [
    "Alarm",
    "AlarmEvent",
    "ApiToken",
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
    "ImportBatch",
    "ImportRow",
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
    "Task",
    "Terminal",
    "User",
    "Vehicle",
]
