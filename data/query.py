"""Every read of business records: scoped, without the deleted, in a stable order, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    any_,
    case,
    cast,
    func,
    inspect,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from data.conditions import column, conditioned, filtered, pattern_of
from data.errors import NotFound
from data.models import Base, Record
from data.scope import scoped
from data.viewer import Viewer

M = TypeVar("M", bound=Base)

COUNT_CAP = 10_000
FEW = 1_000
MOST_SPLIT = 2  # words of a keyword that are looked up in each table by itself
MAX_SIZE = 200


@dataclass(frozen=True)
class Question:
    """What is asked of a list; only texts, numbers and lists of them, so that it can be stored, sent and subscribed to.

    ``keyword`` is looked for in the columns declared ``search=True``. ``filters`` maps a column to a value, to a list of
    values, to ``{"empty": True}``, or to ``{"from", "to", "through"}`` (``to`` is left out, ``through`` is not); a tree column takes all below the value.
    A path such as ``enterprise.division_id`` asks for a column of the one record that a relation leads to. ``conditions`` is
    the tree of an advanced query: ``{"all": […]}``, ``{"any": […]}`` or ``{"field", "op", "value"}``. ``ids`` keeps to the
    ticked rows. ``sort`` lists (column, descending).
    """

    keyword: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[int, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON; ``Question.of`` reads it back."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Question:
        """The question that ``plain`` was made from."""
        sort = tuple((str(name), bool(descending)) for name, descending in plain.get("sort", ()))
        return cls(
            keyword=str(plain.get("keyword", "")),
            filters=dict(plain.get("filters", {})),
            conditions=dict(plain.get("conditions", {})),
            ids=tuple(int(one) for one in plain.get("ids", ())),
            sort=sort,
        )


@dataclass(frozen=True)
class Page:
    """One page of rows. ``total`` stops at COUNT_CAP, then ``is_capped`` is set and the screen says 10 000+.

    ``number`` is the page that was found: the last one when a later one was asked for; negative numbers count from the end.
    """

    rows: list[Any]
    total: int
    is_capped: bool
    number: int = 1


class _Meaning(NamedTuple):
    """A condition as a join, and as it stands in an OR: there an array has indexes of both tables looked up, a join would read all rows."""

    alone: ColumnElement[bool]
    beside: ColumnElement[bool] | None = None


def visible(model: type[M], viewer: Viewer, *, deleted: bool = False) -> Select[M]:
    """All rows of ``model`` that the viewer may see: those that are not deleted, or with ``deleted`` only those that are."""
    statement = select(model)
    if issubclass(model, Record):
        statement = statement.where(model.deleted_at.is_not(None) if deleted else model.deleted_at.is_(None))
    return scoped(statement, model, viewer)


def get(session: Session, model: type[M], identity: int, viewer: Viewer, *, deleted: bool = False) -> M:
    """The row with that id; NotFound when it does not exist, is deleted or lies outside the viewer's scope."""
    wanted = visible(model, viewer, deleted=deleted).where(model.id == identity)  # type: ignore[attr-defined]
    row = session.execute(wanted).unique().scalar_one_or_none()
    if row is None:
        title = getattr(model, "__title__", "记录")
        raise NotFound(f"没有找到这条{title}，它可能已删除，或不在您的数据范围内。")
    return row


def answer(model: type[M], viewer: Viewer, question: Question, *, deleted: bool = False) -> Select[M]:
    """The rows that the question asks for, within the viewer's scope, in no order yet.

    Unknown or secret columns raise Invalid: names come from browsers.
    """
    statement = _without_keyword(model, viewer, question, deleted)
    for word in _words(question):
        statement = statement.where(_either(_meanings(model, viewer, word)))
    return statement


def ways(model: type[M], viewer: Viewer, question: Question, *, deleted: bool = False) -> list[Select[M]]:
    """Statements that together give the rows of ``answer``. A keyword may be in the record's own words or in those of a record
    to which it belongs: each way has its own index, and the planner knows for each whether it finds few or many."""
    found = [_without_keyword(model, viewer, question, deleted)]
    for place, word in enumerate(_words(question)):
        meanings = _meanings(model, viewer, word)
        alternatives = [one.alone for one in meanings] if place < MOST_SPLIT else [_either(meanings)]
        found = [one.where(meaning) for one in found for meaning in alternatives]
    return found


def _without_keyword(model: type[M], viewer: Viewer, question: Question, deleted: bool) -> Select[M]:
    statement = visible(model, viewer, deleted=deleted)
    for name, value in question.filters.items():
        statement = statement.where(filtered(model, name, value))
    if question.conditions:
        statement = statement.where(conditioned(model, question.conditions))
    return statement.where(_key(model).in_(question.ids)) if question.ids else statement


def in_order(statement: Select[M], model: type[Base], sort: Sequence[tuple[str, bool]], *, backwards: bool = False) -> Select[M]:
    """``statement`` with the order asked for; it always ends with the primary key, so that no page repeats or loses a row."""
    return statement.order_by(*_orders(model, sort, backwards, lambda name: column(model, name), _key(model)))


def _orders(model: type[Base], sort: Sequence[tuple[str, bool]], backwards: bool, of: Callable[[str], Any], key: Any) -> list[Any]:
    orders = []
    for name, descending in sort:
        target = of(name)
        goes_down = descending != backwards
        order = target.desc() if goes_down else target.asc()
        if inspect(model).column_attrs[name].columns[0].nullable:
            # Empty values stand last, whichever way; a column without any keeps PostgreSQL's own order, which indexes have.
            order = order.nulls_first() if backwards else order.nulls_last()
        orders.append(order)
    # The key goes the way of the first column, so that one index (column, key) gives both orders.
    is_down = sort[0][1] if sort else True
    return [*orders, key.desc() if is_down != backwards else key.asc()]


def count(session: Session, statement: Select[Any], model: type[Base], cap: int | None = COUNT_CAP) -> int:
    """How many rows the statement has; with a ``cap`` it stops counting one behind it."""
    keys = statement.with_only_columns(_key(model), maintain_column_froms=True).order_by(None)
    limited = keys.limit(cap + 1) if cap is not None else keys
    return session.scalar(select(func.count()).select_from(limited.subquery())) or 0


def page(session: Session, model: type[M], viewer: Viewer, question: Question, *, number: int = 1, size: int = 20, deleted: bool = False) -> Page:
    """Page ``number`` of what the question asks for: from 1, or from the end when negative (-1 is the last).

    A page near the end of many rows is read backwards, so it costs no more than one near the start.
    """
    statements = ways(model, viewer, question, deleted=deleted)
    size = max(1, min(int(size), MAX_SIZE))
    total, keys = _found(session, statements, model)
    is_capped = total > COUNT_CAP
    last = max(1, -(-min(total, COUNT_CAP) // size))
    if not is_capped:
        number = last + 1 + number if number < 0 else number
        number = max(1, min(number, last))
    number = number or 1
    backwards = number < 0
    skipped = (-number - 1 if backwards else number - 1) * size
    if is_capped:
        ordered = _first(statements, model, question.sort, skipped, size, backwards=backwards)
    elif total <= FEW:
        ordered = in_order(select(model).where(_key(model).in_(keys)), model, question.sort).offset(skipped).limit(size)
    else:
        ordered = _known(keys, model, question.sort, skipped, size)
    rows = list(session.execute(ordered).unique().scalars())
    return Page(rows[::-1] if backwards else rows, min(total, COUNT_CAP), is_capped, number)


def _found(session: Session, statements: Sequence[Select[Any]], model: type[Base]) -> tuple[int, list[int]]:
    """How many rows there are, as far as they are counted, and their keys unless they are more: what was found is not looked for again."""
    each = [one.with_only_columns(_key(model).label("key"), maintain_column_froms=True).order_by(None).limit(COUNT_CAP + 1) for one in statements]
    keys = (_together(each).limit(COUNT_CAP + 1) if len(each) > 1 else each[0]).subquery()
    every = case((func.count() <= COUNT_CAP, func.array_agg(keys.c.key, type_=ARRAY(BigInteger))))
    total, found = session.execute(select(func.count(), every)).one()
    return total, found or []


def _first(statements: Sequence[Select[M]], model: type[M], sort: Sequence[tuple[str, bool]], skipped: int, size: int, *, backwards: bool) -> Select[M]:
    """A page of very many rows, along the order. Of several ways each gives its first rows, and the first of these are the page."""
    if len(statements) == 1:
        return in_order(statements[0], model, sort, backwards=backwards).offset(skipped).limit(size)
    columns = list(dict.fromkeys([_key(model), *(column(model, name) for name, _ in sort)]))
    each = [in_order(one.with_only_columns(*columns, maintain_column_froms=True), model, sort, backwards=backwards).limit(skipped + size) for one in statements]
    found = _together(each).subquery()
    key = found.c[_key(model).name]
    shown = select(key).order_by(*_orders(model, sort, backwards, lambda name: found.c[column(model, name).key], key)).offset(skipped).limit(size)
    return in_order(select(model).where(_key(model).in_(shown)), model, sort, backwards=backwards)


def _together(statements: Sequence[Select[Any]]) -> Select[Any]:
    """The rows of all of them, each once; every statement keeps its own order and limit."""
    together = union(*(select(one.subquery()) for one in statements)).subquery()
    return select(together)


def _known(keys: Sequence[int], model: type[M], sort: Sequence[tuple[str, bool]], skipped: int, size: int) -> Select[M]:
    """A page of rows whose keys are known: put in order by what the order needs, then the page alone is read as a whole. Without the
    fence PostgreSQL may walk along the index of the order through a million rows until it has met enough of them."""
    columns = [_key(model), *(column(model, name) for name, _ in sort)]
    wanted = select(*dict.fromkeys(columns)).where(_key(model) == any_(literal(list(keys), ARRAY(BigInteger))))
    found = wanted.cte("found").prefix_with("MATERIALIZED")
    key = found.c[_key(model).name]
    shown = select(key).order_by(*_orders(model, sort, False, lambda name: found.c[column(model, name).key], key)).offset(skipped).limit(size)
    return in_order(select(model).where(_key(model).in_(shown)), model, sort)


def search_text(model: type[Base]) -> ColumnElement[str]:
    """What the keyword is looked for in: all ``search`` columns, apart by line breaks; empty where there are none. An index
    holds the same expression. The words of the records named in ``__found_by__`` are looked through besides."""
    wanted = [one.columns[0] for one in inspect(model).column_attrs if one.columns[0].info.get("search")]
    parts: list[Any] = [func.coalesce(one if isinstance(one.type, String) else cast(one, String), "") for one in wanted]
    return reduce(lambda text, part: text.op("||")("\n").op("||")(part), parts) if parts else literal("")


def _key(model: type[Base]) -> Any:
    return inspect(model).primary_key[0]


def _words(question: Question) -> list[str]:
    return question.keyword.split()[:5]


def _meanings(model: type[Base], viewer: Viewer, word: str) -> list[_Meaning]:
    """Where the word may stand: in the record's own words, or in those of a record in ``__found_by__``, as far as the viewer sees that."""
    pattern = f"%{pattern_of(word)}%"
    own = _Meaning(search_text(model).ilike(pattern))
    return [own, *(_named(model, relation, pattern, viewer) for relation in getattr(model, "__found_by__", ()))]


def _named(model: type[Base], relation: str, pattern: str, viewer: Viewer) -> _Meaning:
    found = inspect(model).relationships[relation]
    target: Any = found.mapper.class_
    own: Any = next(iter(found.local_columns))
    ids = visible(target, viewer).where(search_text(target).ilike(pattern)).with_only_columns(target.id)
    return _Meaning(own.in_(ids), own == any_(func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))))


def _either(meanings: Sequence[_Meaning]) -> ColumnElement[bool]:
    return or_(*(one.alone if one.beside is None else one.beside for one in meanings))
