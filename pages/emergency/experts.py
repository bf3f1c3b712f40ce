"""应急专家队伍: the groups of experts, and the experts."""

from __future__ import annotations

from dashboard.resource_parts import Column, Filter
from data.models import Expert, ExpertGroup
from pages.emergency.declaring import OF_OFFICE, OFFICE, OWNED, any_of, emergency

GROUP = "应急专家队伍"

GROUPS = emergency(
    ExpertGroup,
    "expert-groups",
    "应急救援专家组",
    GROUP,
    icon="mortarboard",
    placeholder="专家组名称、组长",
    columns=(Column("name", width=240), Column("kind", width=150), Column("head", width=110), Column("phone", width=150), OFFICE),
    filters=(Filter("kind"), OF_OFFICE),
    tags=("kind",),
    form={"专家组": ("name", "kind", "head", "phone"), **OWNED},
)

EXPERTS = emergency(
    Expert,
    "experts",
    "应急救援专家",
    GROUP,
    placeholder="专家姓名、所属单位、专长",
    columns=(
        Column("name", width=120, label="姓名"),
        Column("kind", width=140),
        Column("unit_name", width=200),
        Column("phone", width=150),
        Column("title", width=130),
        Column("speciality"),
        Column("group.name", width=180, is_shown=False),
        OFFICE,
    ),
    filters=(Filter("kind"), Filter("group_id", options=any_of(ExpertGroup)), Filter("title"), OF_OFFICE),
    tags=("kind", "title"),
    subtitle=lambda expert: (expert.unit_name or "", expert.group.name if expert.group else ""),
    form={"专家": ("name", "kind", "group_id", "unit_name", "phone", "title", "speciality"), **OWNED},
)
