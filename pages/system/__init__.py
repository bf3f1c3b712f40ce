"""系统管理: users, logs, how data comes in, terminals, and the limits of points."""

from __future__ import annotations

from dashboard.site import Page
from pages.system import ingest, logs, points, terminals, users

PAGES: list[Page] = [
    users.USERS.page(),
    logs.LOGINS.page(),
    logs.AUDIT.page(),
    ingest.REFUSED.page(),
    terminals.TERMINALS.page(),
    points.POINTS.page(),
]
