"""生产经营单位: the archive of enterprises. 属地调整 is the same records with another set of columns and verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dash import dcc
from sqlalchemy.orm import Session

from auth.passwords import hash_password, random_password
from dashboard.blocks.query_builder import builder
from dashboard.callbacks import say
from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Fact, Filter, FormField, Panel, Parts, Shape
from data import completeness, enterprise_accounts, enterprises
from data.calendar import park_day
from data.choices import word
from data.completeness import SECTIONS
from data.errors import Invalid
from data.models import FILE_LISTS, Division, Enterprise, UnitType
from data.query import get
from data.viewer import Viewer
from pages.enterprise_entry import ENTER_ENTERPRISE
from pages.enterprise_panels import completeness_box, file_lists, list_count, related, story

# What the program or another verb decides stands in no form.
DERIVED = {"department_id": "由企业类型自动带出"}
LIST_HELP = {"safety_person": "持证上岗，证书到期前换证", "equipment": "特种设备填写使用登记证和下次检验日期"}


def last_part(kind: str) -> str:
    """The last part of a path of kinds: 危险物品类-危险化学品生产单位 is 危险化学品生产单位."""
    return kind.rpartition("-")[2]


def _grade(firm: Enterprise) -> str:
    return f"{firm.grade} 级" if firm.grade else ""


def _form() -> dict[str, tuple[FormField | str, ...]]:
    fixed = {"department_id": FormField("department_id", help=DERIVED["department_id"], is_fixed=True)}
    extra = {"short_name": FormField("short_name", is_required=False, help="不填则取企业名称")}
    form: dict[str, tuple[FormField | str, ...]] = {}
    for title, names in SECTIONS.values():
        fields = tuple(fixed.get(name) or extra.get(name) or name for name in names if name != "lat")
        if fields:
            form[title] = fields
    return form


def _list_fields(key: str) -> tuple[str, ...]:
    own = {"id", "enterprise_id", "created_at", "updated_at"}
    return tuple(one.key for one in FILE_LISTS[key].__mapper__.column_attrs if one.columns[0].info.get("label") and one.key not in own)


def shape(session: Session, firm: Any) -> Shape:
    """What 企业信息配置 says for the enterprise's type."""
    rules = completeness.rules_for(session, firm.unit_type_id if firm is not None else None)
    hidden = frozenset(code for code, rule in rules.items() if not rule.is_shown)
    return Shape(hidden, frozenset(code for code, rule in rules.items() if rule.is_required))


def _store(session: Session, viewer: Viewer, firm: Any, values: dict[str, Any], version: int | None) -> Enterprise:
    if firm is not None:
        return enterprise_accounts.change(session, viewer, firm, values, version)
    password = random_password()
    made = enterprise_accounts.add(session, viewer, {name: value for name, value in values.items() if value is not None}, hash_password(password))
    say("info", f"“{made.name}”的企业端一次性密码：{password}。只显示这一次，首次登录须修改。", stays=True)
    return made


def measure(session: Session, firm: Any) -> None:
    """Count anew how complete the file is."""
    completeness.refresh(session, firm, park_day(datetime.now(UTC)))


def _confirm(session: Session, viewer: Viewer, firm: Enterprise, values: Mapping[str, Any]) -> str:
    enterprises.confirm(session, viewer, [firm], now=datetime.now(UTC))
    return f"已确认“{firm.name}”的档案。"


def _return(session: Session, viewer: Viewer, firm: Enterprise, values: Mapping[str, Any]) -> str:
    enterprises.return_file(session, viewer, firm, values["reason"])
    return f"已退回“{firm.name}”的档案，企业登录后可见原因。"


def _reset(session: Session, viewer: Viewer, firm: Enterprise, values: Mapping[str, Any]) -> str:
    password = random_password()
    user = enterprise_accounts.reset_password(session, viewer, firm, hash_password(password))
    return f"用户名 {user.username}，一次性密码 {password}。只显示这一次，首次登录须修改。"


def _move(session: Session, viewer: Viewer, firm: Enterprise, values: Mapping[str, Any]) -> str:
    division = get(session, Division, int(values["division_id"]), viewer)
    moved = enterprises.move_division(session, viewer, [firm], division, values["reason"])
    return f"“{firm.name}”的属地已调整为{division.name}。" if moved else f"“{firm.name}”的属地没有变化。"


def _retype(session: Session, viewer: Viewer, firm: Enterprise, values: Mapping[str, Any]) -> str:
    unit_type = get(session, UnitType, int(values["unit_type_id"]), viewer)
    if unit_type.parent_id is None:
        raise Invalid("请选择子类。", {"unit_type_id": f"请选择“{unit_type.name}”下的子类。"})
    changed = enterprises.change_type(session, viewer, [firm], unit_type, values["reason"])
    department = firm.department.name if firm.department else "未指定"
    return f"“{firm.name}”的类型已调整为{unit_type.name}，主管部门 {department}。" if changed else f"“{firm.name}”的类型没有变化。"


REASON = FormField("reason", "原因", is_required=True)
MOVE = Action(
    "move",
    "调整属地",
    "enterprise.edit",
    _move,
    lambda firm: f"“{firm.name}”现属 {firm.division.name}。调整后由新的属地监管，原属地不再可见。",
    icon="geo-alt",
    fields=(FormField("division_id", is_required=True), REASON),
    is_batch=True,
)
RETYPE = Action(
    "retype",
    "调整类型",
    "enterprise.edit",
    _retype,
    lambda firm: f"“{firm.name}”现为 {firm.kind}。调整后行业主管部门随类型变更。",
    icon="diagram-3",
    fields=(FormField("unit_type_id", is_required=True), REASON),
    is_batch=True,
)

ENTERPRISES = Resource(
    key="enterprise",
    model=Enterprise,
    path="/enterprises",
    title="生产经营单位",
    permission="enterprise.view",
    module="综合监管",
    group="一企一档",
    icon="building",
    sort="code",
    placeholder="名称、信用代码、法人",
    columns=(
        Column("name", width=200),
        Column("unit_type.name", label="企业类型", width=150, hint=lambda firm: firm.kind),
        Column("division.name", width=90),
        Column("department.short_name", label="主管部门", width=100, hint=lambda firm: firm.department.name if firm.department else ""),
        Column("scale", label="规模", width=60),
        Column("grade", label="等级", width=60, show=lambda firm: firm.grade or ""),
        Column("completeness", look="bar", width=126),
        Column("confirm_state", label="确认", look="tag", width=84),
        Column("standard_state", label="达标", width=90, is_shown=False),
        Column("state", width=92),
        Column("contact", width=100, is_sortable=False, is_shown=False),
        Column("phone", width=130, is_sortable=False, is_shown=False),
        Column("credit_code", width=180, is_shown=False),
        Column("address", width=220, is_sortable=False, is_shown=False),
        Column("updated_at", look="muted", width=104, is_on_card=False),
    ),
    filters=(
        Filter("division_id"),
        Filter("unit_type_id"),
        Filter("department_id", "主管部门"),
        Filter("scale"),
        Filter("grade"),
        Filter("standard_state"),
        Filter("confirm_state"),
        Filter("completeness", "完善度"),
        Filter("updated_at"),
        Filter("state"),
    ),
    tags=("confirm_state", "state", Fact("grade", show=_grade)),
    subtitle=lambda firm: (firm.credit_code or "", firm.kind, firm.division.name, f"主管部门 {firm.department.name}" if firm.department else ""),
    above=completeness_box,
    facts={
        "基本信息": (
            "legal_person",
            "code",
            "scale",
            "employee_count",
            "founded_on",
            "registered_capital",
            "industry_code",
            "economic_type",
            "annual_output",
            "area_m2",
            "registered_address",
            "address",
            "email",
            "postcode",
            "business_scope",
        ),
        "安全管理信息": (
            *(name for name in SECTIONS["safety"][1] if name != "grade"),
            "standard_state",
            Fact("confirmed_by.name", "确认人"),
            "confirmed_at",
            "return_reason",
            "remark",
        ),
        "位置": (
            Fact("lon", "坐标", lambda firm: f"{firm.lon:.4f} E，{firm.lat:.4f} N"),
            Fact("lat", "地图", lambda firm: dcc.Link("在一张图中查看", href=f"/map?sel=ent:{firm.code}")),
        ),
    },
    panels=(Panel("lists", "档案清单", file_lists, list_count), Panel("story", "时间线", story)),
    rail=related,
    form=_form(),
    parts=tuple(Parts(key, model, _list_fields(key), LIST_HELP.get(key, "")) for key, model in FILE_LISTS.items()),
    shape=shape,
    edit_permission="enterprise.edit",
    can_add=True,
    sheet="enterprise",
    store=_store,
    after_save=measure,
    save_note="保存后立即生效，并记入变更记录；新企业同时建立企业端账号。",
    actions=(
        Action("confirm", "确认", "enterprise.confirm", _confirm, lambda firm: f"确认“{firm.name}”的档案属实。未填齐的档案确认后仍为未达标。", icon="check2-square", is_batch=True),
        Action(
            "return",
            "退回",
            "enterprise.confirm",
            _return,
            lambda firm: f"退回“{firm.name}”的档案，由企业补充后重新提交。",
            icon="arrow-return-left",
            fields=(REASON,),
        ),
        replace(MOVE, is_batch=False),  # in batches: 属地调整
        replace(RETYPE, is_batch=False),
        Action(
            "reset",
            "重置密码",
            "enterprise.account",
            _reset,
            lambda firm: f"为“{firm.name}”的企业端用户生成一次性密码，其登录立即失效，首次登录须修改密码。",
            icon="key",
            is_batch=True,
            stays=True,
        ),
        ENTER_ENTERPRISE,
    ),
    delete_permission="enterprise.delete",
    before_delete=enterprise_accounts.remove_users,
    empty_title="还没有企业信息",
    empty_text="演示园区在首次启动时写入；正式使用时添加或导入。",
)

JURISDICTION = Resource(
    key="jurisdiction",
    model=Enterprise,
    path="/enterprises/jurisdiction",
    title="属地调整",
    permission="enterprise.edit",
    module="综合监管",
    group="一企一档",
    sort="name",
    placeholder="名称、信用代码、法人",
    tree="division_id",
    columns=(
        Column("name", width=260),
        Column("division.name", width=120),
        Column("unit_type.name", label="企业类型", width=180, hint=lambda firm: firm.kind),
        Column("department.short_name", label="主管部门", width=120),
        Column("address", width=240, is_sortable=False),
    ),
    filters=(Filter("division_id"), Filter("unit_type_id"), Filter("department_id", "主管部门")),
    subtitle=lambda firm: (firm.kind, firm.division.name, word((), firm.address or "")),
    facts={"企业": ("name", "division_id", "unit_type_id", "department_id", "address")},
    actions=(MOVE, RETYPE),
    can_export=False,
)


QUERY = replace(
    ENTERPRISES,
    key="enterprise_query",
    path="/enterprises/query",
    title="高级查询",
    icon="",
    top=lambda session, viewer: builder(session, viewer, QUERY),
    form={},
    parts=(),
    store=None,
    sheet="",
    can_add=False,
    edit_permission="",
    delete_permission="",
    actions=(),
)
