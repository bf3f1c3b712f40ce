"""The resources for an emergency: organisations and people, experts, teams, equipment, supplies, shelters, supporters.

Each belongs to a department: all may look, only its own people may change it (``__owned_by__``).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, declared_attr, relationship

from data.choices.enterprises import RESCUE_EQUIPMENT_STATES, SUPPORT_KINDS
from data.fields import field
from data.models.base import Record
from data.models.organisation import Department
from data.rules import entries


class EmergencyRecord(Record):
    """A resource of a department."""

    __abstract__ = True
    __owned_by__ = "department_id"

    @declared_attr
    def department_id(cls) -> Mapped[int]:
        return field(
            "所属行政机构", ForeignKey("department.id"), required=True, index=True, sort_order=50, help="只有本机构可以修改"
        )

    @declared_attr
    def remark(cls) -> Mapped[str | None]:
        return field("备注", Text, kind="long", sort_order=60)

    @declared_attr
    def department(cls) -> Mapped[Department]:
        return relationship(lazy="joined", innerjoin=True)


class PlacedRecord(EmergencyRecord):
    """A resource of a department that stands somewhere; degrees in WGS-84."""

    __abstract__ = True

    @declared_attr
    def address(cls) -> Mapped[str | None]:
        return field("地址", String(200), search=True, sort_order=52)

    @declared_attr
    def lon(cls) -> Mapped[float | None]:
        return field("经度", unit="°", kind="place", check=entries.longitude, sort_order=53)

    @declared_attr
    def lat(cls) -> Mapped[float | None]:
        return field("纬度", unit="°", check=entries.latitude, sort_order=54)


class EmergencyOrganization(PlacedRecord):
    __tablename__ = "emergency_organization"
    __title__ = "应急机构"
    name: Mapped[str] = field("机构名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("机构类别", String(40), required=True, dictionary="emergency_organization_kind")
    head: Mapped[str | None] = field("负责人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    duty_phone: Mapped[str | None] = field("24 小时值班电话", String(30), kind="phone")
    duties: Mapped[str | None] = field("职责", Text, kind="long")


class EmergencyPerson(EmergencyRecord):
    __tablename__ = "emergency_person"
    __title__ = "应急人员"
    name: Mapped[str] = field("姓名", String(40), required=True, search=True)
    organization_id: Mapped[int] = field("应急机构", ForeignKey("emergency_organization.id"), required=True, index=True)
    role: Mapped[str] = field("应急职务", String(40), required=True, dictionary="emergency_role")
    post: Mapped[str | None] = field("行政职务", String(60))
    phone: Mapped[str | None] = field("手机", String(30), kind="phone")
    office_phone: Mapped[str | None] = field("办公电话", String(30), kind="phone")

    organization: Mapped[EmergencyOrganization] = relationship(lazy="joined", innerjoin=True)


class CommitteeMember(EmergencyRecord):
    __tablename__ = "committee_member"
    __title__ = "安委会成员"
    name: Mapped[str] = field("姓名", String(40), required=True, search=True)
    unit_name: Mapped[str] = field("成员单位", String(100), required=True, search=True)
    role: Mapped[str] = field("安委会职务", String(40), required=True, dictionary="committee_role")
    post: Mapped[str | None] = field("行政职务", String(60))
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    duties: Mapped[str | None] = field("职责", Text, kind="long")


class ExpertGroup(EmergencyRecord):
    __tablename__ = "expert_group"
    __title__ = "专家组"
    name: Mapped[str] = field("专家组名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("专家组类型", String(40), required=True, dictionary="expert_group_kind")
    head: Mapped[str | None] = field("组长", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")


class Expert(EmergencyRecord):
    __tablename__ = "expert"
    __title__ = "应急专家"
    name: Mapped[str] = field("专家姓名", String(40), required=True, search=True)
    kind: Mapped[str] = field("专家组类型", String(40), required=True, dictionary="expert_group_kind")
    group_id: Mapped[int | None] = field("专家组", ForeignKey("expert_group.id"), index=True)
    unit_name: Mapped[str | None] = field("所属单位", String(100), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    title: Mapped[str | None] = field("职称", String(40), dictionary="professional_title")
    speciality: Mapped[str | None] = field("专业特长", String(200), search=True)

    group: Mapped[ExpertGroup | None] = relationship(lazy="joined")


class RescueTeam(PlacedRecord):
    __tablename__ = "rescue_team"
    __title__ = "救援队伍"
    name: Mapped[str] = field("队伍名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("队伍类别", String(40), required=True, dictionary="rescue_team_kind")
    unit_name: Mapped[str | None] = field("依托单位", String(100), search=True)
    head: Mapped[str | None] = field("负责人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    duty_phone: Mapped[str | None] = field("24 小时值班电话", String(30), kind="phone")
    member_count: Mapped[int | None] = field("人数", unit="人", check=entries.not_negative)
    speciality: Mapped[str | None] = field("救援专长", String(200), search=True)


class RescueEquipment(PlacedRecord):
    __tablename__ = "rescue_equipment"
    __title__ = "救援装备"
    name: Mapped[str] = field("装备名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("装备类别", String(40), required=True, dictionary="rescue_equipment_kind")
    model: Mapped[str | None] = field("规格型号", String(100))
    count: Mapped[int] = field("数量", required=True, default=1, check=entries.not_negative)
    count_unit: Mapped[str] = field("计量单位", String(10), required=True, default="台", server_default="台")
    state: Mapped[str] = field(
        "状态", String(20), required=True, choices=RESCUE_EQUIPMENT_STATES, default="ready", server_default="ready"
    )
    team_id: Mapped[int | None] = field("所在队伍", ForeignKey("rescue_team.id"), index=True)
    keeper: Mapped[str | None] = field("保管人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")

    team: Mapped[RescueTeam | None] = relationship(lazy="joined")


class RescueSupply(PlacedRecord):
    __tablename__ = "rescue_supply"
    __title__ = "应急物资"
    name: Mapped[str] = field("物资名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("物资类别", String(40), required=True, dictionary="rescue_supply_kind")
    model: Mapped[str | None] = field("规格型号", String(100))
    stock: Mapped[float] = field("库存", required=True, check=entries.not_negative)
    least_stock: Mapped[float | None] = field("最低库存", check=entries.not_negative, help="低于此数应补充")
    stock_unit: Mapped[str] = field("计量单位", String(10), required=True)
    expires_on: Mapped[date | None] = field("有效期至")
    keeper: Mapped[str | None] = field("保管人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")


class Shelter(PlacedRecord):
    __tablename__ = "shelter"
    __title__ = "避难场所"
    name: Mapped[str] = field("场所名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("场所类别", String(40), required=True, dictionary="shelter_kind")
    capacity: Mapped[int] = field("可容纳人数", required=True, unit="人", check=entries.not_negative)
    area_m2: Mapped[float | None] = field("面积", unit="m²", check=entries.not_negative)
    facilities: Mapped[str | None] = field("配套设施", String(200))
    keeper: Mapped[str | None] = field("管理人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")


class SupportInstitution(PlacedRecord):
    """An institution that lends transport, medical care, communication or technical knowledge."""

    __tablename__ = "support_institution"
    __title__ = "保障机构"
    name: Mapped[str] = field("机构名称", String(100), required=True, search=True)
    kind: Mapped[str] = field("保障类别", String(20), required=True, choices=SUPPORT_KINDS)
    capability: Mapped[str | None] = field("保障能力", String(300), search=True, help="车辆、床位、设备、人员")
    contact: Mapped[str | None] = field("联系人", String(40), search=True)
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")
    duty_phone: Mapped[str | None] = field("24 小时值班电话", String(30), kind="phone")


EMERGENCY_RESOURCES: tuple[type[EmergencyRecord], ...] = (
    EmergencyOrganization,
    EmergencyPerson,
    CommitteeMember,
    ExpertGroup,
    Expert,
    RescueTeam,
    RescueEquipment,
    RescueSupply,
    Shelter,
    SupportInstitution,
)
