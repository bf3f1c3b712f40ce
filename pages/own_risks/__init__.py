"""风险管控 on the enterprise side: its risks from objects to measures, and the inspections of its people."""

from __future__ import annotations

from dataclasses import replace

from dashboard.site import Page
from pages.own_risks import copying, inspect, papers
from pages.own_risks.tasks import TASKS
from pages.own_risks.trees import EVENTS, MEASURES, OBJECTS, UNITS

PAGES: list[Page] = [
    inspect.PAGE,
    copying.PAGE,
    papers.CODES,
    *(replace(page, side="enterprise") for one in (OBJECTS, UNITS, EVENTS, MEASURES, TASKS) for page in one.pages()),
]
