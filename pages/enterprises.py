"""生产经营单位: the archive of enterprises, as a list and a drawer."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import section
from dashboard.resource import Column, Fact, Filter, Resource
from data.choices import Choice
from data.models import Alarm, Department, Division, Enterprise, Installation, Point, Tank, Vehicle
from data.query import visible
from data.viewer import Viewer

GRADES = tuple(Choice(letter, f"{letter} 级") for letter in "ABCD")


def divisions(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The divisions in which the viewer sees an enterprise."""
    used = visible(Enterprise, viewer).with_only_columns(Enterprise.division_id)
    rows = session.execute(select(Division.id, Division.name).where(Division.id.in_(used)).order_by(Division.code))
    return [Choice(str(key), name) for key, name in rows]


def departments(session: Session, viewer: Viewer) -> Sequence[Choice]:
    """The departments that are in charge of an enterprise the viewer sees."""
    used = visible(Enterprise, viewer).with_only_columns(Enterprise.department_id)
    rows = session.execute(select(Department.id, Department.name).where(Department.id.in_(used)).order_by(Department.name))
    return [Choice(str(key), name) for key, name in rows]


def _grade(firm: Enterprise) -> str:
    return f"{firm.grade} 级" if firm.grade else ""


def related(session: Session, viewer: Viewer, firm: Enterprise) -> Component:
    """What belongs to the enterprise, counted; a number leads to the page where it is seen."""

    def count(model: type, *conditions: object) -> int:
        return session.scalar(visible(model, viewer).where(*conditions).with_only_columns(func.count())) or 0

    tanks = count(Tank, Tank.enterprise_id == firm.id)
    rows: list[tuple[str, int, str, str]] = [
        ("重大危险源", count(Installation, Installation.enterprise_id == firm.id), "处", ""),
        ("储罐", tanks, "台", f"/tanks?group=enterprise&q={firm.short_name}" if tanks and viewer.may("tank.view") else ""),
        ("监测点", count(Point, Point.enterprise_id == firm.id), "个", ""),
        ("危化品车辆", count(Vehicle, Vehicle.carrier_id == firm.id), "辆", ""),
    ]
    if viewer.may("alarm.view"):
        rows.insert(0, ("未关闭报警", count(Alarm, Alarm.enterprise_id == firm.id, Alarm.closed_at.is_(None)), "条", f"/alarms?q={firm.short_name}"))
    return html.Div([section("相关业务"), html.Div([_related_row(*row) for row in rows], className="related-rows")])


def _related_row(label: str, number: int, unit: str, href: str) -> Component:
    words = [html.Span(label), html.B(f"{number} {unit}")]
    look = "related-row t-danger" if label == "未关闭报警" and number else "related-row"
    return dcc.Link(words, href=href, className=look) if href and number else html.Span(words, className="related-row")


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
        Column("name", width=260),
        Column("unit_type.name", hint=lambda firm: firm.kind),
        Column("division.name", width=120),
        Column("department.short_name", label="主管部门", width=110, hint=lambda firm: firm.department.name if firm.department else ""),
        Column("scale", label="规模", width=80),
        Column("grade", label="等级", width=80),
        Column("contact", width=110, is_sortable=False),
        Column("state", width=120),
        Column("updated_at", look="muted", width=130, is_on_card=False),
    ),
    filters=(
        Filter("division_id", options=divisions),
        Filter("unit_type_id", kind="tree"),
        Filter("department_id", "主管部门", options=departments),
        Filter("scale"),
        Filter("grade", options=lambda session, viewer: GRADES),
        Filter("state"),
    ),
    tags=("state", Fact("grade", show=_grade)),
    subtitle=lambda firm: (firm.credit_code or "", firm.kind, firm.division.name, f"主管部门 {firm.department.name}" if firm.department else ""),
    facts={
        "基本信息": (
            "short_name",
            "code",
            "credit_code",
            "legal_person",
            "scale",
            "employee_count",
            "address",
            Fact("state"),
        ),
        "安全管理": ("department.name", "division.name", "contact", "phone", "duty_phone", Fact("grade", show=_grade)),
        "位置": (
            Fact("lon", "坐标", lambda firm: f"{firm.lon:.4f} E，{firm.lat:.4f} N"),
            Fact("lat", "地图", lambda firm: dcc.Link("在一张图中查看", href=f"/map?sel=ent:{firm.code}")),
        ),
    },
    rail=related,
    empty_title="还没有企业信息",
    empty_text="演示园区在首次启动时写入；正式使用时由管理员导入。",
)

PAGES = [ENTERPRISES.page()]
