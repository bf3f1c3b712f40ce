"""Records that stand in a tree: divisions, departments, unit types. A tree model has ``parent_id``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, any_, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from data.models import Record

SLASH = " / "


def subtree(model: type[Record], top_id: int) -> Select[Any]:
    """The ids of a record and of all below it, as a sub-select."""
    # Without a name of its own: a scope and a filter may both look into the same tree.
    tree = select(model.id).where(model.id == top_id).cte(recursive=True)
    tree = tree.union_all(select(model.id).join(tree, model.parent_id == tree.c.id))  # type: ignore[attr-defined]
    return select(tree.c.id)


def within(column: Any, model: type[Record], top_id: int) -> ColumnElement[bool]:
    """Whether ``column`` refers to the record or to one below it. As an array, which is found once and looks up an index;
    of a sub-select the planner expects every row."""
    return column == any_(func.array(subtree(model, top_id).scalar_subquery(), type_=ARRAY(BigInteger)))


def above(model: type[Record], identity: int) -> Select[Any]:
    """The ids of a record and of all above it, as a sub-select."""
    tree = select(model.id, model.parent_id).where(model.id == identity).cte(recursive=True)  # type: ignore[attr-defined]
    tree = tree.union(select(model.id, model.parent_id).join(tree, model.id == tree.c.parent_id))  # type: ignore[attr-defined]
    return select(tree.c.id)


def ancestors(session: Session, record: Any) -> list[Any]:
    """The records above, the topmost first, and the record itself last."""
    line = [record]
    while line[0].parent_id is not None and len(line) < 20:
        above = session.get(type(record), line[0].parent_id)
        if above is None or above in line:
            break
        line.insert(0, above)
    return line


def path_words(session: Session, record: Any) -> str:
    """辽宁省 / 朝阳市 / 朝阳县 / 柳城街道."""
    return SLASH.join(one.name for one in ancestors(session, record))


def would_loop(session: Session, model: type[Record], identity: int, parent_id: int | None) -> bool:
    """Whether the record would come to stand below itself."""
    return parent_id is not None and session.scalar(select(model.id).where(model.id == parent_id, model.id.in_(subtree(model, identity)))) is not None
