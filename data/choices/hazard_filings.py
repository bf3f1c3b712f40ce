"""备案 of major hazard installations."""

from __future__ import annotations

from data.choices import Choice

FILING_KINDS = (Choice("first", "首次备案"), Choice("change", "变更备案"), Choice("renew", "到期更新"))
# The codes are the nodes of the workflow ``hazard_filing``.
FILING_STATES = (Choice("draft", "编制中", "stale"), Choice("review", "待审核", "primary"), Choice("filed", "已备案", "ok"))
