"""通知公告 and 消息中心: what departments tell enterprises and persons, and what the platform tells each of them."""

from __future__ import annotations

from dashboard.site import Page
from pages.notices import inbox, messages, sending

PAGES: list[Page] = [sending.NOTICES.page(), *inbox.PAGES, *messages.PAGES]
