"""企业信息统计: the archive by place, department, type and scale."""

from __future__ import annotations

from dashboard.statistic import StatisticPage
from data.statistics.enterprises import STATISTICS

ENTERPRISE_STATISTICS = StatisticPage(
    path="/enterprises/statistics",
    title="企业信息统计",
    statistics=tuple(STATISTICS),
    permission="enterprise.view",
    module="综合监管",
    group="一企一档",
    icon="bar-chart",
    picks="enterprise",
)

PAGES = [ENTERPRISE_STATISTICS.page()]
