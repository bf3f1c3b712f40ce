"""应急管理机构: organisations, their people, and the members of the safety committee."""

from __future__ import annotations

from dashboard.resource_parts import Column, Filter
from data.models import CommitteeMember, EmergencyOrganization, EmergencyPerson
from pages.emergency.declaring import OF_OFFICE, OFFICE, OWNED, PLACED, any_of, emergency

GROUP = "应急管理机构"

ORGANIZATIONS = emergency(
    EmergencyOrganization,
    "organizations",
    "应急机构",
    GROUP,
    icon="diagram-3",
    placeholder="机构名称、负责人、地址",
    columns=(
        Column("name", width=240),
        Column("kind", width=130),
        Column("head", width=100),
        Column("phone", width=140),
        Column("duty_phone", width=150),
        OFFICE,
        Column("address", is_on_card=False),
    ),
    filters=(Filter("kind"), OF_OFFICE),
    tags=("kind",),
    form={"机构": ("name", "kind", "head", "phone", "duty_phone", "duties"), **PLACED},
)

PEOPLE = emergency(
    EmergencyPerson,
    "people",
    "应急人员",
    GROUP,
    placeholder="姓名",
    columns=(
        Column("name", width=110),
        Column("organization.name", width=240),
        Column("role", width=110),
        Column("post", width=150),
        Column("phone", width=140),
        Column("office_phone", width=140),
        OFFICE,
    ),
    filters=(Filter("organization_id", options=any_of(EmergencyOrganization)), Filter("role"), OF_OFFICE),
    tags=("role",),
    subtitle=lambda person: (person.organization.name, person.post or ""),
    form={"人员": ("name", "organization_id", "role", "post", "phone", "office_phone"), **OWNED},
)

COMMITTEE = emergency(
    CommitteeMember,
    "committee",
    "安委会成员",
    GROUP,
    placeholder="姓名、成员单位",
    columns=(
        Column("name", width=110),
        Column("unit_name", width=260),
        Column("role", width=120),
        Column("post", width=150),
        Column("phone", width=140),
        OFFICE,
    ),
    filters=(Filter("role"), OF_OFFICE),
    tags=("role",),
    subtitle=lambda member: (member.unit_name, member.post or ""),
    form={"成员": ("name", "unit_name", "role", "post", "phone", "duties"), **OWNED},
)
