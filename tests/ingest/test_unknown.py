"""Keys that no point claims are counted, bounded for each gateway, and forgotten when a point claims them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from data.db import connection_raw, read_session, session
from data.models import Point, UnknownPoint
from data.save import update
from data.settings import Settings
from ingest.directory import Directory
from ingest.pipeline import Unknown
from ingest.unknown import MOST, UnknownPoints
from tests.park import MAKER, make_park

AT = 1_764_000_000.0


@pytest.fixture
def gateway_id(fresh_database: Settings) -> int:
    with session() as current:
        return make_park(current).gateway.id


def kept() -> dict[str, int]:
    with read_session() as current:
        return {row.key: row.count for row in current.scalars(select(UnknownPoint)).unique()}


def write(unknown: UnknownPoints, directory: Directory) -> None:
    connection = connection_raw()
    with connection, connection.cursor() as cursor:
        unknown.write(cursor, directory.refresh())
    connection.close()
    unknown.written(0.0)


def test_keys_are_counted_bounded_and_swept(gateway_id: int) -> None:
    directory, unknown = Directory(), UnknownPoints()
    unknown.take([Unknown(gateway_id, f"k{number}", "1", "t") for number in range(MOST + 50)], AT)
    unknown.take([Unknown(gateway_id, "k0", "2", "t"), Unknown(gateway_id, f"k{MOST + 1}", "2", "t")], AT + 1)
    write(unknown, directory)
    unknown.take([Unknown(gateway_id, "k0", "3", "t")], AT + 2)
    write(unknown, directory)
    assert len(kept()) == MOST
    assert (kept()["k0"], kept()["k1"]) == (3, 1)
    with session() as current:
        update(current, current.scalars(select(Point).where(Point.code == "V-101.LT")).unique().one(), MAKER, {"key_path": "k0"})
    unknown.sweep()
    unknown.take([Unknown(gateway_id, "k0", "4", "t")], AT + 3)
    write(unknown, directory)
    assert "k0" not in kept()
    unknown.take([Unknown(gateway_id, "later", "1", "t")], AT + 4)
    write(unknown, directory)
    assert kept()["later"] == 1
