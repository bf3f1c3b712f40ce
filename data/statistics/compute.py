"""Computing a statistic: one grouped query over the rows that the viewer sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, literal_column
from sqlalchemy.orm import Session

from data.query import answer
from data.statistics.declaration import Count, Ratio, Statistic, Sum
from data.statistics.dimensions import UNKNOWN, Dimension, Group, joined
from data.statistics.parameters import NONE, question
from data.statistics.result import Cell, Number, Result
from data.viewer import Viewer, system_viewer

_EVERYBODY = system_viewer("statistics")


def compute(
    session: Session,
    viewer: Viewer,
    statistic: Statistic,
    choices: Mapping[str, str] | None = None,
    *,
    by: str = "",
    at: datetime | None = None,
) -> Result:
    """The numbers of the statistic over the rows that the viewer sees and the choices leave, grouped by column ``by``.

    Forbidden without the statistic's permission; Invalid for a choice that is no condition of the model.
    """
    viewer.require(statistic.permission)
    choices = dict(choices or {})
    dimension = statistic.dimension(by)
    parts = [dimension, *([statistic.series] if statistic.series else [])]
    rows = _rows(session, viewer, statistic, choices, parts)
    measures = [one for one in statistic.measures if not isinstance(one, Ratio)]
    values: dict[Cell, Number] = defaultdict(int)
    labels: list[dict[str, str]] = [{} for _ in parts]
    for row in rows:
        keys = [str(key) for key in row[: 2 * len(parts) : 2]]
        for place, key in enumerate(keys):
            labels[place][key] = str(row[2 * place + 1] or UNKNOWN)
        group, series = keys[0], keys[1] if len(keys) > 1 else ""
        for measure, number in zip(measures, row[2 * len(parts) :], strict=True):
            if number:
                for cell in {(group, series), (group, ""), ("", series), ("", "")}:
                    values[Cell(*cell, measure.key)] += number
    groups, series_groups = (
        _in_order(session, statistic, one, found, choices, values, is_series=bool(place))
        for place, (one, found) in enumerate(zip([*parts, None][:2], [*labels, {}][:2], strict=True))
    )
    return Result(statistic, dimension, choices, groups, series_groups, dict(values), at or datetime.now(UTC))


def _rows(session: Session, viewer: Viewer, statistic: Statistic, choices: Mapping[str, str], parts: list[Dimension]) -> list[Any]:
    """(key, label) of each part, then the counts and sums: one row a cell."""
    model = statistic.model
    plans = [one.plan(session, model, choices.get(one.name, "")) for one in parts]
    statement = joined(answer(model, viewer, statistic.question(choices)), plans)
    heads = [one.label(f"{name}{place}") for place, plan in enumerate(plans) for name, one in (("key", plan.key), ("label", plan.label))]
    numbers = [_number(statistic, one) for one in statistic.measures if not isinstance(one, Ratio)]
    # Grouped by place: the expressions have parameters, which the database would not recognise as the same.
    places: list[Any] = [literal_column(str(place)) for place in range(1, len(heads) + 1)]
    grouped = statement.with_only_columns(*heads, *numbers, maintain_column_froms=True).order_by(None).group_by(*places)
    return list(session.execute(grouped).all())


def _number(statistic: Statistic, measure: Count | Sum) -> Any:
    model = statistic.model
    total: Any = func.count() if isinstance(measure, Count) else func.sum(getattr(model, measure.column))
    if measure.where:
        total = total.filter(answer(model, _EVERYBODY, question(model, measure.where)).whereclause)
    return total if isinstance(measure, Count) else func.coalesce(total, 0)


def _in_order(
    session: Session,
    statistic: Statistic,
    dimension: Dimension | None,
    found: Mapping[str, str],
    choices: Mapping[str, str],
    values: Mapping[Cell, Number],
    *,
    is_series: bool,
) -> tuple[Group, ...]:
    if dimension is None:
        return ()
    groups = dimension.groups(session, statistic.model, found, choices.get(dimension.name, ""))
    if not dimension.is_ordered(statistic.model):
        main = statistic.main.key

        def size(group: Group) -> Number:
            cell = Cell("", group.key, main) if is_series else Cell(group.key, "", main)
            return -values.get(cell, 0)

        groups = sorted(groups, key=size)
    known = [one for one in groups if one.key != NONE]
    return (*known, *([Group(NONE, UNKNOWN, "stale")] if NONE in found else []))
