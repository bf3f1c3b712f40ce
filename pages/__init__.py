"""The pages of the platform: declarations by domain. Each module has ``PAGES``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from dashboard.site import Page

# Order of the menus.
NAMES = (
    "home",
    "todos",
    "subscriptions",
    "own_file",
    "own_dangers",
    "own_risks",
    "enterprise_home",
    "archive",
    "enterprise_statistics",
    "hazards",
    "park_map",
    "tanks",
    "tank_trends",
    "alarms",
    "alarm_records",
    "alarm_suspensions",
    "vehicles",
    "video",
    "vehicle_replay",
    "vehicle_commands",
    "vehicle_photos",
    "vehicle_alarms",
    "vehicle_rules",
    "danger_home",
    "risk_map",
    "risk_zones",
    "dangers",
    "danger_reporting",
    "danger_overview",
    "danger_cases",
    "risks",
    "incidents",
    "emergency",
    "notices",
    "duty",
    "duty_roster",
    "leaders",
    "topics",
    "system",
)


def pages() -> list[Page]:
    """All pages, in the order in which menus show them."""
    modules = [import_module(f"pages.{name}") for name in NAMES if find_spec(f"pages.{name}")]
    return [page for module in modules for page in module.PAGES]
