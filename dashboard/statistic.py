"""A page of statistics as a declaration: tabs, conditions, figures, chart or table, export and ranking derive from it.

Its whole state is the address: ``of`` names the statistic, ``form`` how it is shown, ``by`` the dimension, the rest are
conditions. The drawing stands in ``blocks/statistic_page.py``, the answers in ``statistic_answers.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from dashboard.site import Page
from data.statistics import Statistic
from data.viewer import Viewer


@dataclass(frozen=True)
class StatisticPage:
    """Statistics that share a page. ``permission`` opens the page; each statistic asks for its own besides.

    ``picks`` is the key of a list that has the tree columns of all conditions as filters: there the browser asks for places and types.
    """

    path: str
    title: str
    statistics: tuple[Statistic, ...]
    permission: str
    module: str = ""
    group: str = ""
    icon: str = ""
    short: str = ""
    picks: str = ""

    def __post_init__(self) -> None:
        keys = [one.key for one in self.statistics]
        if not keys or len(set(keys)) < len(keys):
            raise ValueError(f"StatisticPage {self.path}: at least one statistic, each of them once")

    def open_to(self, viewer: Viewer) -> list[Statistic]:
        """The statistics that the viewer may see."""
        return [one for one in self.statistics if viewer.may(one.permission)]

    def page(self) -> Page:
        """The page for the list of pages."""
        from dashboard.statistic_answers import register

        return Page(
            path=self.path,
            title=self.title,
            layout=StatisticLayout(self),
            permission=self.permission,
            module=self.module,
            group=self.group,
            icon=self.icon,
            short=self.short,
            register=register,
        )


@dataclass(frozen=True)
class StatisticLayout:
    """Draws the page of statistics from its address."""

    declared: StatisticPage

    def __call__(self, viewer: Viewer, **query: str) -> Component:
        from dashboard.blocks.statistic_page import statistic_page
        from data.db import read_session

        with read_session() as session:
            return statistic_page(session, viewer, self.declared, query)


def statistic_pages(app: Dash) -> list[StatisticPage]:
    """Every page of statistics among the pages of ``app``."""
    layouts = (page.layout for page in app.site.pages)  # type: ignore[attr-defined]
    return [layout.declared for layout in layouts if isinstance(layout, StatisticLayout)]
