"""The hidden dangers that inspections of measures and alarms of their points found: those not put right yet, and all of them, with deadline colours."""

from __future__ import annotations

from dataclasses import replace

from dashboard.resource_parts import Column, Filter
from data import danger_lists
from data.statistics.risks import OF_MEASURES, OF_PATROLS
from pages.dangers import declaring as of_dangers
from pages.dangers.ledger import LEDGER
from pages.dangers.unrectified import UNRECTIFIED
from pages.risks import declaring

MEASURE = Column("measure.name", "管控措施", width=200, is_sortable=False)
OBJECT = Column("measure.risk_object.name", "分析对象", width=140, is_sortable=False)

UNRECTIFIED_OF_INSPECTIONS = replace(
    UNRECTIFIED,
    key="risk_dangers_open",
    path="/risks/unrectified",
    title="未整改隐患（管控）",
    short="未整改隐患",
    permission=declaring.VIEW,
    group=declaring.GROUP,
    icon="",
    only={"all": [danger_lists.OPEN, OF_MEASURES]},
    columns=(*UNRECTIFIED.columns[:5], MEASURE, OBJECT, *(one for one in UNRECTIFIED.columns[5:] if one.name != "source")),
    filters=UNRECTIFIED.filters,
    actions=(replace(of_dangers.URGE, permission="danger.view"),),
    empty_title="没有未整改的隐患",
    empty_text="巡检发现的隐患，和自动化监控措施失效登记的隐患，在整改销号前都列在这里。",
)

ALL_OF_INSPECTIONS = replace(
    LEDGER,
    key="risk_dangers",
    path="/risks/dangers",
    title="隐患清单（管控）",
    short="隐患清单",
    permission=declaring.VIEW,
    group=declaring.GROUP,
    only=OF_PATROLS,
    edge=of_dangers.edge,
    columns=(
        of_dangers.NAME,
        replace(of_dangers.LEFT, is_shown=True),
        of_dangers.STATE,
        of_dangers.LEVEL,
        MEASURE,
        OBJECT,
        of_dangers.FIRM,
        of_dangers.PLACE,
        Column("found_on", width=110),
        of_dangers.DEADLINE,
        Column("closed_on", width=110),
        Column("kind", "类型", width=80, is_shown=False),
        of_dangers.PERSON,
    ),
    filters=(*LEDGER.filters, Filter("measure_id")),
    form={},
    edit_permission="",
    can_add=False,
    delete_permission="",
    sheet="",
    actions=(),
    empty_title="还没有巡检、监测发现的隐患",
    empty_text="企业巡检时发现的隐患，和自动化监控措施失效时的隐患，自动登记，列在这里。",
)
