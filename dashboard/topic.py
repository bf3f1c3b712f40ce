"""A topic as a declaration: charts of one statistic that follow each other, and the list of the rows that are left.

Its whole state is the address: what is chosen in a chart is a condition on a column. The rules of choosing stand in
``data/statistics/crossing.py``, the drawing in ``blocks/topic_page.py`` and ``topic_charts.py``, the workbook in ``topic_answers.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dash import Dash
from dash.development.base_component import Component

from dashboard.resource import Resource
from dashboard.site import Page
from data.statistics import Statistic
from data.viewer import Viewer


@dataclass(frozen=True)
class Chart:
    """One chart: grouped ``by`` that column of the statistic. ``rank``: bars from the top, the largest first where the groups have no order
    of their own; ``ring``; ``months``: columns through time."""

    by: str
    title: str
    form: Literal["rank", "ring", "months"] = "rank"


@dataclass(frozen=True)
class Topic:
    """``resource`` is the list of the same rows; ``columns`` of it stand below the charts."""

    path: str
    title: str
    statistic: Statistic
    charts: tuple[Chart, ...]
    resource: Resource
    columns: tuple[str, ...]
    module: str = "决策分析"
    group: str = "专题分析"
    icon: str = ""

    def __post_init__(self) -> None:
        found = list(self._problems())
        if found:
            raise ValueError("\n".join(f"Topic {self.path}: {one}" for one in found))

    def _problems(self) -> Iterable[str]:
        names = {one.name for one in self.statistic.dimensions}
        yield from (f"{one.by!r} is no dimension of {self.statistic.key}" for one in self.charts if one.by not in names)
        if len({one.by for one in self.charts}) < len(self.charts):
            yield "two charts of one column would choose for each other"
        if self.statistic.series is not None:
            yield "a statistic with a series: use measures with is_part"
        if self.resource.path != self.statistic.records or self.resource.model is not self.statistic.model:
            yield f"the list {self.resource.key} does not have the rows of {self.statistic.key}"
        known = {one.name for one in self.resource.columns}
        yield from (f"{self.resource.key} has no column {name!r}" for name in self.columns if name not in known)

    def page(self) -> Page:
        """The page for the list of pages."""
        from dashboard.topic_answers import register

        return Page(
            path=self.path,
            title=self.title,
            layout=TopicLayout(self),
            permission=self.statistic.permission,
            module=self.module,
            group=self.group,
            icon=self.icon,
            register=register,
        )


@dataclass(frozen=True)
class TopicLayout:
    """Draws the page of a topic from its address."""

    topic: Topic

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        from dashboard.blocks.topic_page import topic_page
        from data.db import read_session

        with read_session() as session:
            return topic_page(session, viewer, self.topic, query)


def topics_of(app: Dash) -> dict[str, Topic]:
    """Every topic among the pages of ``app``, by the key of its statistic."""
    layouts = (page.layout for page in app.site.pages)  # type: ignore[attr-defined]
    return {one.topic.statistic.key: one.topic for one in layouts if isinstance(one, TopicLayout)}
