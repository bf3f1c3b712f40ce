"""All tables. Import models from here."""

from data.models.account import ApiToken, AuditEntry, LoginEvent, Role, RoleState, User
from data.models.alarm import Alarm, AlarmEvent
from data.models.alarm_suspension import AlarmSuspension
from data.models.archive import EnterpriseChange, FieldRule, SavedQuery
from data.models.attachment import Attachment
from data.models.base import Base, Record
from data.models.day_count import DayCount, DayCountCheck
from data.models.dictionary import DictionaryItem
from data.models.duty import DutyShift
from data.models.duty_report import DutyCorrection, DutyReport
from data.models.duty_room import DutyCall, DutyExchange, DutyHandover
from data.models.emergency import (
    EMERGENCY_RESOURCES,
    CommitteeMember,
    EmergencyOrganization,
    EmergencyPerson,
    Expert,
    ExpertGroup,
    RescueEquipment,
    RescueSupply,
    RescueTeam,
    Shelter,
    SupportInstitution,
)
from data.models.enterprise_file import (
    FILE_LISTS,
    Certificate,
    ChemicalInUse,
    Equipment,
    FileRow,
    Insurance,
    OccupationalHazard,
    Process,
    SafetyPerson,
)
from data.models.gateway_talk import GatewayState, UnknownPoint
from data.models.hazard import (
    AssessedEvent,
    HazardMedium,
    Identification,
    InstallationPlan,
    PlanDrill,
    RiskAssessment,
)
from data.models.hazard_filing import HazardFiling
from data.models.hidden_danger import (
    CheckItem,
    CheckStandard,
    DangerReport,
    DangerReporting,
    HiddenDanger,
    MajorCriterion,
    OwnItem,
    OwnStandard,
    ReportCycle,
)
from data.models.imports import ImportBatch, ImportRow
from data.models.incident import (
    Incident,
    IncidentCircle,
    IncidentEntry,
    IncidentReport,
    IncidentTask,
    PlanningRadius,
)
from data.models.inspection import InspectionRecord, InspectionTask
from data.models.installation import Camera, Gateway, Installation, Point, Tank
from data.models.message import Delivery, Message, Notice, NoticeReceipt
from data.models.monthly_report import MonthlyReport
from data.models.organisation import Department, Division, Enterprise, SecondaryUnit, UnitType
from data.models.paper import NumberSeries, Paper, PaperTemplate
from data.models.risk import RiskBand, RiskEvent, RiskFactor, RiskMeasure, RiskMethod, RiskObject, RiskUnit
from data.models.risk_zone import RiskPlan, RiskRule, RiskRuleVersion, RiskZone, ZoneColour
from data.models.rollup import ReadingHour, ReadingMinute, RollupMark, RollupState
from data.models.subscription import Subscription, SubscriptionDelivery
from data.models.task import Task
from data.models.telemetry import DeadLetter, LatestReading, Position, Reading
from data.models.terminal_record import TerminalRecord
from data.models.transport import LatestPosition, Terminal, Vehicle
from data.models.vehicle_command import VehicleCommand, VehicleMedia
from data.models.vehicle_rule import Geofence, KeyPoint, KeyPointVisit, RouteSection, TerminalTrack, VehicleRoute
from data.models.video import CameraState
from data.models.wall import ScreenSetting, Wall, WallBeat
from data.models.workflow import WorkflowCase, WorkflowCopy, WorkflowRule, WorkflowSign, WorkflowStep

__all__ = [
    "EMERGENCY_RESOURCES",
    "FILE_LISTS",
    "Alarm",
    "AlarmEvent",
    "AlarmSuspension",
    "ApiToken",
    "AssessedEvent",
    "Attachment",
    "AuditEntry",
    "Base",
    "Camera",
    "CameraState",
    "Certificate",
    "CheckItem",
    "CheckStandard",
    "ChemicalInUse",
    "CommitteeMember",
    "DangerReport",
    "DangerReporting",
    "DayCount",
    "DayCountCheck",
    "DeadLetter",
    "Delivery",
    "Department",
    "DictionaryItem",
    "Division",
    "DutyCall",
    "DutyCorrection",
    "DutyExchange",
    "DutyHandover",
    "DutyReport",
    "DutyShift",
    "EmergencyOrganization",
    "EmergencyPerson",
    "Enterprise",
    "EnterpriseChange",
    "Equipment",
    "Expert",
    "ExpertGroup",
    "FieldRule",
    "FileRow",
    "Gateway",
    "GatewayState",
    "Geofence",
    "HazardFiling",
    "HazardMedium",
    "HiddenDanger",
    "Identification",
    "ImportBatch",
    "ImportRow",
    "Incident",
    "IncidentCircle",
    "IncidentEntry",
    "IncidentReport",
    "IncidentTask",
    "InspectionRecord",
    "InspectionTask",
    "Installation",
    "InstallationPlan",
    "Insurance",
    "KeyPoint",
    "KeyPointVisit",
    "LatestPosition",
    "LatestReading",
    "LoginEvent",
    "MajorCriterion",
    "Message",
    "MonthlyReport",
    "Notice",
    "NoticeReceipt",
    "NumberSeries",
    "OccupationalHazard",
    "OwnItem",
    "OwnStandard",
    "Paper",
    "PaperTemplate",
    "PlanDrill",
    "PlanningRadius",
    "Point",
    "Position",
    "Process",
    "Reading",
    "ReadingHour",
    "ReadingMinute",
    "Record",
    "ReportCycle",
    "RescueEquipment",
    "RescueSupply",
    "RescueTeam",
    "RiskAssessment",
    "RiskBand",
    "RiskEvent",
    "RiskFactor",
    "RiskMeasure",
    "RiskMethod",
    "RiskObject",
    "RiskPlan",
    "RiskRule",
    "RiskRuleVersion",
    "RiskUnit",
    "RiskZone",
    "Role",
    "RoleState",
    "RollupMark",
    "RollupState",
    "RouteSection",
    "SafetyPerson",
    "SavedQuery",
    "ScreenSetting",
    "SecondaryUnit",
    "Shelter",
    "Subscription",
    "SubscriptionDelivery",
    "SupportInstitution",
    "Tank",
    "Task",
    "Terminal",
    "TerminalRecord",
    "TerminalTrack",
    "UnitType",
    "UnknownPoint",
    "User",
    "Vehicle",
    "VehicleCommand",
    "VehicleMedia",
    "VehicleRoute",
    "Wall",
    "WallBeat",
    "WorkflowCase",
    "WorkflowCopy",
    "WorkflowRule",
    "WorkflowSign",
    "WorkflowStep",
    "ZoneColour",
]
