"""What an enterprise's file lists besides its own columns: people, equipment, chemicals, certificates and the like."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, declared_attr, relationship

from data.choices.enterprises import CHEMICAL_USES, EXPOSURE_RESULTS
from data.fields import field
from data.models.base import Record
from data.models.organisation import Enterprise
from data.rules import entries


class FileRow(Record):
    """A row of a list in an enterprise's file."""

    __abstract__ = True
    __part_of__ = "enterprise_id"

    @declared_attr
    def enterprise_id(cls) -> Mapped[int]:
        return field("企业", ForeignKey("enterprise.id"), required=True, index=True, sort_order=0)

    @declared_attr
    def enterprise(cls) -> Mapped[Enterprise]:
        return relationship(lazy="joined", innerjoin=True)


class SafetyPerson(FileRow):
    __tablename__ = "safety_person"
    __title__ = "安全管理人员"
    name: Mapped[str] = field("姓名", String(40), required=True, search=True)
    post: Mapped[str] = field("岗位", String(40), required=True, dictionary="safety_post")
    certificate_no: Mapped[str | None] = field("证书编号", String(60), search=True)
    certificate_until: Mapped[date | None] = field("证书有效期")
    phone: Mapped[str | None] = field("联系电话", String(30), kind="phone")


class Equipment(FileRow):
    __tablename__ = "equipment"
    __title__ = "主要设备"
    name: Mapped[str] = field("设备名称", String(100), required=True, search=True)
    model: Mapped[str | None] = field("规格型号", String(100))
    kind: Mapped[str] = field("设备类别", String(40), required=True, dictionary="equipment_kind")
    count: Mapped[int] = field("数量", required=True, default=1, unit="台", check=entries.not_negative)
    registered_no: Mapped[str | None] = field("使用登记证编号", String(60), search=True, help="特种设备填写")
    next_inspection_on: Mapped[date | None] = field("下次检验日期")


class ChemicalInUse(FileRow):
    __tablename__ = "chemical_in_use"
    __title__ = "涉及化学品"
    name: Mapped[str] = field("化学品名称", String(100), required=True, search=True)
    cas: Mapped[str | None] = field("CAS 号", String(20), search=True, check=entries.cas_number)
    use: Mapped[str] = field("用途", String(20), required=True, choices=CHEMICAL_USES)
    max_stock_t: Mapped[float | None] = field("最大储量", unit="t", check=entries.not_negative)
    annual_t: Mapped[float | None] = field("年用量（产量）", unit="t", check=entries.not_negative)
    is_key: Mapped[bool] = field(
        "重点监管", required=True, default=False, server_default="false", help="列入重点监管的危险化学品名录"
    )


class Certificate(FileRow):
    __tablename__ = "certificate"
    __title__ = "证照"
    kind: Mapped[str] = field("证照类别", String(40), required=True, dictionary="certificate_kind")
    number: Mapped[str] = field("证照编号", String(60), required=True, search=True)
    issuer: Mapped[str | None] = field("发证机关", String(100))
    issued_on: Mapped[date | None] = field("发证日期")
    valid_until: Mapped[date | None] = field("有效期至", help="长期有效的不填")

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.kind} {self.number}"


class Insurance(FileRow):
    __tablename__ = "insurance"
    __title__ = "保险"
    kind: Mapped[str] = field("险种", String(40), required=True, dictionary="insurance_kind")
    insurer: Mapped[str] = field("承保机构", String(100), required=True, search=True)
    policy_no: Mapped[str | None] = field("保单号", String(60), search=True)
    amount: Mapped[float | None] = field("保险金额", kind="money", check=entries.not_negative)
    valid_from: Mapped[date | None] = field("生效日期")
    valid_until: Mapped[date | None] = field("到期日期")
    insured_count: Mapped[int | None] = field("参保人数", unit="人", check=entries.not_negative)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.kind} {self.policy_no or self.insurer}"


class Process(FileRow):
    __tablename__ = "process"
    __title__ = "生产工艺"
    name: Mapped[str] = field("工艺名称", String(100), required=True, search=True)
    is_key: Mapped[bool] = field(
        "重点监管", required=True, default=False, server_default="false", help="重点监管的危险化工工艺"
    )
    key_unit: Mapped[str | None] = field("重点监控单元", String(100))
    description: Mapped[str | None] = field("工艺说明", Text, kind="long")


class OccupationalHazard(FileRow):
    __tablename__ = "occupational_hazard"
    __title__ = "职业病危害"
    factor: Mapped[str] = field("危害因素", String(60), required=True, dictionary="hazard_factor")
    workplace: Mapped[str] = field("作业场所", String(100), required=True, search=True)
    exposed_count: Mapped[int | None] = field("接触人数", unit="人", check=entries.not_negative)
    measured_on: Mapped[date | None] = field("检测日期")
    result: Mapped[str | None] = field("检测结果", String(10), choices=EXPOSURE_RESULTS)

    @property
    def title(self) -> str:
        """What a person would call it."""
        return f"{self.workplace} {self.factor}"


# The lists of a file in the order in which it shows them, by the name of their table.
FILE_LISTS: dict[str, type[FileRow]] = {
    model.__tablename__: model
    for model in (SafetyPerson, Equipment, ChemicalInUse, Process, Certificate, Insurance, OccupationalHazard)
}
