"""Identifiers of components: fixed ones of the shell, and ``part_id`` for parts that occur on many pages."""

from __future__ import annotations

URL = "url"
FRAME = "frame"
CONTENT = "page-content"
MODULES = "head-modules"
SIDE = "side-menu"
CRUMB = "page-crumb"
PHONE_NAV = "phone-nav"
PAGE_INFO = "page-info"
INBOX = "messages-inbox"
TASKS = "tasks-inbox"


def part_id(kind: str, key: str) -> dict[str, str]:
    """The id of one part of one thing, for pattern-matching callbacks: ``part_id("list-search", "enterprise")``."""
    if not kind or not key or "." in kind or "{" in kind:
        raise ValueError(f"kind and key name a part, and Dash cannot match dots or braces: {kind!r}, {key!r}")
    return {"t": kind, "k": key}
