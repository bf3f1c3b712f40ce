"""变更信息: who did what to which enterprise, with the values before and after. The trail of the park, limited to enterprises."""

from __future__ import annotations

from dataclasses import replace

from dashboard.resource_parts import Column, Filter
from data.models import Enterprise
from pages.system.logs import AUDIT, moment

LOG = replace(
    AUDIT,
    key="enterprise_log",
    path="/enterprises/changes",
    title="变更信息",
    permission="enterprise.view",
    module="综合监管",
    group="一企一档",
    placeholder="企业、操作用户",
    where={"table_name": Enterprise.__tablename__},
    columns=(
        Column("record_name", label="企业"),
        Column("verb", width=120),
        Column("username", width=180),
        Column("at", width=160, show=moment),
        Column("reason", width=240, is_sortable=False),
        Column("address", width=140, is_on_card=False, is_shown=False),
    ),
    filters=(Filter("verb"), Filter("at", "操作时间", kind="days")),
    empty_text="企业档案的新增、修改、确认、重置密码、删除等都记在这里。",
)
