"""介质清单: what stands in which installation, by design maximum. Entered with the installation, only looked up here."""

from __future__ import annotations

from dashboard.resource import Resource
from dashboard.resource_parts import Column, Filter
from data.hazards import VIEW
from data.models import HazardMedium
from pages.hazards.declaring import FIRM, GROUP, MODULE, OF_FIRM, PLACE, firm_options, installation_options

MEDIA = Resource(
    key="hazard_medium",
    model=HazardMedium,
    path="/hazards/media",
    title="介质清单",
    permission=VIEW,
    module=MODULE,
    group=GROUP,
    sort="-quantity_t",
    placeholder="介质、企业",
    columns=(
        Column("name", width=140),
        FIRM,
        PLACE,
        Column("quantity_t", width=140),
        Column("table_row", width=240),
        Column("hazard_class", width=240),
        Column("beta_class", width=240),
        Column("is_mixture", width=90, is_shown=False),
    ),
    filters=(
        *OF_FIRM,
        Filter("enterprise_id", "企业", options=firm_options),
        Filter("installation_id", options=installation_options),
        Filter("table_row"),
        Filter("hazard_class"),
        Filter("beta_class"),
        Filter("installation.level", "级别"),
        Filter("installation.unit_kind", "单元类型"),
        Filter("quantity_t"),
    ),
    subtitle=lambda one: (one.enterprise.name, one.installation.name),
    facts={"介质": ("name", "quantity_t", "table_row", "hazard_class", "beta_class", "is_mixture", "installation_id")},
    empty_title="还没有介质",
    empty_text="在重大危险源的“辨识分级”或“修改”中填写。",
)
