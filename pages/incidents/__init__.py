"""突发事件: from the first report to the archive, and drills apart."""

from __future__ import annotations

from dashboard.site import Page
from dashboard.statistic import StatisticPage
from data.statistics.incidents import DRILL_STATISTICS, STATISTICS
from pages.incidents import desk, field
from pages.incidents.declaring import GROUP, MODULE
from pages.incidents.lists import DRILLS, INCIDENTS, RADII, REPORTS, TASKS

INCIDENT_STATISTICS = StatisticPage(path="/incidents/statistics", title="事件统计", statistics=STATISTICS, permission="incident.view", module=MODULE, group=GROUP)
DRILL_STATISTICS_PAGE = StatisticPage(path="/incidents/drills/statistics", title="演练统计", statistics=DRILL_STATISTICS, permission="incident.view", module=MODULE, group=GROUP)

PAGES: list[Page] = [
    *INCIDENTS.pages(),
    field.PAGE,
    *DRILLS.pages(),
    *TASKS.pages(),
    *REPORTS.pages(),
    INCIDENT_STATISTICS.page(),
    DRILL_STATISTICS_PAGE.page(),
    *RADII.pages(),
    desk.PAGE,
]
