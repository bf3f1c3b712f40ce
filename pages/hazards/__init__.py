"""重大危险源: installations, identification after GB 18218-2018, risk assessments, emergency plans, and what falls due."""

from __future__ import annotations

from dashboard.site import Page
from dashboard.statistic import StatisticPage
from data.hazards import VIEW
from data.statistics.hazards import STATISTICS
from pages.hazards import dues, identify
from pages.hazards.assessments import ASSESSMENTS, OWN_ASSESSMENTS
from pages.hazards.declaring import GROUP, MODULE, pages_of
from pages.hazards.filings import CASE, FILINGS, OWN_FILINGS
from pages.hazards.identifications import IDENTIFICATIONS, OWN_IDENTIFICATIONS
from pages.hazards.installations import INSTALLATIONS, OWN_INSTALLATIONS
from pages.hazards.media import MEDIA
from pages.hazards.plans import DRILLS, OWN_DRILLS, OWN_PLANS, PLANS

HAZARD_STATISTICS = StatisticPage(
    path="/hazards/statistics",
    title="统计分析",
    statistics=STATISTICS,
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    picks="installation",
)
PAGES: list[Page] = [
    *pages_of(INSTALLATIONS),
    identify.PAGE,
    *pages_of(IDENTIFICATIONS),
    *pages_of(FILINGS),
    CASE,
    *pages_of(ASSESSMENTS),
    *pages_of(PLANS),
    *pages_of(DRILLS),
    dues.PAGE,
    *pages_of(MEDIA),
    HAZARD_STATISTICS.page(),
    *pages_of(OWN_INSTALLATIONS),
    identify.OWN_PAGE,
    *pages_of(OWN_IDENTIFICATIONS),
    *pages_of(OWN_FILINGS),
    *pages_of(OWN_ASSESSMENTS),
    *pages_of(OWN_PLANS),
    *pages_of(OWN_DRILLS),
    dues.OWN_PAGE,
]
