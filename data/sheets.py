"""What may be imported, by code. The jobs role and the pages both read it; a further table costs one declaration here."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from data.columns import attribute
from data.imports.sheet import Sheet, Values, fills, register
from data.models import Department, Division, Enterprise

_LEGAL_FORM = re.compile(r"(股份有限公司|有限责任公司|有限公司|（.*?）|\(.*?\))")
# Columns of the enterprise file that a workbook may carry, in its order; those that the model has are taken.
_ENTERPRISE = (
    "name",
    "credit_code",
    "short_name",
    "division_id",
    "department_id",
    "unit_type_id",
    "kind",
    "scale",
    "state",
    "grade",
    "address",
    "legal_person",
    "contact",
    "phone",
    "duty_phone",
    "employee_count",
    "lon",
    "lat",
)


@fills("code", "short_name")
def complete_enterprise(session: Session, values: Values) -> None:
    """A new enterprise gets its credit code as the code of its MQTT topics, and a short name out of its name."""
    values.setdefault("code", values.get("credit_code"))
    if not values.get("short_name"):
        values["short_name"] = (_LEGAL_FORM.sub("", str(values["name"])) or str(values["name"]))[:20]


def _check_credit_code(values: Values) -> dict[str, str]:
    code = str(values.get("credit_code") or "")
    if not code:
        return {}
    if len(code) != 18:
        return {"credit_code": f"信用代码应为 18 位，现为 {len(code)} 位。"}
    return {} if re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", code) else {"credit_code": "信用代码只含数字和大写字母，不含 I、O、S、V、Z。"}


ENTERPRISE = register(
    Sheet(
        code="enterprise",
        model=Enterprise,
        title="生产经营单位",
        permission="enterprise.import",
        columns=tuple(name for name in _ENTERPRISE if attribute(Enterprise, name) is not None),
        key=("credit_code",),
        complete=complete_enterprise,
        check=lambda session, viewer, values: _check_credit_code(values),
        notes={"short_name": "不填写时由企业名称得出。", "credit_code": "18 位，GB 32100-2015。", "lon": "WGS-84 坐标。", "lat": "WGS-84 坐标。"},
        example={
            "name": "朝阳某某化工有限公司",
            "credit_code": "91211321MA0XXXXX0X",
            "short_name": "某某化工",
            "division_id": "朝阳县/柳城街道",
            "kind": "危险物品类-危险化学品生产单位",
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
        permission="division.import",
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
        permission="department.import",
        columns=("name", "short_name", "parent_id", "division_id", "phone"),
        key=("name",),
        notes={"parent_id": "上级须已在平台中。"},
        example={"name": "朝阳县某某局", "short_name": "某某局"},
    )
)
