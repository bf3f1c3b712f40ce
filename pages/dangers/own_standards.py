"""自定义标准管理: enterprises' own self-check standards, made by them and reviewed by the authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.resource import Resource
from dashboard.resource_parts import Action, Column, Figure, Filter, FormField, Panel, Parts
from data import own_standards
from data.choices import Choice
from data.choices.dangers import STANDARD_STATES_OWN
from data.models import OwnItem, OwnStandard
from data.save import update
from data.viewer import Viewer
from pages.dangers import declaring
from pages.dangers.standards import MOST_ITEMS, items_panel

ITEM_FIELDS = ("number", "category", "name", "method", "place", "danger_level")


def _page(standard: OwnStandard) -> str:
    return f"/dangers/own-standards/{standard.id}"


def _counts(session: Session, viewer: Viewer, standards: Sequence[OwnStandard]) -> Mapping[int, Figure | Choice]:
    rows = select(OwnItem.own_standard_id, func.count()).where(OwnItem.own_standard_id.in_([one.id for one in standards]), OwnItem.deleted_at.is_(None))
    return {identity: Figure(f"{number:,} 项") for identity, number in session.execute(rows.group_by(OwnItem.own_standard_id))}


ITEMS = Panel("items", "自查项", items_panel, lambda session, viewer, one: own_standards.item_count(session, one))
COUNT = Column("items", "自查项", look="number", width=90, figures=_counts, is_sortable=False)
GUIDE = Column("standard.name", "参照标准", width=260)
STATE = Column("state", look="tag", width=100)

REVIEWED = Resource(
    key="own_standard",
    model=OwnStandard,
    path="/dangers/own-standards",
    title="自定义标准管理",
    short="自定义标准",
    permission=declaring.VIEW,
    module=declaring.MODULE,
    group=declaring.GROUP,
    sort="-id",
    placeholder="标准名称、企业名称",
    only={"field": "state", "op": "ne", "value": "draft"},
    work_page=_page,
    columns=(
        Column("name", width=260),
        Column("enterprise.name", "企业名称", width=240),
        Column("enterprise.division.name", "属地", width=100),
        GUIDE,
        COUNT,
        STATE,
        Column("updated_at", look="muted", width=110, is_on_card=False),
    ),
    filters=(
        Filter("enterprise.division_id", "属地"),
        Filter("state", options=lambda session, viewer: [one for one in STANDARD_STATES_OWN if one.code != "draft"]),
        Filter("enterprise_id"),
        Filter("enterprise.unit_type_id", "企业类型"),
        Filter("standard_id"),
    ),
    tags=("state",),
    subtitle=lambda one: (one.enterprise.name, one.enterprise.division.name),
    facts={"标准": ("name", "enterprise_id", "standard_id", "remark")},
    panels=(ITEMS,),
    empty_title="还没有企业提交自定义标准",
    empty_text="企业参照自查标准编制并提交后，在这里审核。",
)


def _held(viewer: Viewer, standard: OwnStandard) -> str:
    return "" if standard.state == "draft" else "已提交的标准不能修改或删除；审核退回后可以再改。"


def _store(session: Session, viewer: Viewer, standard: OwnStandard | None, values: dict[str, Any], version: int | None) -> OwnStandard:
    if standard is None:
        return own_standards.add(session, viewer, values["name"], values.get("remark"))
    return update(session, standard, viewer, values, version=version)


def _submit(session: Session, viewer: Viewer, standard: OwnStandard, values: Mapping[str, Any]) -> str:
    own_standards.submit(session, viewer, standard, now=datetime.now(UTC))
    return f"已提交“{standard.name}”，等待监管部门审核。"


OWN_STANDARDS = Resource(
    key="my_standard",
    model=OwnStandard,
    path="/own/standards/mine",
    title="本企业标准",
    permission=own_standards.OWN,
    group="自查标准",
    icon="list-check",
    sort="-id",
    placeholder="标准名称",
    work_page=lambda one: "" if one.state == "draft" else _page(one),
    columns=(Column("name", width=300), GUIDE, COUNT, STATE, Column("updated_at", look="muted", width=110, is_on_card=False)),
    filters=(Filter("state"),),
    tags=("state",),
    facts={"标准": ("name", "standard_id", "remark")},
    panels=(ITEMS,),
    form={"标准": ("name", FormField("remark"))},
    parts=(Parts("items", OwnItem, ITEM_FIELDS, most=MOST_ITEMS),),
    edit_permission=own_standards.OWN,
    can_add=True,
    can_edit=_held,
    can_delete=_held,
    store=_store,
    save_note="保存为草稿；提交后由监管部门审核，通过后使用。",
    actions=(
        Action(
            "submit",
            "提交审核",
            own_standards.OWN,
            _submit,
            lambda one: f"提交“{one.name}”，审核期间不能修改。",
            icon="send",
            when=lambda one: one.state == "draft",
            is_in_row=True,
        ),
    ),
    delete_permission=own_standards.OWN,
    empty_title="还没有本企业标准",
    empty_text="在“自查标准”中参照一份标准编制，或直接添加。",
)
