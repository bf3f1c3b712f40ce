"""隐患排查治理 as a whole: its statistics."""

from __future__ import annotations

from dashboard.site import Page
from dashboard.statistic import StatisticPage
from data.statistics.dangers import STATISTICS

DANGER_STATISTICS = StatisticPage(
    path="/dangers/statistics",
    title="统计分析",
    statistics=STATISTICS,
    permission="danger.view",
    module="双重预防",
    group="隐患排查治理",
    icon="bar-chart",
    picks="dangers",
)

PAGES: list[Page] = [DANGER_STATISTICS.page()]
