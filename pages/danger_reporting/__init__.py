"""隐患自查自报 for the authority: who reported, how enterprises report, and the rules of the periods."""

from __future__ import annotations

from dashboard.site import Page
from pages.danger_reporting import cycles, reporting, reports

PAGES: list[Page] = [reports.page(), reporting.REPORTING.page(), cycles.CYCLES.page()]
