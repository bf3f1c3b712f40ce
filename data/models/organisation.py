"""Divisions, departments and the enterprises of the park."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices import DIVISION_LEVELS, ENTERPRISE_SCALES, ENTERPRISE_STATES
from data.fields import field
from data.models.base import Record


class Division(Record):
    """An administrative division, province to village; codes of the statistics bureau (GB/T 2260, GB/T 10114)."""

    __tablename__ = "division"
    __title__ = "行政区域"
    code: Mapped[str] = field("代码", String(12), required=True, unique=True, search=True)
    name: Mapped[str] = field("名称", String(60), required=True, search=True)
    level: Mapped[str] = field("级别", String(10), required=True, choices=DIVISION_LEVELS)
    parent_id: Mapped[int | None] = field("上级", ForeignKey("division.id"), index=True)
    parent: Mapped[Division | None] = relationship(remote_side="Division.id")


class Department(Record):
    __tablename__ = "department"
    __title__ = "部门"
    name: Mapped[str] = field("部门名称", String(100), required=True, unique=True, search=True)
    short_name: Mapped[str] = field("简称", String(30), required=True)
    parent_id: Mapped[int | None] = field("上级部门", ForeignKey("department.id"))
    division_id: Mapped[int | None] = field("属地", ForeignKey("division.id"), help="乡镇、街道一级的部门填写")
    phone: Mapped[str | None] = field("值班电话", String(30))


class Enterprise(Record):
    __tablename__ = "enterprise"
    __title__ = "生产经营单位"
    code: Mapped[str] = field("编码", String(20), required=True, unique=True, search=True, help="MQTT 主题中的企业段")
    name: Mapped[str] = field(
        "企业名称", String(200), required=True, unique=True, search=True, help="也是企业端登录的用户名"
    )
    short_name: Mapped[str] = field("简称", String(40), required=True, search=True)
    credit_code: Mapped[str | None] = field("统一社会信用代码", String(18), search=True)
    kind: Mapped[str] = field("企业类型", String(60), required=True, help="类-子类，如 危险物品类-危险化学品生产单位")
    scale: Mapped[str] = field("企业规模", String(10), required=True, choices=ENTERPRISE_SCALES, default="small")
    state: Mapped[str] = field("生产状态", String(20), required=True, choices=ENTERPRISE_STATES, default="running")
    grade: Mapped[str | None] = field("监管等级", String(1), help="A、B、C、D")
    division_id: Mapped[int] = field("属地", ForeignKey("division.id"), required=True, index=True)
    department_id: Mapped[int | None] = field("行业主管部门", ForeignKey("department.id"), index=True)
    address: Mapped[str | None] = field("地址", String(200))
    legal_person: Mapped[str | None] = field("法定代表人", String(40), search=True)
    contact: Mapped[str | None] = field("安全负责人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30))
    duty_phone: Mapped[str | None] = field("24 小时值班电话", String(30))
    employee_count: Mapped[int | None] = field("从业人数", unit="人")
    lon: Mapped[float] = field("经度", required=True, unit="°")
    lat: Mapped[float] = field("纬度", required=True, unit="°")
    outline: Mapped[dict[str, Any] | None] = field("厂区范围", JSONB, help="GeoJSON 多边形，WGS-84")

    division: Mapped[Division] = relationship(lazy="joined", innerjoin=True)
    department: Mapped[Department | None] = relationship(lazy="joined")
