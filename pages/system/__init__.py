"""系统管理: roles, users, logs, the words and trees of the park, how data comes in, terminals, the limits of points, and the big screens."""

from __future__ import annotations

from dashboard.site import Page
from pages.system import (
    deliveries,
    departments,
    dictionaries,
    divisions,
    field_rules,
    gateways,
    ingest,
    logs,
    papers,
    points,
    processes,
    risk_methods,
    roles,
    screens,
    terminals,
    unknown_points,
    users,
    walls,
)

PAGES: list[Page] = [
    roles.ROLES.page(),
    users.USERS.page(),
    logs.LOGINS.page(),
    logs.AUDIT.page(),
    deliveries.DELIVERIES.page(),
    dictionaries.ITEMS.page(),
    field_rules.PAGE,
    *processes.PAGES,
    *divisions.DIVISIONS.pages(),
    *departments.DEPARTMENTS.pages(),
    *risk_methods.METHODS.pages(),
    papers.PAGE,
    ingest.REFUSED.page(),
    terminals.TERMINALS.page(),
    gateways.PAGE,
    points.POINTS.page(),
    unknown_points.UNKNOWN.page(),
    walls.WALLS.page(),
    walls.BEATS.page(),
    screens.SETTINGS.page(),
]
