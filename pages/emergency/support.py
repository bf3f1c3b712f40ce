"""专业保障机构: one table, a screen for each kind of support."""

from __future__ import annotations

from dashboard.resource import Resource
from dashboard.resource_parts import Column
from data.models import SupportInstitution
from pages.emergency.declaring import OF_OFFICE, OFFICE, PLACED, emergency

TITLES = {"transport": "运输保障机构", "medical": "医疗保障机构", "communication": "通信保障机构", "technical": "技术支持机构"}


def support(kind: str, title: str) -> Resource:
    """The screen of the institutions of one kind; those added there are of that kind."""
    return emergency(
        SupportInstitution,
        f"support/{kind}",
        title,
        "专业保障机构",
        icon="life-preserver",
        where={"kind": kind},
        placeholder="机构名称、保障能力、联系人",
        columns=(
            Column("name", width=240),
            Column("capability"),
            Column("contact", width=100),
            Column("phone", width=140),
            Column("duty_phone", width=150),
            OFFICE,
            Column("address", is_on_card=False),
        ),
        filters=(OF_OFFICE,),
        form={"机构": ("name", "capability", "contact", "phone", "duty_phone"), **PLACED},
    )


SUPPORT = tuple(support(kind, title) for kind, title in TITLES.items())
