"""Where the counted records lie: their places with the group of each, for a small map beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy.orm import Session

from data.query import answer, in_order
from data.statistics.dimensions import Dimension, joined
from data.statistics.parameters import question
from data.viewer import Viewer

MOST = 2000


class Spot(NamedTuple):
    """A record at its place (WGS-84 degrees); ``keys`` are its groups, in the order of the dimensions asked for."""

    id: int
    name: str
    lon: float
    lat: float
    keys: tuple[str, ...]


def spots(session: Session, viewer: Viewer, model: Any, dimensions: Sequence[Dimension], choices: Mapping[str, str], most: int = MOST) -> list[Spot]:
    """The records that the viewer sees and the choices leave, by id, at most ``most``."""
    plans = [one.plan(session, model, choices.get(one.name, "")) for one in dimensions]
    heads = [plan.heads(plan.row) for plan in plans]
    keys = [one.key.label(f"key{place}") for place, one in enumerate(heads)]
    wanted = joined(answer(model, viewer, question(model, choices)), [one.joins for one in heads])
    columns = (model.id, func.coalesce(model.short_name, model.name), model.lon, model.lat)
    rows = session.execute(in_order(wanted.with_only_columns(*columns, *keys, maintain_column_froms=True), model, [("id", False)]).limit(most))
    return [Spot(identity, name, lon, lat, tuple(str(key) for key in rest)) for identity, name, lon, lat, *rest in rows]
