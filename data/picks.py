"""What a person may choose from when a column refers to another table: a few words of each record that the viewer sees, and of people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, inspect, or_
from sqlalchemy.orm import Session

from data.columns import attribute, is_tree, referred, title_of
from data.errors import NotFound
from data.models import Base, User
from data.query import Question, answer, count, get, visible
from data.scope import people_to_choose
from data.tree import ancestors, path_words
from data.viewer import Viewer

M = TypeVar("M", bound=Base)

MOST = 50
# A table of at most this many visible rows is sent whole, and searched in the browser.
SHORT = 200


class Pick(NamedTuple):
    """A record to choose: ``path`` is the line of names in a tree, ``hint`` tells two of the same name apart."""

    id: int
    word: str
    path: str = ""
    hint: str = ""
    has_children: bool = False


def target_of(model: type[Base], name: str) -> type[Base] | None:
    """The model that a foreign key or a many-to-many relation of that name leads to; None when it is neither."""
    mapper = inspect(model)
    if name in mapper.relationships:
        relation = mapper.relationships[name]
        return relation.mapper.class_ if relation.secondary is not None else None
    return referred(model, name) if attribute(model, name) is not None else None


def search(session: Session, viewer: Viewer, model: type[Base], keyword: str) -> tuple[list[Pick], bool]:
    """Up to ``MOST`` visible records that the keyword finds, and whether there are more; all when it is empty."""
    found = _offered(model, viewer, keyword)
    return _picks(session, viewer, model, _open_to_choice(found, model), with_path=True)


def children(session: Session, viewer: Viewer, model: type[Base], parent: int | None) -> tuple[list[Pick], bool]:
    """What stands directly below ``parent`` in a tree; without one, the topmost that the viewer sees."""
    above: Any = model.parent_id  # type: ignore[attr-defined]
    mine = _open_to_choice(_offered(model, viewer), model)
    if parent is not None:
        return _picks(session, viewer, model, mine.where(above == parent), most=SHORT)
    seen = visible(model, viewer).with_only_columns(_key(model))
    return _picks(session, viewer, model, mine.where(or_(above.is_(None), above.not_in(seen))), most=SHORT)


def short_table(session: Session, viewer: Viewer, model: type[Base]) -> list[Pick] | None:
    """All that the viewer may choose, when it is no tree and at most ``SHORT`` rows; else None."""
    if is_tree(model):
        return None
    mine = _open_to_choice(_offered(model, viewer), model)
    if count(session, mine, model, cap=SHORT) > SHORT:
        return None
    return _picks(session, viewer, model, mine, most=SHORT)[0]


def chosen(session: Session, viewer: Viewer, model: type[Base], ids: Iterable[int]) -> list[Pick]:
    """The records with these ids in that order, without those that the viewer does not see."""
    wanted = list(dict.fromkeys(ids))[:SHORT]
    if not wanted:
        return []
    rows = session.execute(_offered(model, viewer).where(_key(model).in_(wanted))).unique().scalars()
    known = {row.id: row for row in rows}  # type: ignore[attr-defined]
    return [_pick(session, known[one], is_tree(model)) for one in wanted if one in known]


def line_of(session: Session, model: type[Base], identity: int) -> list[int]:
    """The ids from the top of a tree down to the record; empty when there is none of that id."""
    record = session.get(model, identity)
    return [one.id for one in ancestors(session, record)] if record is not None else []


def record(session: Session, viewer: Viewer, model: type[M], identity: int) -> M:
    """The record that was chosen; NotFound when the viewer could not have chosen it."""
    if model is not User:
        return get(session, model, identity, viewer)
    found = session.execute(_offered(model, viewer).where(_key(model) == identity)).unique().scalar_one_or_none()
    if found is None:
        raise NotFound("没有找到这个用户，可能已删除，或不在您的数据范围内。")
    return found


def _offered(model: type[M], viewer: Viewer, keyword: str = "") -> Select[M]:
    """What the viewer may choose from: what they see, and of people more (``scope.people_to_choose``)."""
    if model is not User:
        return answer(model, viewer, Question(keyword=keyword)) if keyword else visible(model, viewer)
    whole = replace(viewer, scope="all")
    return answer(model, whole, Question(keyword=keyword)).where(people_to_choose(viewer))


def _key(model: type[Base]) -> Any:
    return inspect(model).primary_key[0]


def _open_to_choice(statement: Select[Any], model: type[Base]) -> Select[Any]:
    """Without what may no longer be chosen: people who left, words and types out of use."""
    columns = inspect(model).column_attrs
    return statement.where(columns["is_active"].class_attribute) if "is_active" in columns else statement


def _picks(session: Session, viewer: Viewer, model: type[Base], statement: Select[Any], *, with_path: bool = False, most: int = MOST) -> tuple[list[Pick], bool]:
    rows = list(session.execute(_in_reading_order(statement, model).limit(most + 1)).unique().scalars())
    shown = rows[:most]
    parents = _with_children(session, viewer, model, [row.id for row in shown]) if is_tree(model) else set()
    picks = [_pick(session, row, with_path)._replace(has_children=row.id in parents) for row in shown]
    return picks, len(rows) > most


def _in_reading_order(statement: Select[Any], model: type[Base]) -> Select[Any]:
    names = inspect(model).column_attrs
    wanted = ("position", "code") if is_tree(model) else ("position", "name", "plate", "code")
    order = [getattr(model, name) for name in wanted if name in names]
    return statement.order_by(None).order_by(*order, _key(model))


def _with_children(session: Session, viewer: Viewer, model: type[Base], ids: Sequence[int]) -> set[int]:
    above: Any = model.parent_id  # type: ignore[attr-defined]
    below = _open_to_choice(visible(model, viewer), model).where(above.in_(ids))
    return set(session.scalars(below.with_only_columns(above).distinct()))


def _pick(session: Session, row: Any, with_path: bool) -> Pick:
    path = path_words(session, row) if with_path and is_tree(type(row)) else ""
    return Pick(row.id, title_of(row), path, _hint(row))


def _hint(row: Any) -> str:
    """A second line that tells records of the same name apart. Of a person nothing but the department."""
    if isinstance(row, User):
        return row.department.name if row.department else row.enterprise.name if row.enterprise else ""
    if is_tree(type(row)):
        return ""
    owner = getattr(row, "enterprise", None)
    parts = [getattr(row, "credit_code", None) or getattr(row, "code", None), getattr(owner, "short_name", None)]
    return " · ".join(str(part) for part in parts if part and str(part) != title_of(row))
