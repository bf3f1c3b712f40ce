"""围栏与线路: areas, routes and key points of vehicles, and which key points were reached."""

from __future__ import annotations

from pages.vehicle_rules.fences import FENCES
from pages.vehicle_rules.key_points import KEY_POINTS, VISITS
from pages.vehicle_rules.routes import ROUTES

RESOURCES = (FENCES, ROUTES, KEY_POINTS, VISITS)
PAGES = [page for resource in RESOURCES for page in resource.pages()]
