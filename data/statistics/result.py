"""The numbers of a statistic, and for each of them the rows behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from data.query import Question
from data.statistics.declaration import Measure, Ratio, Statistic
from data.statistics.dimensions import Dimension, Group
from data.statistics.parameters import listed, merged

Number = int | float


class Cell(NamedTuple):
    """Where a number stands: keys of its group and of its part of the series, empty for all of them, and its measure."""

    group: str = ""
    series: str = ""
    measure: str = ""


@dataclass(frozen=True)
class Result:
    """What ``compute`` found.

    ``groups`` are the rows of the table, ``series`` the parts of each (empty without a series), ``choices`` the conditions
    that held. ``values`` has the counts and sums by (group, part, measure), without those that are nothing.
    """

    statistic: Statistic
    dimension: Dimension
    choices: Mapping[str, str]
    groups: tuple[Group, ...]
    series: tuple[Group, ...]
    values: Mapping[Cell, Number]
    as_of: datetime

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not self.values

    def value(self, group: str = "", series: str = "", measure: str = "") -> Number | None:
        """The number of a cell; the first count or sum without ``measure``; None for a ratio of nothing."""
        one = self.measure(measure)
        if not isinstance(one, Ratio):
            return self.values.get(Cell(group, series, one.key), 0)
        part, whole = (self.values.get(Cell(group, series, key), 0) for key in (one.part, one.whole))
        return one.factor * part / whole if whole else None

    def share(self, group: str = "", series: str = "", measure: str = "") -> float | None:
        """The cell's part of the total in percent; None when the total is nothing."""
        whole, part = self.value(measure=measure), self.value(group, series, measure)
        return 100 * part / whole if whole and part is not None else None

    def part_share(self, measure: str) -> float | None:
        """What a measure counts in percent of what the main one does; None when that is nothing."""
        whole = self.value()
        return 100 * (self.value(measure=measure) or 0) / whole if whole else None

    def measure(self, key: str = "") -> Measure:
        """The measure of that key, the main one for none."""
        return self.statistic.measure(key) if key else self.statistic.main

    def cells(self) -> Iterator[Cell]:
        """Every cell, totals too."""
        for group in ("", *(one.key for one in self.groups)):
            for series in ("", *(one.key for one in self.series)):
                for measure in self.statistic.measures:
                    yield Cell(group, series, measure.key)

    def parameters(self, group: str = "", series: str = "", measure: str = "") -> dict[str, str] | None:
        """The conditions that exactly the rows behind a cell meet; None when no row can."""
        model, one = self.statistic.model, self.measure(measure)
        counted = self.statistic.measure(one.whole) if isinstance(one, Ratio) else one
        both: dict[str, str] | None = dict(self.choices)
        inner = self.dimension.parameters(model, group) if group else {}
        outer = self.statistic.series.parameters(model, series) if series and self.statistic.series else {}
        for part in (inner, outer, dict(getattr(counted, "where", {}))):
            both = merged(model, both, part) if both is not None else None
        return both

    def question(self, group: str = "", series: str = "", measure: str = "") -> Question:
        """The question to which exactly the rows behind a cell are the answer."""
        given = self.parameters(group, series, measure)
        return self.statistic.question(given) if given is not None else Question(ids=(0,))

    def address(self, group: str = "", series: str = "", measure: str = "") -> str:
        """Where the rows behind a cell are listed; empty when there are none."""
        one = self.measure(measure)
        counted = one.whole if isinstance(one, Ratio) else one.key
        given = self.parameters(group, series, measure)
        if not self.statistic.records or given is None or not self.value(group, series, counted):
            return ""
        query = urlencode({**self.statistic.usual, **listed(self.statistic.model, given)})
        return f"{self.statistic.records}?{query}" if query else self.statistic.records
