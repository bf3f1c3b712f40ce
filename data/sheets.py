"""What may be imported, by code. The jobs role and the pages both read it; a further table costs one declaration here."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from data import dangers, enterprise_accounts, hazards, risk_sheets, video  # noqa: F401 - its sheets are registered by being imported
from data.calendar import park_day
from data.completeness import SECTIONS
from data.imports.sheet import Sheet, Values, fills, register
from data.models import (
    EMERGENCY_RESOURCES,
    Camera,
    CheckItem,
    Department,
    Division,
    Enterprise,
    HiddenDanger,
    Installation,
    Record,
)
from data.validity import BOOKKEEPING
from data.viewer import Viewer

# A workbook carries the columns of the file in the order of its form, but what follows from another column or cannot be typed.
_LEFT_OUT = {"department_id", "outline"}
_ENTERPRISE = tuple(name for _, names in SECTIONS.values() for name in names if name not in _LEFT_OUT)


@fills("code", "short_name", "department_id")
def complete_enterprise(session: Session, values: Values) -> None:
    """A new enterprise gets the authority of its type, a code for its MQTT topics, and a short name."""
    values.update(enterprise_accounts.complete(session, None, {**values, "code": values.get("code") or values.get("credit_code")}))


ENTERPRISE = register(
    Sheet(
        code="enterprise",
        model=Enterprise,
        title="生产经营单位",
        permission="enterprise.edit",
        columns=_ENTERPRISE,
        key=("credit_code",),
        complete=complete_enterprise,
        notes={"short_name": "不填写时即企业名称。", "credit_code": "18 位，GB 32100-2015。", "lon": "WGS-84 坐标。", "lat": "WGS-84 坐标。"},
        example={
            "name": "朝阳某某化工有限公司",
            "credit_code": "91211321MA0XXXXX0X",
            "short_name": "某某化工",
            "division_id": "朝阳县/柳城街道",
            "unit_type_id": "危险物品类/危险化学品生产单位",
            "grade": "A",
            "lon": "120.4312",
            "lat": "41.4205",
        },
    )
)

DIVISION = register(
    Sheet(
        code="division",
        model=Division,
        title="行政区域",
        permission="division.edit",
        columns=("code", "name", "level", "parent_id"),
        key=("code",),
        notes={"code": "统计用区划代码，6、9 或 12 位。", "parent_id": "上级须已在平台中，请从上到下分批导入。"},
        example={"code": "211321001", "name": "柳城街道", "level": "乡镇街道", "parent_id": "朝阳县"},
    )
)

DEPARTMENT = register(
    Sheet(
        code="department",
        model=Department,
        title="部门",
        permission="department.edit",
        columns=("name", "short_name", "parent_id", "division_id", "phone"),
        key=("name",),
        notes={"parent_id": "上级须已在平台中。"},
        example={"name": "朝阳县某某局", "short_name": "某某局"},
    )
)


def _own_columns(model: type[Record]) -> tuple[str, ...]:
    """The columns that people fill in, in the order of the model."""
    return tuple(one.key for one in inspect(model).column_attrs if one.key not in BOOKKEEPING)


# A resource is found again by its name and the office that keeps it: two offices may each have a team of one name.
EMERGENCY = [
    register(
        Sheet(
            code=model.__tablename__,
            model=model,
            title=model.__title__,
            permission="emergency.edit",
            columns=_own_columns(model),
            key=("name", "department_id"),
            notes={"department_id": "部门全称；只能填您所在的机构，园区管理人员可填任一机构。"},
        )
    )
    for model in EMERGENCY_RESOURCES
]


def check_danger(session: Session, viewer: Viewer, values: Values) -> dict[str, str]:
    """What a rule has against a row: days that cannot be, a source that is the enterprise's, a danger that is on its way already."""
    faults = dangers.faults_of(values, park_day(datetime.now(UTC)))
    if values.get("source") in dangers.NOT_ENTERED:
        faults["source"] = "企业自查自报、巡检发现的隐患由企业上报，监测报警的由系统登记，请填写其他来源。"
    key = [values.get(name) for name in ("enterprise_id", "found_on", "name")]
    if all(key):
        there = select(HiddenDanger.number).where(HiddenDanger.enterprise_id == key[0], HiddenDanger.found_on == key[1], HiddenDanger.name == key[2])
        known = session.execute(there.where(HiddenDanger.deleted_at.is_(None), HiddenDanger.state != "draft").limit(1)).first()
        if known is not None:
            faults["name"] = f"这条隐患已登记并提交（{known[0] or '无编号'}），不能通过导入修改。"
    return faults


DANGER = register(
    Sheet(
        code="hidden_danger",
        model=HiddenDanger,
        title="隐患",
        permission=dangers.EDIT,
        columns=("enterprise_id", "name", "place", "level", "source", "kind", "treatment", "found_on", "deadline_on", "person", "phone", "measures"),
        key=("enterprise_id", "found_on", "name"),
        fixed={"source": "inspection"},
        check=check_danger,
        notes={"source": "不填写时为监督检查。", "deadline_on": "一般隐患提交整改前必须填写。", "level": "不填写时为一般。"},
        example={
            "enterprise_id": "朝阳某某化工有限公司",
            "name": "配电室电缆沟封堵不严",
            "place": "配电室",
            "level": "一般",
            "source": "监督检查",
            "kind": "电气",
            "found_on": "2026-11-20",
            "deadline_on": "2026-12-05",
        },
    )
)

@fills("assessment_due_on")
def complete_installation(session: Session, values: Values) -> None:
    """When the next safety assessment is due follows from the last one."""
    values.update(hazards.filed(values))


INSTALLATION = register(
    Sheet(
        code="installation",
        model=Installation,
        title="重大危险源",
        permission=hazards.EDIT,
        columns=tuple(one for one in _own_columns(Installation) if one not in ("level", "identified_on", "assessment_due_on")),
        key=("code",),
        complete=complete_installation,
        check=lambda session, viewer, values: hazards.faults_of(values),
        notes={"code": "园区内唯一；已有的编码即修改该处。", "lon": "WGS-84 坐标。", "lat": "WGS-84 坐标。", "unit_kind": "不填写时为储存单元。"},
        example={
            "enterprise_id": "朝阳某某化工有限公司",
            "code": "MHI-99",
            "name": "甲醇罐区",
            "unit_kind": "储存单元",
            "exposed_people": "35",
            "main_person": "王建国",
            "main_phone": "13800000000",
            "filing_number": "BA211321-2026-001",
            "filed_on": "2026-05-06",
            "filing_expires_on": "2029-05-05",
            "lon": "120.4312",
            "lat": "41.4205",
        },
    )
)

CAMERA = register(
    Sheet(
        code="camera",
        model=Camera,
        title="摄像机",
        permission="video.edit",
        columns=("code", "name", "enterprise_id", "department_id", "source", "stream_url", "stream", "snapshot_url", "lon", "lat"),
        key=("code",),
        check=video.row_faults,
        notes={
            "code": "园区内唯一；已有的编码即修改该摄像机。",
            "enterprise_id": "不填写即园区公共。",
            "department_id": "部门全称；只能填您所在的机构，园区管理人员可填任一机构。",
            "source": "不填写时为 HLS 地址。",
            "lon": "WGS-84 坐标。",
            "lat": "WGS-84 坐标。",
        },
        example={
            "code": "CAM-101",
            "name": "甲醇罐区东南角",
            "enterprise_id": "朝阳某某化工有限公司",
            "department_id": "应急管理局",
            "source": "HLS 地址",
            "stream_url": "http://视频主机/live/cam101.m3u8",
            "lon": "120.4312",
            "lat": "41.4205",
        },
    )
)

CHECK_ITEM = register(
    Sheet(
        code="check_item",
        model=CheckItem,
        title="自查项",
        permission="standard.edit",
        columns=("standard_id", "number", "category", "name", "basis", "method", "danger_level"),
        key=("standard_id", "number"),
        notes={"standard_id": "标准名称，须已在平台中。", "number": "同一标准中不能重复；已有的序号即修改该项。"},
        example={
            "standard_id": "危险化学品生产企业自查标准",
            "number": "1",
            "category": "储罐区",
            "name": "储罐液位、温度、压力监测报警是否完好投用",
            "basis": "GB 50160",
            "method": "现场检查",
            "danger_level": "重大",
        },
    )
)
