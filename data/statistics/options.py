"""By what the rows of a statistic may be narrowed: what the viewer can choose, and what an address chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from data.choices import Choice, word
from data.columns import attribute, choices_of, label_of, referred, title_of
from data.conditions import column
from data.models import Base
from data.query import visible
from data.statistics.declaration import Statistic
from data.statistics.dimensions import deciding, joined, reached
from data.statistics.parameters import NONE, is_day, is_tree_column
from data.values import day, decimal
from data.viewer import Viewer

MOST_TEXTS = 200


@dataclass(frozen=True)
class Option:
    """A condition that may be set. ``choices`` of a tree stand in its order; ``depths`` says how deep each of them is."""

    name: str
    label: str
    kind: Literal["choice", "tree", "days", "numbers"]
    choices: Sequence[Choice] = ()
    depths: Sequence[int] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Its names in an address."""
        return (f"{self.name}_from", f"{self.name}_to") if self.kind in {"days", "numbers"} else (self.name,)

    def takes(self, text: str) -> bool:
        """Whether the text is a value of this condition."""
        try:
            if self.kind in {"days", "numbers"}:
                return (day(text) if self.kind == "days" else decimal(text)) is not None
        except ValueError:
            return False
        return text in {one.code for one in self.choices}


def options(session: Session, viewer: Viewer, statistic: Statistic) -> list[Option]:
    """The conditions of the statistic with what the viewer can choose: of what is no tree, only what leads to rows that they see."""
    return [_offered(session, viewer, statistic, name) for name in statistic.filters]


def _offered(session: Session, viewer: Viewer, statistic: Statistic, name: str) -> Option:
    if name in statistic.offered:
        return Option(name, label_of(statistic.model, name), "choice", statistic.offered[name]())
    return option(session, viewer, statistic.model, name, is_whole=True)


def chosen(available: Sequence[Option], query: Mapping[str, Any]) -> dict[str, str]:
    """The conditions in an address. What is unknown or no possible value is dropped: it may be old or made up."""
    given = {name: str(query.get(name) or "").strip()[:200] for one in available for name in one.parameters}
    return {name: given[name] for one in available for name in one.parameters if given[name] and one.takes(given[name])}


def in_words(available: Sequence[Option], choices: Mapping[str, str]) -> str:
    """The conditions as a person says them: 属地 柳城街道，企业规模 小型; empty when there is none."""
    parts = []
    for one in available:
        texts = [word(one.choices, choices[name]) if one.choices else choices[name] for name in one.parameters if name in choices]
        parts += [f"{one.label} {' 至 '.join(texts)}"] if texts else []
    return "，".join(parts)


def option(session: Session, viewer: Viewer, model: type[Base], name: str, *, is_whole: bool = False) -> Option:
    """The condition on one column; of a tree only what leads to rows, or besides all that the viewer sees."""
    label = label_of(model, name)
    if is_day(model, name):
        return Option(name, label, "days")
    if is_tree_column(model, name):
        found = _tree(session, viewer, model, name, is_whole=is_whole)
        return Option(name, label, "tree", [one for one, _ in found], [depth for _, depth in found])
    return Option(name, label, *_choices(session, viewer, model, name))


def _choices(session: Session, viewer: Viewer, model: type[Base], name: str) -> tuple[Literal["choice", "numbers"], Sequence[Choice]]:
    coded = choices_of(model, name, session)
    if coded is not None:
        return "choice", coded
    kind = attribute(model, name).type.python_type
    if kind is bool:
        return "choice", (Choice("1", "是"), Choice("0", "否"))
    target: Any = referred(model, name)
    if target is not None:
        rows = session.scalars(visible(target, viewer).where(target.id.in_(_used(model, viewer, name)))).unique()
        return "choice", sorted((Choice(str(row.id), title_of(row)) for row in rows), key=lambda one: one.word)
    if kind in (int, float):
        return "numbers", ()
    texts = session.scalars(_used(model, viewer, name).distinct().order_by(column(model, name)).limit(MOST_TEXTS))
    return "choice", [Choice(text, text) for text in texts if text and text != NONE]


def _used(model: type[Base], viewer: Viewer, name: str) -> Select[Any]:
    if "." not in name:
        return visible(model, viewer).with_only_columns(column(model, name), maintain_column_froms=True).order_by(None)
    found, joins = reached(model, name, deciding(model, name))
    return joined(visible(model, viewer), [joins]).with_only_columns(found, maintain_column_froms=True).order_by(None)


def _tree(session: Session, viewer: Viewer, model: type[Base], name: str, *, is_whole: bool) -> list[tuple[Choice, int]]:
    """The records of the tree, each under its parent, with its depth: those with rows at or below them, or besides all that the viewer sees."""
    tree: Any = referred(model, name)
    order = tree.code if attribute(tree, "code") is not None else tree.id
    wanted = tree.id.in_(_with_rows(tree, _used(model, viewer, name)))
    if is_whole:
        wanted = or_(wanted, tree.id.in_(visible(tree, viewer).with_only_columns(tree.id, maintain_column_froms=True).order_by(None)))
    rows = session.execute(select(tree.id, tree.parent_id, tree.name).where(wanted).order_by(order, tree.id)).all()
    known = {row.id for row in rows}
    below: dict[int | None, list[tuple[int, str]]] = {}
    for identity, parent, title in rows:
        below.setdefault(parent if parent in known else None, []).append((identity, title))

    def walked(parent: int | None, depth: int) -> list[tuple[Choice, int]]:
        found = []
        for identity, title in below.get(parent, ()):
            found += [(Choice(str(identity), title), depth), *walked(identity, depth + 1)]
        return found

    return walked(None, 0)


def _with_rows(tree: Any, used: Select[Any]) -> Select[Any]:
    """The ids of the tree that are used, and of all above them."""
    walk = select(tree.id, tree.parent_id).where(tree.id.in_(used)).cte(recursive=True)
    above = aliased(tree)
    walk = walk.union(select(above.id, above.parent_id).join(walk, above.id == walk.c.parent_id))
    return select(walk.c.id)
