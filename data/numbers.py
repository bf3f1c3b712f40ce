"""Numbers without a gap: each series counts on by itself in every year."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data.models import NumberSeries


def take(session: Session, series: str, year: int) -> int:
    """The next number of the series in the year, from 1. It belongs to this transaction: one that fails gives it back, and
    whoever else wants one waits until this one has ended, so that no number is lost or given twice."""
    first = insert(NumberSeries).values(series=series, year=year, last=1)
    statement = first.on_conflict_do_update(index_elements=["series", "year"], set_={"last": NumberSeries.last + 1})
    return session.execute(statement.returning(NumberSeries.last)).scalar_one()
