"""一企一档: the pages of the archive of enterprises, in the order of the menu."""

from __future__ import annotations

from pages.enterprise_changes import CHANGES
from pages.enterprise_log import LOG
from pages.enterprises import ENTERPRISES, JURISDICTION, QUERY
from pages.secondary_units import SECONDARY_UNITS
from pages.unit_types import UNIT_TYPES

PAGES = [*ENTERPRISES.pages(), CHANGES.page(), SECONDARY_UNITS.page(), LOG.page(), QUERY.page(), JURISDICTION.page(), UNIT_TYPES.page()]
