"""隐患排查治理: the lists of hidden dangers, the standards by which enterprises look for them, and what was done to them."""

from __future__ import annotations

from dataclasses import replace

from dashboard.site import HOME, Page
from pages.dangers.criteria import CRITERIA
from pages.dangers.ledger import LEDGER
from pages.dangers.log import LOG
from pages.dangers.major import MAJOR
from pages.dangers.own_standards import OWN_STANDARDS, REVIEWED
from pages.dangers.standards import GUIDING, STANDARDS
from pages.dangers.unrectified import UNRECTIFIED

PAGES: list[Page] = [
    *UNRECTIFIED.pages(),
    *MAJOR.pages(),
    *LEDGER.pages(),
    *STANDARDS.pages(),
    *REVIEWED.pages(),
    *CRITERIA.pages(),
    *LOG.pages(),
    *(replace(one, side="enterprise", module=HOME) for resource in (GUIDING, OWN_STANDARDS) for one in resource.pages()),
]
