"""The workflows that there are, by key. ``data.workflows`` declares them; a new one is named there."""

from __future__ import annotations

from functools import lru_cache

from data.errors import NotFound
from data.workflow.declaration import Workflow


@lru_cache
def workflows() -> dict[str, Workflow]:
    """All workflows by key, in the order of their declaration."""
    from data.workflows import WORKFLOWS

    found = {one.key: one for one in WORKFLOWS}
    if len(found) != len(WORKFLOWS):
        raise ValueError("two workflows have one key")
    return found


def workflow(key: str) -> Workflow:
    """The workflow of that key; NotFound when there is none: keys come from browsers."""
    found = workflows().get(key)
    if found is None:
        raise NotFound("没有这个流程，请刷新页面。")
    return found
