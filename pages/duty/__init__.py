"""行政办公 · 值班管理: the roster as a plan, shifts in series, exchanges, hand-overs, and who answers when asked."""

from __future__ import annotations

from dashboard.site import Page
from pages.duty import answering, calls, exchanges, handovers, plan, series

PAGES: list[Page] = [
    plan.PAGE,
    series.PAGE,
    *exchanges.EXCHANGES.pages(),
    *handovers.HANDOVERS.pages(),
    *calls.CALLS.pages(),
    answering.PAGE,
]
