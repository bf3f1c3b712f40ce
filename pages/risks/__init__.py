"""风险分级管控: risks of enterprises from objects to measures, their review, inspections and what these find."""

from __future__ import annotations

from dashboard.site import Page
from dashboard.statistic import StatisticPage
from data.statistics.risks import STATISTICS
from pages.risks.dangers import ALL_OF_INSPECTIONS, UNRECTIFIED_OF_INSPECTIONS
from pages.risks.declaring import GROUP, MODULE, VIEW
from pages.risks.events import EVENTS
from pages.risks.inspections import DONE
from pages.risks.measures import MEASURES
from pages.risks.objects import OBJECTS
from pages.risks.review import REVIEW
from pages.risks.units import UNITS

RISK_STATISTICS = StatisticPage(
    path="/risks/statistics",
    title="统计分析",
    statistics=STATISTICS,
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    picks="risk_event",
)

PAGES: list[Page] = [
    *(page for one in (OBJECTS, UNITS, EVENTS, MEASURES, DONE, UNRECTIFIED_OF_INSPECTIONS, ALL_OF_INSPECTIONS) for page in one.pages()),
    RISK_STATISTICS.page(),
    REVIEW,
]
