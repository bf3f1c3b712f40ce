"""隐患自查自报 on the enterprise side: its dangers, and what it reports period by period."""

from __future__ import annotations

from dashboard.site import Page
from pages.own_dangers import dangers, reports

PAGES: list[Page] = [dangers.page(), reports.PAGE]
