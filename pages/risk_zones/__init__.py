"""What the four-colour map is drawn and judged by: zones, plan pictures, rules."""

from __future__ import annotations

from dashboard.site import Page
from pages.risk_zones.colours import COLOURS
from pages.risk_zones.plans import PLANS
from pages.risk_zones.rules import RULES
from pages.risk_zones.zones import ZONES

PAGES: list[Page] = [page for one in (ZONES, COLOURS, PLANS, RULES) for page in one.pages()]
