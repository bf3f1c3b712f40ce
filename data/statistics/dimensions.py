"""By what a statistic groups: words of a column, records referred to, a level of a tree, bands of a number, months or years."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, pairwise
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    inspect,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.orm import Session, aliased

from data.choices import Choice
from data.columns import attribute, choices_of, label_of, referred, related
from data.models import Base
from data.settings import current_settings
from data.statistics.parameters import NONE, ONLY, is_tree_column
from data.tree import ancestors

UNKNOWN = "未填写"


class Group(NamedTuple):
    """What stands under one head: ``key`` is its value in an address, ``tone`` as in ``data.choices``."""

    key: str
    label: str
    tone: str = ""


Joins = tuple[tuple[Any, Any], ...]  # (table, condition)


class Heads(NamedTuple):
    """The key and the label of a group, and the tables to join for them."""

    key: ColumnElement[Any]
    label: ColumnElement[Any]
    joins: Joins = ()


class Plan(NamedTuple):
    """How a query groups: ``row`` is what of a row decides on its group, ``heads`` says for a column of such values which group that is.

    So rows are counted by something small, a foreign key, and only what was counted is given names.
    """

    row: ColumnElement[Any]
    heads: Callable[[Any], Heads]


def _itself(row: Any) -> Heads:
    return Heads(row, row)


@dataclass(frozen=True)
class Dimension:
    """A column by which is grouped. ``label`` is the column's own name when empty."""

    name: str
    label: str = ""

    def is_ordered(self, model: type[Base]) -> bool:
        """Whether its groups have an order of their own; else the largest comes first."""
        return True

    def title(self, model: type[Base]) -> str:
        return self.label or label_of(model, self.name)

    def problems(self, model: type[Base]) -> Iterable[str]:
        """What is wrong with the declaration."""
        if (not self._may_go_through and "." in self.name) or attribute(model, self.name) is None:
            yield f"{model.__name__} has no column {self.name!r} of its own"

    @property
    def _may_go_through(self) -> bool:
        """Whether ``name`` may be a path through one relation: ``enterprise.division_id``."""
        return False

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        """How to group; ``chosen`` is the condition on the same column, empty when there is none."""
        raise NotImplementedError

    def groups(self, session: Session, model: type[Base], found: Mapping[str, str], chosen: str) -> list[Group]:
        """The groups in their order; ``found`` maps the keys that occur to their labels."""
        return [Group(key, label) for key, label in sorted(found.items(), key=lambda pair: (pair[1], pair[0]))]

    def parameters(self, model: type[Base], key: str) -> dict[str, str]:
        """The parameters that select the rows of a group."""
        return {self.name: key}


@dataclass(frozen=True)
class Words(Dimension):
    """The values of a column: words of a coded one (also those without a row), yes and no, or text.

    ``is_graded``: the words are steps from much to little (大型 … 微型), so charts paint them in one hue. ``choices`` are
    words for values that the column itself has none for. ``is_sparse``: of very many words only those that occur are groups, the
    largest first.
    """

    is_graded: bool = False
    is_sparse: bool = False
    choices: Sequence[Choice] = ()

    def is_ordered(self, model: type[Base]) -> bool:
        if self.is_sparse:
            return False
        return bool(self.choices) or choices_of(model, self.name) is not None or attribute(model, self.name).type.python_type is bool

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        column = getattr(model, self.name)
        kind = column.type.python_type
        if kind is bool:
            return Plan(column, lambda row: _itself(case((row.is_(True), "1"), (row.is_(False), "0"), else_=NONE)))
        return Plan(column, lambda row: _itself(_or_none(func.nullif(row, "") if kind is str else cast(row, String))))

    def groups(self, session: Session, model: type[Base], found: Mapping[str, str], chosen: str) -> list[Group]:
        is_yes_or_no = attribute(model, self.name).type.python_type is bool
        known: Sequence[Choice] = (Choice("1", "是"), Choice("0", "否")) if is_yes_or_no else self.choices or choices_of(model, self.name, session) or ()
        wanted = [one for one in known if (one.code == chosen or not chosen) and (one.code in found or not self.is_sparse)]
        named = [Group(one.code, one.word, one.tone) for one in wanted]
        codes = {one.code for one in wanted}
        return [*named, *(Group(key, key) for key in sorted(found) if key not in codes and key != NONE)]


@dataclass(frozen=True)
class Reference(Dimension):
    """The records to which a foreign key leads, called by their column ``word``. For trees use ``Tree``."""

    word: str = "name"

    @property
    def _may_go_through(self) -> bool:
        return True

    def is_ordered(self, model: type[Base]) -> bool:
        return False

    def problems(self, model: type[Base]) -> Iterable[str]:
        yield from super().problems(model)
        target = referred(model, self.name)
        if target is None or attribute(target, self.word) is None:
            yield f"{self.name!r} refers to no record with {self.word!r}"
        elif is_tree_column(model, self.name) and not isinstance(self, Tree):
            yield f"{self.name!r} refers to a tree: use Tree"

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        target: Any = aliased(_known(referred(model, self.name)))

        def heads(row: Any) -> Heads:
            column, joins = reached(model, self.name, row)
            return Heads(_or_none(cast(column, String)), getattr(target, self.word), (*joins, (target, target.id == column)))

        return Plan(deciding(model, self.name), heads)


@dataclass(frozen=True)
class Tree(Reference):
    """A level of the tree to which a foreign key leads; a record counts in the group that it stands in or below.

    ``level`` is a value of the tree's column ``level`` (``town``), ``depth`` counts from the top (1: the topmost). With
    neither, every record of the tree is a group of its own. A row above the level counts under its own record. Under a
    chosen record at or below the level, the records one step below it are the groups.
    """

    level: str = ""
    depth: int = 0

    def problems(self, model: type[Base]) -> Iterable[str]:
        yield from super().problems(model)
        if not is_tree_column(model, self.name):
            yield f"{self.name!r} refers to no tree"
        elif self.level and attribute(referred(model, self.name), "level") is None:
            yield f"{self.name!r}: the tree has no column 'level'"

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        nodes = self._nodes(session, referred(model, self.name), chosen)

        def heads(row: Any) -> Heads:
            column, joins = reached(model, self.name, row)
            return Heads(_or_none(nodes.c.key), nodes.c.label, (*joins, (nodes, nodes.c.id == column)))

        return Plan(deciding(model, self.name), heads)

    def _nodes(self, session: Session, tree: Any, chosen: str) -> Any:
        """id → key and label of its group, for every record of the tree."""
        under = self._step_below(session, tree, chosen)

        def own(node: Any, depth: Any) -> Any:
            if under is not None:
                meets = node.parent_id == under
            elif self.level:
                meets = node.level == self.level
            elif self.depth:
                meets = depth == self.depth
            else:
                return null()
            return case((meets, node.id), else_=null())

        start = select(tree.id, literal(1).label("depth"), cast(own(tree, literal(1)), tree.id.type).label("group_id")).where(tree.parent_id.is_(None))
        walk = start.cte(recursive=True)
        node = aliased(tree)
        step = select(node.id, walk.c.depth + 1, func.coalesce(walk.c.group_id, own(node, walk.c.depth + 1)))
        walk = walk.union_all(step.join(walk, node.parent_id == walk.c.id))
        group, child = aliased(tree), aliased(tree)
        is_above = and_(walk.c.group_id.is_(None), select(child.id).where(child.parent_id == walk.c.id).exists())
        word = getattr(group, self.word)
        key = case((is_above, literal(ONLY) + cast(group.id, String)), else_=cast(group.id, String))
        is_level = bool(self.level or self.depth)
        label = case((is_above, word + "（本级）"), else_=word) if is_level else word
        rows = select(walk.c.id, key.label("key"), label.label("label"))
        # Made once: folded into the query, key and label would be worked out for every row that is counted.
        return rows.join(group, group.id == func.coalesce(walk.c.group_id, walk.c.id)).cte().prefix_with("MATERIALIZED")

    def _step_below(self, session: Session, tree: Any, chosen: str) -> int | None:
        """The chosen record when the level lies at it or above it."""
        if not chosen.isdecimal() or not (self.level or self.depth):
            return None
        record = session.get(tree, int(chosen))
        line = ancestors(session, record) if record else []
        is_reached = any(one.level == self.level for one in line) if self.level else len(line) >= self.depth
        return int(chosen) if is_reached else None


class Band(NamedTuple):
    """From ``start`` (included) to ``end`` (left out); None is without limit."""

    key: str
    label: str
    start: int | None = None
    end: int | None = None
    tone: str = ""


@dataclass(frozen=True)
class Bands(Dimension):
    """Bands of a whole number, in the order in which they are shown; together they take every number."""

    bands: tuple[Band, ...] = ()

    def problems(self, model: type[Base]) -> Iterable[str]:
        yield from super().problems(model)
        # A list takes the end of a span in, so "below 90" must have a last number.
        if getattr(attribute(model, self.name), "type", None) is not None and attribute(model, self.name).type.python_type is not int:
            yield f"{self.name!r} is no whole number"
        edges = sorted(self.bands, key=lambda one: float("-inf") if one.start is None else one.start)
        joins = pairwise(edges)
        if not edges or edges[0].start is not None or edges[-1].end is not None or any(low.end != high.start for low, high in joins):
            yield f"{self.name!r}: the bands leave out a number or overlap"

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        column = getattr(model, self.name)
        return Plan(case(*((self._inside(column, one), one.key) for one in self.bands), else_=NONE), _itself)

    def groups(self, session: Session, model: type[Base], found: Mapping[str, str], chosen: str) -> list[Group]:
        return [Group(one.key, one.label, one.tone) for one in self.bands]

    def parameters(self, model: type[Base], key: str) -> dict[str, str]:
        if key == NONE:
            return {self.name: NONE}
        band = next(one for one in self.bands if one.key == key)
        edges = {f"{self.name}_from": band.start, f"{self.name}_to": band.end - 1 if band.end is not None else None}
        return {name: str(edge) for name, edge in edges.items() if edge is not None}

    def _inside(self, column: Any, band: Band) -> Any:
        parts = [column.is_not(None)]
        parts += [column >= band.start] if band.start is not None else []
        parts += [column < band.end] if band.end is not None else []
        return and_(*parts)


@dataclass(frozen=True)
class Period(Dimension):
    """Months or years of a day or an instant, as the park's clock shows it; months without a row are shown too."""

    step: Literal["month", "year"] = "month"

    def plan(self, session: Session, model: type[Base], chosen: str) -> Plan:
        column = getattr(model, self.name)
        shape: Any = literal_column("'YYYY-MM'" if self.step == "month" else "'YYYY'")

        def heads(row: Any) -> Heads:
            return _itself(_or_none(func.to_char(row, shape)))

        if column.type.python_type is datetime:
            return Plan(cast(func.timezone(literal_column(f"'{current_settings().time_zone}'"), column), Date), heads)
        return Plan(column, heads)

    def groups(self, session: Session, model: type[Base], found: Mapping[str, str], chosen: str) -> list[Group]:
        keys = sorted(key for key in found if key != NONE)
        if not keys:
            return []
        return [Group(key, key if self.step == "month" else f"{key} 年") for key in self._between(keys[0], keys[-1])]

    def parameters(self, model: type[Base], key: str) -> dict[str, str]:
        if key == NONE:
            return {self.name: NONE}
        year, month = (int(part) for part in key.split("-")) if self.step == "month" else (int(key), 0)
        first = date(year, month or 1, 1)
        last = date(year, month or 12, calendar.monthrange(year, month or 12)[1])
        return {f"{self.name}_from": first.isoformat(), f"{self.name}_to": last.isoformat()}

    def _between(self, first: str, last: str) -> Iterable[str]:
        if self.step == "year":
            return [f"{year:04}" for year in range(int(first), int(last) + 1)]
        low, high = (int(key[:-3]) * 12 + int(key[-2:]) - 1 for key in (first, last))
        return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(low, high + 1)]


def _or_none(key: Any) -> Any:
    return func.coalesce(key, literal_column(f"'{NONE}'"))


def _known(model: type[Base] | None) -> type[Base]:
    """What ``problems`` found to be there."""
    assert model is not None
    return model


def deciding(model: type[Base], name: str) -> Any:
    """The model's own column of that name; of a path (``enterprise.division_id``) the one that leads to the other record."""
    relation, _, rest = name.partition(".")
    if not rest:
        return getattr(model, name)
    mapper = inspect(model)
    (column,) = mapper.relationships[relation].local_columns
    return getattr(model, mapper.get_property_by_column(column).key)


def reached(model: type[Base], name: str, row: Any) -> tuple[Any, Joins]:
    """The column of that name for a value of ``deciding``, and what to join for it: a path goes through one relation."""
    relation, _, rest = name.partition(".")
    if not rest:
        return row, ()
    other: Any = aliased(_known(related(model, relation)))
    return getattr(other, rest), ((other, other.id == row),)


def joined(statement: Select[Any], joins: Iterable[Joins]) -> Select[Any]:
    """``statement`` with the tables besides."""
    for table, condition in chain.from_iterable(joins):
        statement = statement.outerjoin(table, condition)
    return statement
