"""决策分析 · 领导决策: the day and the month of the park at a glance."""

from __future__ import annotations

from dashboard.site import Page
from pages.leaders import daily, duty_reports, monthly, monthly_reports

PAGES: list[Page] = [daily.PAGE, monthly.PAGE, *monthly_reports.REPORTS.pages(), *duty_reports.REPORTS.pages()]
