"""突发事件: an incident from its first report to its archive, its timeline that nobody changes, tasks, reports and circles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, SmallInteger, String, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from data.choices.incidents import (
    ENTRY_KINDS,
    INCIDENT_KINDS,
    INCIDENT_LEVELS,
    INCIDENT_SOURCES,
    INCIDENT_STATES,
    REPORT_KINDS,
    RESPONSE_LEVELS,
    TASK_STATES,
)
from data.fields import FileSlot, field
from data.models.account import User
from data.models.base import Base, Record
from data.models.emergency import RescueTeam
from data.models.installation import Installation
from data.models.organisation import Department, Division, Enterprise
from data.rules import entries

_PEOPLE: dict[str, Any] = {"unit": "人", "check": entries.not_negative, "default": 0, "server_default": "0", "required": True}


class Incident(Record):
    """One incident. State, times and casualties are written by ``data.incidents`` only, each together with a line of the timeline.

    A drill (演练) is an incident that is counted, numbered and shown apart.
    """

    __tablename__ = "incident"
    __title__ = "突发事件"
    __found_by__ = ("enterprise",)
    __table_args__ = (
        Index("uq_incident_alarm", "alarm_id", unique=True, postgresql_where=sql("alarm_id IS NOT NULL AND deleted_at IS NULL")),
        Index("ix_incident_received_at", "received_at"),
    )
    __files__ = (FileSlot("photo", "现场照片", most=20), FileSlot("other", "其他材料", most=20))
    number: Mapped[str] = field("事件编号", String(30), required=True, search=True, unique=True)
    title: Mapped[str] = field("标题", String(100), required=True, search=True, help="什么地方发生了什么，如：鑫盛化工 V-203 液氨泄漏")
    kind: Mapped[str] = field("事件类型", String(20), required=True, choices=INCIDENT_KINDS)
    is_drill: Mapped[bool] = field("演练", required=True, default=False, server_default="false")
    state: Mapped[str] = field("状态", String(20), required=True, choices=INCIDENT_STATES, default="received", server_default="received")
    level: Mapped[int | None] = field("事件级别", SmallInteger, choices=INCIDENT_LEVELS, help="按国务院令第493号第三条初判")
    response_level: Mapped[int | None] = field("响应级别", SmallInteger, choices=RESPONSE_LEVELS, help="由指挥部决定，与事件级别可以不同")
    source: Mapped[str] = field("信息来源", String(20), required=True, choices=INCIDENT_SOURCES, default="phone", server_default="phone")
    enterprise_id: Mapped[int | None] = field("企业", ForeignKey("enterprise.id"), index=True)
    installation_id: Mapped[int | None] = field("重大危险源", ForeignKey("installation.id"), help="用于匹配应急预案")
    division_id: Mapped[int | None] = field("属地", ForeignKey("division.id"), help="不在企业内（如道路上）的填写，属地人员据此看到")
    alarm_id: Mapped[int | None] = field("来源报警", ForeignKey("alarm.id", ondelete="SET NULL"))
    point_id: Mapped[int | None] = field("监测点", ForeignKey("point.id"))
    place: Mapped[str] = field("地点", String(200), required=True, search=True)
    lon: Mapped[float | None] = field("经度", unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float | None] = field("纬度", unit="°", check=entries.latitude)
    substance: Mapped[str | None] = field("危险物质", String(100), search=True)
    occurred_at: Mapped[datetime] = field("发生时间", required=True)
    received_at: Mapped[datetime] = field("接报时间", required=True)
    received_by_id: Mapped[int | None] = field("接报人", ForeignKey("user.id"))
    reporter: Mapped[str | None] = field("报告人", String(60), search=True)
    reporter_phone: Mapped[str | None] = field("报告人电话", String(30), kind="phone")
    description: Mapped[str | None] = field("初步情况", Text, kind="long")
    dead_count: Mapped[int] = field("死亡", **_PEOPLE)
    serious_count: Mapped[int] = field("重伤（含急性工业中毒）", **_PEOPLE)
    minor_count: Mapped[int] = field("轻伤", **_PEOPLE)
    missing_count: Mapped[int] = field("失踪（下落不明）", **_PEOPLE)
    trapped_count: Mapped[int] = field("被困", **_PEOPLE)
    endangered_count: Mapped[int] = field("涉险", **_PEOPLE)
    evacuated_count: Mapped[int] = field("疏散", **_PEOPLE)
    loss: Mapped[float | None] = field("直接经济损失", kind="money", check=entries.not_negative)
    is_critical: Mapped[bool] = field("污染严重或危及重要场所", required=True, default=False, server_default="false", help="站场、码头、水利、电站、人员密集场所等，属较大涉险")
    commander: Mapped[str | None] = field("现场指挥", String(60))
    verified_at: Mapped[datetime | None] = field("核实时间")
    responded_at: Mapped[datetime | None] = field("启动时间")
    ended_at: Mapped[datetime | None] = field("结束时间")
    archived_at: Mapped[datetime | None] = field("归档时间")
    cause: Mapped[str | None] = field("原因", Text, kind="long", search=True)
    review: Mapped[str | None] = field("处置评估", Text, kind="long")
    lessons: Mapped[str | None] = field("教训与改进", Text, kind="long")
    archive_number: Mapped[str | None] = field("归档号", String(60), search=True)

    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined")
    installation: Mapped[Installation | None] = relationship(viewonly=True)
    division: Mapped[Division | None] = relationship()
    received_by: Mapped[User | None] = relationship(foreign_keys="Incident.received_by_id", viewonly=True)

    @property
    def is_open(self) -> bool:
        """Whether somebody is at work on it: it was neither ended nor found to be nothing."""
        return self.state in ("received", "verified", "responding")


class IncidentEntry(Base):
    """One line of the timeline, with the server's time. There is no way to change or to delete one: a trigger of the database refuses
    both (migration 0021), and what was wrong is put right by a further line that names it (``corrects_id``)."""

    __tablename__ = "incident_entry"
    __title__ = "事件记录"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    incident_id: Mapped[int] = field("突发事件", ForeignKey("incident.id"), required=True, index=True)
    at: Mapped[datetime] = field("时间", required=True)
    kind: Mapped[str] = field("内容类别", String(20), required=True, choices=ENTRY_KINDS)
    text: Mapped[str] = field("内容", Text, required=True)
    facts: Mapped[dict[str, Any]] = field("数值", JSONB, required=True, default=dict, server_default=sql("'{}'"))
    user_id: Mapped[int | None] = field("记录人", ForeignKey("user.id"))
    user_name: Mapped[str] = field("记录人姓名", String(60), required=True)
    task_id: Mapped[int | None] = field("任务", ForeignKey("incident_task.id"))
    report_id: Mapped[int | None] = field("报告", ForeignKey("incident_report.id"))
    corrects_id: Mapped[int | None] = field("更正的记录", ForeignKey("incident_entry.id"))


class IncidentTask(Record):
    """What a team or a person is to do, until when, and what came of it."""

    __tablename__ = "incident_task"
    __title__ = "应急任务"
    __found_by__ = ("incident",)
    __files__ = (FileSlot("photo", "现场照片", most=12),)
    incident_id: Mapped[int] = field("突发事件", ForeignKey("incident.id"), required=True, index=True)
    what: Mapped[str] = field("任务内容", String(300), required=True, search=True)
    unit: Mapped[str] = field("受领单位、人员", String(100), required=True, search=True)
    team_id: Mapped[int | None] = field("救援队伍", ForeignKey("rescue_team.id"))
    user_id: Mapped[int | None] = field("执行人", ForeignKey("user.id"), index=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    due_at: Mapped[datetime | None] = field("完成时限")
    state: Mapped[str] = field("状态", String(10), required=True, choices=TASK_STATES, default="waiting", server_default="waiting")
    accepted_at: Mapped[datetime | None] = field("接收时间")
    closed_at: Mapped[datetime | None] = field("办结时间")
    feedback: Mapped[str | None] = field("最近反馈", Text, kind="long")

    incident: Mapped[Incident] = relationship(lazy="joined", innerjoin=True)
    team: Mapped[RescueTeam | None] = relationship(viewonly=True)
    user: Mapped[User | None] = relationship(foreign_keys="IncidentTask.user_id", viewonly=True)

    @property
    def title(self) -> str:
        """What it is called in the trail of changes."""
        return self.what

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in ("waiting", "doing")


class IncidentReport(Record):
    """专报, 续报 or 终报 as it went out: frozen, with a number without a gap and its Word document."""

    __tablename__ = "incident_report"
    __title__ = "信息报告"
    __found_by__ = ("incident",)
    __files__ = (FileSlot("paper", "文书", most=1, is_made=True),)
    incident_id: Mapped[int] = field("突发事件", ForeignKey("incident.id"), required=True, index=True)
    kind: Mapped[str] = field("报告种类", String(10), required=True, choices=REPORT_KINDS)
    issue: Mapped[int] = field("期数", required=True, default=1)
    number: Mapped[str | None] = field("编号", String(60), search=True)
    title: Mapped[str] = field("标题", String(200), required=True, search=True)
    recipient: Mapped[str] = field("主送", String(200), required=True)
    copied_to: Mapped[str | None] = field("抄送", String(200))
    content: Mapped[list[dict[str, str]]] = field("正文", JSONB, required=True, help="各部分的标题和内容")
    signed_at: Mapped[datetime] = field("签发时间", required=True)
    signed_by_id: Mapped[int | None] = field("签发人", ForeignKey("user.id"))

    incident: Mapped[Incident] = relationship(lazy="joined", innerjoin=True)
    signed_by: Mapped[User | None] = relationship(foreign_keys="IncidentReport.signed_by_id", viewonly=True)

    @property
    def supervisor(self) -> Department | None:
        """It goes out in the name of the office of whoever signs it."""
        return None


class IncidentCircle(Record):
    """A planning circle round the place, or downwind of it: an estimate (规划估算), never a measurement."""

    __tablename__ = "incident_circle"
    __title__ = "规划圈层"
    __part_of__ = "incident_id"
    incident_id: Mapped[int] = field("突发事件", ForeignKey("incident.id"), required=True, index=True)
    name: Mapped[str] = field("圈层名称", String(30), required=True)
    radius_m: Mapped[float] = field("半径", required=True, unit="m", check=entries.planning_radius)
    is_downwind: Mapped[bool] = field("仅下风向", required=True, default=False, server_default="false")
    basis: Mapped[str] = field("依据", String(200), required=True)


class PlanningRadius(Record):
    """规划半径: what the park draws round an incident of a kind, with where the figure comes from. The park keeps the table itself."""

    __tablename__ = "planning_radius"
    __title__ = "规划半径"
    kind: Mapped[str] = field("事件类型", String(20), required=True, choices=INCIDENT_KINDS)
    substance: Mapped[str | None] = field("危险物质", String(100), search=True, help="不填即适用于该类型的各种物质")
    name: Mapped[str] = field("圈层名称", String(30), required=True, search=True, help="例如：隔离、疏散、下风向防护")
    radius_m: Mapped[float] = field("半径", required=True, unit="m", check=entries.planning_radius)
    is_downwind: Mapped[bool] = field("仅下风向", required=True, default=False, server_default="false", help="只画下风向扇形，须有有效的风向")
    basis: Mapped[str] = field("依据", String(200), required=True, help="数值从哪里来；没有依据的请写明“经验值，待核实”")
