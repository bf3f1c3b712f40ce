"""Computing a statistic: one grouped query over the rows that the viewer sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, cast, func, literal_column, select
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
    """(key, label) of each part, then the counts and sums: one row a cell.

    Rows are counted by what decides on their groups, the counts are then put together by group: to name the group of every row would
    cost more than the counting.
    """
    model = statistic.model
    plans = [one.plan(session, model, choices.get(one.name, "")) for one in parts]
    measures = [one for one in statistic.measures if not isinstance(one, Ratio)]
    deciding = [plan.row.label(f"row{place}") for place, plan in enumerate(plans)]
    numbers = [_number(statistic, one).label(f"number{place}") for place, one in enumerate(measures)]
    counted = answer(model, viewer, statistic.question(choices)).with_only_columns(*deciding, *numbers, maintain_column_froms=True).order_by(None)
    cells = counted.group_by(*_places(deciding)).subquery()
    heads = [plan.heads(cells.c[f"row{place}"]) for place, plan in enumerate(plans)]
    named = [column for one in heads for column in (one.key, one.label)]
    totals = [_total(cells.c[f"number{place}"]) for place in range(len(measures))]
    # Each head has a name of its own: two of the same name would be one column.
    columns = [one.label(f"head{place}") for place, one in enumerate(named)]
    together = joined(select(*columns, *totals).select_from(cells), [one.joins for one in heads])
    return list(session.execute(together.group_by(*_places(columns))).all())


def _places(columns: Sequence[Any]) -> list[Any]:
    """Columns by their places: expressions have parameters, which the database would not recognise as the same."""
    return [literal_column(str(place)) for place in range(1, len(columns) + 1)]


def _number(statistic: Statistic, measure: Count | Sum) -> Any:
    model = statistic.model
    total: Any = func.count() if isinstance(measure, Count) else func.sum(getattr(model, measure.column))
    if measure.where:
        total = total.filter(answer(model, _EVERYBODY, question(model, measure.where)).whereclause)
    return total if isinstance(measure, Count) else func.coalesce(total, 0)


def _total(numbers: Any) -> Any:
    """The sum of counts or sums, of their own kind: PostgreSQL makes decimals of whole numbers."""
    return cast(func.sum(numbers), BigInteger) if isinstance(numbers.type, Integer) else func.sum(numbers)


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
