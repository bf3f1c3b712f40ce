"""A statistic as a declaration, checked when it is made: a name that the model does not have is an error at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from data.choices import Choice
from data.columns import attribute
from data.errors import Invalid
from data.models import Base
from data.query import Question
from data.statistics.dimensions import Dimension
from data.statistics.parameters import is_tree_column, question, split


@dataclass(frozen=True)
class Count:
    """How many rows; with ``where`` only those that meet it: parameters as an address has them (``{"state": "stopped"}``).

    ``is_part`` stacks it in the bars: the parts of the first measure, each row in one of them. ``is_hidden``: it is there
    for a ratio, and what it counts is shown by the series already.
    """

    key: str = "count"
    label: str = "数量"
    unit: str = "条"
    where: Mapping[str, str] = field(default_factory=dict)
    tone: str = ""
    is_part: bool = False
    is_hidden: bool = False
    decimals: int = 0


@dataclass(frozen=True)
class Sum:
    """The sum of a column; empty values count as nothing. ``is_hidden`` as for ``Count``."""

    key: str
    label: str
    column: str
    unit: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    tone: str = ""
    is_hidden: bool = False
    decimals: int = 0


@dataclass(frozen=True)
class Ratio:
    """``factor`` × one measure ÷ another; of nothing there is no ratio. Its rows are those of ``whole``.

    ``limit`` is the value beyond which it is bad: below it where ``good`` is ``high``, above it where it is ``low``.
    """

    key: str
    label: str
    part: str
    whole: str
    unit: str = "%"
    factor: float = 100
    decimals: int = 1
    limit: float | None = None
    good: Literal["high", "low"] = "high"
    tone: str = ""

    def is_bad(self, value: float | None) -> bool:
        """Whether the value lies beyond the limit."""
        if value is None or self.limit is None:
            return False
        return value < self.limit if self.good == "high" else value > self.limit


Measure = Count | Sum | Ratio


@dataclass(frozen=True)
class Statistic:
    """What is counted, by what, and where the rows stand.

    ``dimensions``: by what one may group, the first unless another is asked for; ``series`` splits every group again.
    ``measures``: the first is what bars, rings and rankings show. ``filters``: columns by which the rows may be narrowed.
    ``definition`` is the 口径. ``records`` is the path of the list of the same rows; ``permission`` opens the statistic.
    ``usual`` lifts what that list narrows by while its address says nothing of it. ``offered`` has the choices of a filter that
    the column itself has none for.
    """

    key: str
    title: str
    model: type[Base]
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    definition: str
    records: str
    permission: str
    series: Dimension | None = None
    filters: tuple[str, ...] = ()
    only: Mapping[str, Any] = field(default_factory=dict)  # an advanced query that the list at ``records`` asks always
    usual: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, Callable[[], Sequence[Choice]]] = field(default_factory=dict)
    noun: str = ""  # what one row is called: 企业

    def __post_init__(self) -> None:
        found = list(self._problems())
        if found:
            raise ValueError("\n".join(f"Statistic {self.key}: {one}" for one in found))

    def question(self, parameters: Mapping[str, str]) -> Question:
        """The question of the statistic's rows that meet the parameters."""
        asked = question(self.model, parameters)
        if not self.only:
            return asked
        return replace(asked, conditions={"all": [self.only, asked.conditions]} if asked.conditions else self.only)

    @property
    def main(self) -> Count | Sum:
        """The measure that bars, rings and rankings show."""
        return next(one for one in self.measures if not isinstance(one, Ratio))

    @property
    def name(self) -> str:
        """What a row is called."""
        return self.noun or str(getattr(self.model, "__title__", "记录"))

    @property
    def parts(self) -> list[Count]:
        """The measures that together make up the main one."""
        return [one for one in self.measures if isinstance(one, Count) and one.is_part]

    @property
    def shown(self) -> list[Measure]:
        """The measures that cards and tables show."""
        return [one for one in self.measures if isinstance(one, Ratio) or not one.is_hidden]

    def measure(self, key: str) -> Measure:
        """The measure of that key; Invalid when there is none."""
        found = next((one for one in self.measures if one.key == key), None)
        if found is None:
            raise Invalid("没有这个统计指标。")
        return found

    def dimension(self, name: str) -> Dimension:
        """The dimension of that column, the first for any other name: names come from addresses."""
        return next((one for one in self.dimensions if one.name == name), self.dimensions[0])

    def columns(self) -> set[str]:
        """Every column on which a number of this statistic may depend: the list at ``records`` must filter by them."""
        parts = [*self.dimensions, *([self.series] if self.series else [])]
        wheres = [name for one in self.measures if not isinstance(one, Ratio) for name in columns_of(self.model, one.where)]
        return {*(one.name for one in parts), *self.filters, *wheres}

    def _problems(self) -> Iterable[str]:
        if not self.dimensions or not any(not isinstance(one, Ratio) for one in self.measures):
            yield "at least one dimension and one count or sum"
            return
        for one in (*self.dimensions, *([self.series] if self.series else [])):
            yield from one.problems(self.model)
        if self.series and self.series.name in {one.name for one in self.dimensions}:
            yield f"series: {self.series.name!r} is a dimension too"
        for name in self.filters:
            if ("." in name and not is_tree_column(self.model, name)) or attribute(self.model, name) is None:
                yield f"filters: {self.model.__name__} has no column {name!r} of its own"
        for name in (*self.usual, *self.offered):
            if name not in self.filters:
                yield f"{name!r} is none of the filters"
        keys = [one.key for one in self.measures]
        yield from (f"measures: {key!r} occurs twice" for key in set(keys) if keys.count(key) > 1)
        for measure in self.measures:
            yield from self._faults(measure)

    def _faults(self, measure: Measure) -> Iterable[str]:
        if isinstance(measure, Ratio):
            known = {one.key for one in self.measures if not isinstance(one, Ratio)}
            yield from (f"{measure.key}: {key!r} is no count or sum" for key in (measure.part, measure.whole) if key not in known)
            return
        try:
            columns = columns_of(self.model, measure.where)
        except Invalid as error:
            yield f"{measure.key}: {error}"
            return
        yield from (f"{measure.key}: a tree column ({name}) can be a dimension only" for name in columns if is_tree_column(self.model, name))
        if isinstance(measure, Sum) and attribute(self.model, measure.column) is None:
            yield f"{measure.key}: {self.model.__name__} has no column {measure.column!r}"


def columns_of(model: type[Base], parameters: Mapping[str, str]) -> set[str]:
    """The columns that the parameters speak of; Invalid when one is unknown."""
    return {split(model, name)[0] for name in parameters}
