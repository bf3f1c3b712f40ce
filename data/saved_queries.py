"""Queries that people keep under a name, for themselves or for all of the authority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from data.errors import Forbidden, Invalid
from data.models import Base, SavedQuery
from data.query import Question, answer, get, visible
from data.save import create, delete
from data.viewer import Viewer, system_viewer

MOST = 100


def of(session: Session, viewer: Viewer, resource: str) -> Sequence[SavedQuery]:
    """The viewer's own and the shared queries of a list, by name."""
    wanted = visible(SavedQuery, viewer).where(SavedQuery.resource == resource)
    return session.scalars(wanted.order_by(SavedQuery.name, SavedQuery.id).limit(MOST)).all()


def keep(session: Session, viewer: Viewer, resource: str, model: type[Base], name: str, conditions: Mapping[str, Any], *, is_shared: bool) -> SavedQuery:
    """The query under its name. Invalid when it asks for something that cannot be asked."""
    name = name.strip()
    if not name or len(name) > 60:
        raise Invalid("请填写查询名称，最多 60 个字。", {"name": "请填写查询名称，最多 60 个字。"})
    if not conditions.get("all") and not conditions.get("any"):
        raise Invalid("请先添加条件。")
    answer(model, system_viewer("check"), Question(conditions=conditions))
    values = {"user_id": viewer.id, "resource": resource, "name": name, "question": Question(conditions=conditions).plain(), "is_shared": is_shared}
    return create(session, SavedQuery, viewer, values)


def drop(session: Session, viewer: Viewer, identity: int) -> None:
    """Forget a query; only who keeps it may."""
    query = get(session, SavedQuery, identity, viewer)
    if query.user_id != viewer.id:
        raise Forbidden(f"这个查询由{query.user.name}保存，只有本人可以删除。")
    delete(session, query, viewer, "不再使用")
