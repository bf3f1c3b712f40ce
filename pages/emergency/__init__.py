"""应急指挥: the resources for an emergency. Everybody looks, each office keeps its own."""

from __future__ import annotations

from dashboard.site import Page
from pages.emergency import experts, institutions, materials, search, support

RESOURCES = (
    institutions.ORGANIZATIONS,
    institutions.PEOPLE,
    institutions.COMMITTEE,
    experts.GROUPS,
    experts.EXPERTS,
    materials.TEAMS,
    materials.EQUIPMENT,
    materials.SUPPLIES,
    materials.SHELTERS,
    materials.CAMERAS,
    *support.SUPPORT,
)
# The lists first: the module opens its first page, and that one keeps the menu at the side.
PAGES: list[Page] = [*(page for one in RESOURCES for page in one.pages()), search.PAGE]
