"""重大隐患管理: major hidden dangers under supervision, from the report to the lifting (seed manual 2.3)."""

from __future__ import annotations

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter
from data.models import HiddenDanger
from pages.dangers import declaring

UNDER_WAY = {"field": "state", "op": "ne", "value": "draft"}

MAJOR = Resource(
    key="dangers_major",
    model=HiddenDanger,
    path="/dangers/major",
    title="重大隐患管理",
    short="重大隐患",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="-found_on",
    placeholder="隐患描述、编号、企业名称、文号",
    where={"level": "major"},
    only=UNDER_WAY,
    edge=lambda danger: declaring.edge(danger) if danger.closed_on is None else "",
    work_page=declaring.work_page,
    columns=(
        declaring.NAME,
        declaring.FIRM,
        declaring.PLACE,
        declaring.STATE,
        Column("supervision", "督办级别", look="tag", width=130, is_sortable=False),
        Column("deadline_on", width=110),
        declaring.LEFT,
        Column("step", "当前办理", width=200, figures=declaring.stands, is_sortable=False),
        Column("notice_number", "通知书文号", width=170, is_sortable=False),
        Column("supervision_number", width=150, is_sortable=False, is_shown=False),
        Column("supervisor.name", "督办单位", width=150, is_sortable=False, is_shown=False),
        Column("found_on", width=110, is_shown=False),
        Column("closed_on", width=110, is_shown=False),
        declaring.PERSON,
        declaring.PHONE,
        Column("number", width=150, is_sortable=False, is_shown=False),
    ),
    filters=(
        Filter("enterprise.division_id", "属地"),
        Filter("state"),
        Filter("supervision"),
        Filter("enterprise_id"),
        Filter("enterprise.unit_type_id", "企业类型"),
        Filter("enterprise.department_id", "主管部门"),
        Filter("found_on"),
        Filter("deadline_on"),
        Filter("closed_on"),
    ),
    tags=("supervision", "state"),
    subtitle=declaring.subtitle,
    facts=declaring.FACTS,
    rail=declaring.rail,
    actions=(declaring.URGE,),
    empty_title="没有重大隐患",
    empty_text="企业上报或监管部门登记的重大隐患列在这里。",
)
