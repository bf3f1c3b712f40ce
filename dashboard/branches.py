"""The tree of several kinds of record at the left of a list: /branches/<resource>, one branch at a time.

The browser names a list and a branch; what is read follows from the declaration (``Resource.branches``), within the viewer's scope.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import Dash
from flask import Response, jsonify, request
from sqlalchemy import Select, exists
from sqlalchemy.orm import Session

from auth.session import current_viewer
from dashboard.resource import Resource, resources_of
from data.columns import referred, title_of
from data.db import read_session
from data.errors import Invalid, NotFound
from data.models import Base
from data.query import Question, answer, visible
from data.values import storable
from data.viewer import Viewer

MOST, FOUND, LONGEST = 500, 30, 100
_ID = re.compile(r"[0-9]{1,18}")


class Level(NamedTuple):
    """A kind of record in the tree: its filter of the list, its model, what all of it fulfil, and the name of the way up."""

    name: str
    model: type[Base]
    where: dict[str, Any]
    above: str


def levels(resource: Resource) -> list[Level]:
    """The levels of the resource's tree, the topmost first."""
    found: list[Level] = []
    for one in resource.branches:
        model = referred(resource.model, one.name)
        assert model is not None, "checked when the resource was declared"
        found.append(Level(one.name, model, dict(one.where), found[-1].name if found else ""))
    return found


def register(app: Dash) -> None:
    """Add the address to the server of ``app``; the guard before it lets signed-in people through only."""

    @app.server.get("/branches/<resource_key>")
    def branches(resource_key: str) -> Response:
        viewer = current_viewer()
        resource = resources_of(app).get(resource_key)
        if resource is None or not resource.branches:
            raise NotFound("没有这个列表，请刷新页面。")
        resource.admit(viewer)
        with read_session() as session:
            return jsonify(items=_asked(session, viewer, resource))


def line_of(session: Session, viewer: Viewer, resource: Resource, chosen: dict[str, str]) -> list[str]:
    """The branches from the top to the one that is chosen, each as ``field:id``; empty when none is."""
    every = levels(resource)
    place = max((number for number, one in enumerate(every) if chosen.get(one.name)), default=-1)
    if place < 0 or not _ID.fullmatch(chosen[every[place].name]):
        return []
    line, identity = [], int(chosen[every[place].name])
    for number in range(place, -1, -1):
        level = every[number]
        line.insert(0, f"{level.name}:{identity}")
        row = session.scalars(_wanted(level, viewer).where(level.model.id == identity)).unique().first()  # type: ignore[attr-defined]
        if row is None or not level.above:
            break
        identity = getattr(row, level.above)
    return line


def _asked(session: Session, viewer: Viewer, resource: Resource) -> list[dict[str, Any]]:
    every, given = levels(resource), request.args
    keyword = storable(given.get("q", "")).strip()[:LONGEST]
    if keyword:
        found = [(number, level, answer(level.model, viewer, Question(keyword=keyword, filters=level.where))) for number, level in enumerate(every)]
        return [item for number, level, rows in found for item in _items(session, viewer, resource, every, number, rows.limit(FOUND))]
    name = given.get("field", "")
    if not name:
        return _items(session, viewer, resource, every, 0, _wanted(every[0], viewer).where(_has_below(viewer, resource, every, 0)).limit(MOST))
    place = next((number for number, one in enumerate(every) if one.name == name), len(every))
    if place + 1 >= len(every) or not _ID.fullmatch(given.get("parent", "")):
        raise Invalid("编号不正确，请刷新页面。")
    below = every[place + 1]
    return _items(session, viewer, resource, every, place + 1, _wanted(below, viewer).where(getattr(below.model, name) == int(given["parent"])).limit(MOST))


def _wanted(level: Level, viewer: Viewer) -> Select[Any]:
    return answer(level.model, viewer, Question(filters=level.where))


def _has_below(viewer: Viewer, resource: Resource, every: Sequence[Level], place: int) -> Any:
    """Whether something of the next level, or of the list itself below the only level, belongs to the record."""
    level = every[place]
    rows = _wanted(every[place + 1], viewer) if place + 1 < len(every) else visible(resource.model, viewer)
    model = every[place + 1].model if place + 1 < len(every) else resource.model
    return exists(rows.with_only_columns(model.id).where(getattr(model, level.name) == level.model.id).correlate(level.model))  # type: ignore[attr-defined]


def _items(session: Session, viewer: Viewer, resource: Resource, every: Sequence[Level], place: int, wanted: Select[Any]) -> list[dict[str, Any]]:
    level = every[place]
    rows = session.scalars(wanted.order_by(level.model.name, level.model.id)).unique().all()  # type: ignore[attr-defined]
    parents: set[int] = set()
    if place + 1 < len(every):
        below = every[place + 1]
        back = getattr(below.model, level.name)
        parents = set(session.scalars(_wanted(below, viewer).where(back.in_([one.id for one in rows])).with_only_columns(back).distinct()))
    return [{"field": level.name, "id": one.id, "word": getattr(one, "short_name", None) or title_of(one), "path": title_of(one), "has_children": one.id in parents} for one in rows]
