"""基本信息: the major hazard installations with what is filed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from dashboard.blocks.place import place
from dashboard.resource import Resource
from dashboard.resource_parts import Column, Fact, Filter, FormField, Head, Panel, Parts
from data import hazards
from data.choices.risks import HAZARD_LEVELS
from data.errors import Invalid
from data.models import HazardMedium, Identification, Installation, InstallationPlan, RiskAssessment, Tank
from data.validity import NOT_SAVED
from data.viewer import Viewer
from pages.hazards import panels
from pages.hazards.declaring import (
    FIRM,
    OF_FIRM,
    OWN_PATH,
    PATH,
    RIGHTS,
    due_column,
    due_fact,
    firm_options,
    level_of,
    own,
)

AUTHORITY = ("filing_number", "filed_on", "filing_expires_on")


def heads(session: Session, viewer: Viewer, wanted: Select[Any]) -> Sequence[Head]:
    """All, and how many of each level; a click keeps to them."""
    rows = wanted.with_only_columns(Installation.level, func.count(), maintain_column_froms=True).group_by(Installation.level).order_by(None)
    found: dict[Any, int] = dict(session.execute(rows).all())
    total = sum(found.values())
    rest = found.get(None, 0)
    return (
        Head("", "全部", total, "primary", unit="处", notes=(f"未定级 {rest}" if rest else "均已定级",)),
        *(Head(one.code, one.word, found.get(int(one.code), 0), unit="处") for one in HAZARD_LEVELS),
    )


def _prepare(session: Session, viewer: Viewer, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    if viewer.is_enterprise:
        values = values | {"enterprise_id": viewer.enterprise_id}
    if record is not None and values.get("enterprise_id", record.enterprise_id) != record.enterprise_id:
        raise Invalid(NOT_SAVED, {"enterprise_id": "重大危险源不能改到其他企业，请删除后重新登记。"})
    return hazards.filed(values)


def _monitoring(one: Installation) -> str:
    names = (("has_dcs", "DCS"), ("has_sis", "SIS"), ("has_gds", "GDS"), ("has_video", "视频监控"))
    return "、".join(word for name, word in names if getattr(one, name))


INSTALLATIONS = Resource(
    key="installation",
    model=Installation,
    path=PATH,
    title="基本信息",
    icon="exclamation-diamond",
    short="危险源",
    sort="code",
    placeholder="名称、编码、企业、责任人",
    heads=heads,
    head_filter="level",
    columns=(
        Column("code", width=100),
        Column("name", width=150),
        FIRM,
        Column("level", width=90, look="tag", show=level_of),
        Column("unit_kind", width=100),
        Column("main_person", width=100),
        Column("main_phone", label="电话", width=130),
        Column("exposed_people", label="常住人口", width=100),
        due_column("filing", "filing_expires_on"),
        due_column("assessment", "assessment_due_on"),
        Column("identified_on", width=110),
        Column("filing_number", width=170, is_shown=False),
        Column("enterprise.division.name", label="属地", width=110, is_shown=False),
        Column("is_key_process", width=120, is_shown=False),
        Column("is_key_chemical", width=140, is_shown=False),
    ),
    filters=(
        *OF_FIRM,
        Filter("enterprise_id", "企业", options=firm_options),
        Filter("level"),
        Filter("unit_kind"),
        Filter("filing_expires_on"),
        Filter("assessment_due_on"),
        Filter("is_key_process"),
        Filter("is_key_chemical"),
        Filter("enterprise.unit_type_id", "企业类型"),
    ),
    tags=(Fact("level", show=level_of), "unit_kind"),
    subtitle=lambda one: (one.code, one.enterprise.name, one.place or ""),
    above=panels.above,
    facts={
        "单元": ("name", "code", "unit_kind", "place", "commissioned_on", "exposed_people", "nearest_target", "nearest_target_m", "is_key_process", "is_key_chemical", Fact("has_dcs", "监控系统", _monitoring)),
        "包保责任人": tuple(f"{name}_{part}" for name in ("main", "technical", "operating") for part in ("person", "phone")),
        "备案与评估": ("filing_number", "filed_on", due_fact("filing", "filing_expires_on"), "assessed_on", due_fact("assessment", "assessment_due_on")),
        "其他": ("address", "remark"),
    },
    panels=(
        Panel("media", "介质与运行", panels.media, panels.counted(HazardMedium)),
        Panel("identifications", "辨识", panels.identifications, panels.counted(Identification)),
        Panel("assessments", "风险评估", panels.assessments, panels.counted(RiskAssessment)),
        Panel("plans", "应急预案", panels.plans, panels.counted(InstallationPlan)),
        Panel("tanks", "储罐", panels.tanks, panels.counted(Tank)),
        Panel("neighbours", "周边企业", panels.neighbours),
    ),
    rail=place,
    form={
        "单元": (
            "enterprise_id",
            "code",
            "name",
            "unit_kind",
            "place",
            "commissioned_on",
            FormField("level", is_fixed=True),
            "exposed_people",
            "nearest_target",
            "nearest_target_m",
            "is_key_process",
            "is_key_chemical",
        ),
        "包保责任人": tuple(f"{name}_{part}" for name in ("main", "technical", "operating") for part in ("person", "phone")),
        "备案与评估": ("filing_number", "filed_on", "filing_expires_on", "assessed_on", FormField("assessment_due_on", is_fixed=True)),
        "监控系统": ("has_dcs", "has_sis", "has_gds", "has_video"),
        "位置": ("address", "lon", "remark"),
    },
    parts=(Parts("media", HazardMedium, ("name", "table_row", "hazard_class", "beta_class", "quantity_t", "is_mixture"), "设计最大量（t）；级别由“辨识分级”得出", 200),),
    can_add=True,
    prepare=_prepare,
    check=lambda record, values: hazards.faults_of(values),
    sheet="installation",
    empty_title="还没有重大危险源",
    empty_text="登记后在“辨识分级”中按 GB 18218-2018 得出级别。",
    **RIGHTS,
)
# An enterprise does not see its neighbours.
OWN_INSTALLATIONS = own(INSTALLATIONS, fixed=AUTHORITY, path=OWN_PATH, title="重大危险源", delete_permission="", panels=INSTALLATIONS.panels[:-1])
