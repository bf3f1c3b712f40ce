"""Divisions, departments, types of unit, and the enterprises of the park with their secondary units."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, relationship

from data.choices.enterprises import (
    CONFIRM_STATES,
    DIVISION_LEVELS,
    ENTERPRISE_GRADES,
    ENTERPRISE_SCALES,
    ENTERPRISE_STATES,
    STANDARD_STATES,
)
from data.fields import FileSlot, field
from data.models.base import Record
from data.rules import credit_code, entries

if TYPE_CHECKING:
    from data.models.account import User


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

    parent: Mapped[Department | None] = relationship(remote_side="Department.id")
    division: Mapped[Division | None] = relationship()


class UnitType(Record):
    """A type of unit in two levels, 类 and 子类, with the department that supervises all units of it."""

    __tablename__ = "unit_type"
    __title__ = "单位类型"
    code: Mapped[str] = field("编码", String(20), required=True, unique=True, search=True)
    name: Mapped[str] = field("类型名称", String(60), required=True, search=True)
    parent_id: Mapped[int | None] = field("上级类型", ForeignKey("unit_type.id"), index=True)
    department_id: Mapped[int | None] = field(
        "行业主管部门", ForeignKey("department.id"), index=True, help="此类企业自动归该部门监管"
    )
    position: Mapped[int] = field("排序", required=True, default=0, server_default="0", help="从小到大显示")

    parent: Mapped[UnitType | None] = relationship(remote_side="UnitType.id", lazy="joined", join_depth=2)
    department: Mapped[Department | None] = relationship()

    @property
    def path(self) -> str:
        """类-子类, as 危险物品类-危险化学品生产单位."""
        return f"{self.parent.name}-{self.name}" if self.parent is not None else self.name


_LIVE = text("deleted_at IS NULL")
_ORDERS = (
    "name",
    "code",
    "credit_code",
    "scale",
    "grade",
    "state",
    "confirm_state",
    "standard_state",
    "completeness",
    "updated_at",
    "division_id",
    "department_id",
    "unit_type_id",
)


class Enterprise(Record):
    """A business under supervision and its file.

    The lists' orders and filters have an index each, (column, id) of what is not deleted, so that a page costs the same
    among a million; where a value may be missing, one more for the other way, because empty values always stand last.
    Migration 0002 adds ``ix_enterprise_search`` on ``data.query.search_text(Enterprise)``.
    """

    __tablename__ = "enterprise"
    __title__ = "生产经营单位"
    __table_args__ = (
        *(Index(f"ix_enterprise_{name}_id", name, "id", postgresql_where=_LIVE) for name in _ORDERS),
        *(
            Index(f"ix_enterprise_{name}_down", text(f"{name} DESC NULLS LAST"), text("id DESC"), postgresql_where=_LIVE)
            for name in ("credit_code", "grade")
        ),
        # What officers look for together: a place, what waits for confirmation, a grade.
        Index("ix_enterprise_place", "division_id", "confirm_state", "grade", "id", postgresql_where=_LIVE),
        # Whose enterprise it is, asked for every row of what belongs to enterprises (data.scope); and the code, by which those
        # that a list has found are put in order (data.query).
        Index("ix_enterprise_scope", "id", postgresql_include=["department_id", "division_id", "code"]),
    )
    __files__ = (
        FileSlot("business_license", "营业执照", required=True),
        FileSlot("safety_license", "安全生产许可证"),
        FileSlot("site_plan", "平面布置图"),
        FileSlot("hazard_report", "职业病危害因素检测报告"),
        FileSlot("injury_insurance", "工伤保险缴费凭证"),
        FileSlot("emergency_card", "应急处置卡"),
        FileSlot("other", "其他", most=20),
    )
    code: Mapped[str] = field("编码", String(20), required=True, unique=True, search=True, help="MQTT 主题中的企业段")
    name: Mapped[str] = field(
        "企业名称", String(200), required=True, unique=True, search=True, help="也是企业端登录的用户名"
    )
    short_name: Mapped[str] = field("简称", String(40), required=True, search=True)
    credit_code: Mapped[str | None] = field(
        "统一社会信用代码", String(18), search=True, help="18 位，录入后自动核对校验位", check=credit_code.fault
    )
    unit_type_id: Mapped[int] = field(
        "企业类型", ForeignKey("unit_type.id"), required=True, help="类-子类，如 危险物品类-危险化学品生产单位"
    )
    scale: Mapped[str] = field("企业规模", String(10), required=True, choices=ENTERPRISE_SCALES, default="small")
    state: Mapped[str] = field("生产状态", String(20), required=True, choices=ENTERPRISE_STATES, default="running")
    grade: Mapped[str | None] = field("监管等级", String(1), choices=ENTERPRISE_GRADES, help="A、B、C、D")
    division_id: Mapped[int] = field("属地", ForeignKey("division.id"), required=True)
    department_id: Mapped[int | None] = field("行业主管部门", ForeignKey("department.id"), help="由企业类型自动带出")
    founded_on: Mapped[date | None] = field("成立日期")
    registered_address: Mapped[str | None] = field("注册地址", String(200))
    address: Mapped[str | None] = field("生产经营地址", String(200))
    business_scope: Mapped[str | None] = field("经营范围", Text, kind="long")
    industry_code: Mapped[str | None] = field(
        "国民经济行业", String(40), dictionary="industry", help="GB/T 4754-2017 大类"
    )
    economic_type: Mapped[str | None] = field("经济类型", String(40), dictionary="economic_type")
    registered_capital: Mapped[float | None] = field("注册资本", kind="money", check=entries.not_negative)
    annual_output: Mapped[float | None] = field("年产值", kind="money", check=entries.not_negative)
    area_m2: Mapped[float | None] = field("占地面积", unit="m²", check=entries.not_negative)
    employee_count: Mapped[int | None] = field("从业人数", unit="人", check=entries.not_negative)
    legal_person: Mapped[str | None] = field("法定代表人", String(40), search=True)
    email: Mapped[str | None] = field("电子邮箱", String(100), check=entries.email)
    postcode: Mapped[str | None] = field("邮政编码", String(6), check=entries.postcode)
    principal: Mapped[str | None] = field("主要负责人", String(40), help="安全生产第一责任人")
    principal_phone: Mapped[str | None] = field("主要负责人电话", String(30), kind="phone")
    contact: Mapped[str | None] = field("安全负责人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone", help="安全负责人的电话")
    duty_phone: Mapped[str | None] = field("24 小时值班电话", String(30), kind="phone")
    safety_staff_count: Mapped[int | None] = field("安全管理人员数", unit="人", check=entries.not_negative)
    certified_engineer_count: Mapped[int | None] = field("注册安全工程师", unit="人", check=entries.not_negative)
    standardization_level: Mapped[str | None] = field("标准化等级", String(40), dictionary="standardization_level")
    standardization_until: Mapped[date | None] = field("标准化有效期至")
    safety_license_no: Mapped[str | None] = field("安全生产许可证", String(60), help="许可证编号")
    safety_license_until: Mapped[date | None] = field("许可证有效期至")
    key_processes: Mapped[str | None] = field("重点监管工艺", String(300), help="重点监管的危险化工工艺，用顿号分开")
    key_chemicals: Mapped[str | None] = field("重点监管化学品", String(300), help="重点监管的危险化学品，用顿号分开")
    lon: Mapped[float] = field("经度", required=True, unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float] = field("纬度", required=True, unit="°", check=entries.latitude)
    outline: Mapped[dict[str, Any] | None] = field(
        "厂区范围", JSONB, kind="polygon", help="GeoJSON 多边形，WGS-84"
    )
    remark: Mapped[str | None] = field("备注", Text, kind="long")
    confirm_state: Mapped[str] = field(
        "确认状态", String(10), required=True, choices=CONFIRM_STATES, default="pending", server_default="pending"
    )
    confirmed_at: Mapped[datetime | None] = field("确认时间")
    # Altered in afterwards: a user may belong to an enterprise, so one of the two keys has to wait for the other table.
    confirmed_by_id: Mapped[int | None] = field("确认人", ForeignKey("user.id", use_alter=True))
    return_reason: Mapped[str | None] = field("退回原因", String(500))
    standard_state: Mapped[str] = field(
        "达标状态", String(10), required=True, choices=STANDARD_STATES, default="unrated", server_default="unrated"
    )
    completeness: Mapped[int] = field(
        "档案完善度", required=True, default=0, server_default="0", unit="%", help="按企业类型应填的项目中已填的比例"
    )

    division: Mapped[Division] = relationship(lazy="joined", innerjoin=True)
    department: Mapped[Department | None] = relationship(lazy="joined")
    unit_type: Mapped[UnitType] = relationship(lazy="joined", innerjoin=True)
    confirmed_by: Mapped[User | None] = relationship(
        "User", foreign_keys="Enterprise.confirmed_by_id", viewonly=True
    )

    @property
    def kind(self) -> str:
        """The words of its type: 类-子类, as 危险物品类-危险化学品生产单位."""
        return self.unit_type.path


class SecondaryUnit(Record):
    """A part of an enterprise with a type and an authority of its own: a transport branch, the shafts of a mine."""

    __tablename__ = "secondary_unit"
    __title__ = "二级单位"
    enterprise_id: Mapped[int] = field("所属企业", ForeignKey("enterprise.id"), required=True, index=True)
    name: Mapped[str] = field("单位名称", String(200), required=True, search=True)
    unit_type_id: Mapped[int] = field("单位类型", ForeignKey("unit_type.id"), required=True, index=True)
    department_id: Mapped[int | None] = field(
        "行业主管部门", ForeignKey("department.id"), index=True, help="由单位类型自动带出"
    )
    division_id: Mapped[int] = field("属地", ForeignKey("division.id"), required=True, index=True)
    address: Mapped[str | None] = field("地址", String(200))
    principal: Mapped[str | None] = field("负责人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    lon: Mapped[float | None] = field("经度", unit="°", kind="place", check=entries.longitude)
    lat: Mapped[float | None] = field("纬度", unit="°", check=entries.latitude)
    remark: Mapped[str | None] = field("备注", Text, kind="long")

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)
    unit_type: Mapped[UnitType] = relationship(lazy="joined", innerjoin=True)
    department: Mapped[Department | None] = relationship(lazy="joined")
    division: Mapped[Division] = relationship(lazy="joined", innerjoin=True)
