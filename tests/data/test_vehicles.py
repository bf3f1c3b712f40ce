"""What a track tells: where a truck stood, how far it drove, what is left out, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from data.db import connection_raw
from data.db import session as database_session
from data.errors import Invalid, NotFound
from data.models import Terminal
from data.settings import Settings
from data.telemetry import PositionRow, TrackPoint, day_of, ensure_partitions, store_positions
from data.vehicles import distance_m, masked, stops, summed, thinned, vehicle_cards, vehicle_detail, vehicle_track
from tests.park import Park, make_park

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
METRE = 1 / 111_195  # degrees of latitude


@pytest.fixture(scope="module")
def park(database: Settings) -> Park:
    with database_session() as current:
        return make_park(current)


@pytest.fixture
def session(park: Park) -> Iterator[Session]:
    """A session whose changes are gone after the test."""
    with database_session() as current:
        yield current
        current.rollback()


def point(second: float, metres: float = 0.0, speed: float = 0.0, flags: int = 0) -> TrackPoint:
    return TrackPoint(NOON + timedelta(seconds=second), 120.43, 41.42 + metres * METRE, speed, 0, flags, 0)


def drive(start: float, seconds: int, speed: float = 36.0) -> list[TrackPoint]:
    """Northwards at ``speed``, a point every 10 s."""
    return [point(start + at, at * speed / 3.6, speed) for at in range(0, seconds, 10)]


def stand(start: float, seconds: int, metres: float = 0.0) -> list[TrackPoint]:
    return [point(start + at, metres) for at in range(0, seconds, 10)]


def test_two_minutes_in_one_place_are_a_stop() -> None:
    (stop,) = stops([*stand(0, 150), *drive(150, 60)])
    assert stop.start == NOON, "it began with the first point at rest"
    assert stop.seconds == 150, "and ended when it drove off"


def test_a_red_light_is_no_stop() -> None:
    assert stops([*drive(0, 60), *stand(60, 60, 600), *drive(120, 60)]) == [], "one minute"


def test_one_fix_that_jumps_does_not_break_a_stop_in_two() -> None:
    (stop,) = stops([*stand(0, 100), point(100, 5, 8.0), *stand(110, 100), *drive(210, 30)])
    assert stop.seconds == 210, "one stand of three and a half minutes"


def test_length_and_time_count_only_what_was_driven() -> None:
    found = summed([*drive(0, 110), *stand(110, 300, 1000)], limit_kmh=60)
    assert found.length_km == pytest.approx(1.0, abs=0.01), "a kilometre north"
    assert found.moving_s == pytest.approx(110, abs=10), "and the stand is not driving"


def test_a_gap_is_no_time_in_motion() -> None:
    found = summed([*drive(0, 60), *drive(3660, 60)], limit_kmh=60)
    assert found.moving_s < 130, "the hour without a fix is not counted as driving"


def test_points_without_a_fix_are_left_out_and_counted() -> None:
    found = summed([*drive(0, 60), point(60, 90_000, 36.0, flags=1), *drive(70, 60)], limit_kmh=60)
    assert found.dropped_count == 1, "one point had no fix"
    assert found.length_km < 2, "and its place is not driven to"


def test_late_points_are_in_the_track_and_counted() -> None:
    found = summed([point(0, 0, 36), point(10, 100, 36, flags=2), point(20, 200, 36)], limit_kmh=60)
    assert (len(found.points), found.late_count) == (3, 1), "all three, one of them late"


def test_thinning_keeps_the_ends_and_the_fastest_moment() -> None:
    points = [point(second, second, 90.0 if second == 777 else 30.0) for second in range(2000)]
    kept = thinned(points, 100)
    assert len(kept) <= 101, "few enough to draw"
    assert (kept[0], kept[-1]) == (points[0], points[-1]), "from the first to the last"
    assert max(one.speed_kmh for one in kept) == 90.0, "the speeding is not thinned away"


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert distance_m(120.43, 41.0, 120.43, 42.0) == pytest.approx(111_195, rel=1e-4), "mean radius of the earth"


@pytest.mark.parametrize(
    ("phone", "shown"), [("13812346621", "138****6621"), ("0421-2610110", "042****0110"), (None, "")]
)
def test_a_telephone_number_is_shown_without_its_middle(phone: str | None, shown: str) -> None:
    assert masked(phone) == shown, "masked for screens that many people see"


def test_the_track_is_that_of_the_hours_that_were_asked_for(session: Session, park: Park) -> None:
    _store(park, [NOON.timestamp() - 5400, NOON.timestamp() - 60, NOON.timestamp() - 30])
    viewer = park.viewer("duty")
    short = vehicle_track(session, park.vehicle.id, 1, viewer, now=NOON)
    long = vehicle_track(session, park.vehicle.id, 2, viewer, now=NOON)
    assert (len(short.points), len(long.points)) == (2, 3), "one hour leaves the oldest out"
    assert long.limit_kmh == 60, "with the vehicle's own limit"


def test_another_span_than_those_offered_is_refused(session: Session, park: Park) -> None:
    with pytest.raises(Invalid, match="24 小时"):
        vehicle_track(session, park.vehicle.id, 9999, park.viewer("duty"), now=NOON)


def test_the_vehicle_of_another_enterprise_has_no_track_and_no_detail(session: Session, park: Park) -> None:
    stranger = park.viewer("duty", scope="own_enterprise", enterprise_id=park.first.id)
    with pytest.raises(NotFound, match="危化品车辆"):
        vehicle_track(session, park.vehicle.id, 1, stranger, now=NOON)
    with pytest.raises(NotFound, match="危化品车辆"):
        vehicle_detail(session, park.vehicle.id, stranger)
    assert vehicle_cards(session, stranger) == [], "nor a line in the list"


def test_a_vehicle_without_a_terminal_says_so(session: Session, park: Park) -> None:
    session.get_one(Terminal, park.terminal.id).vehicle_id = None
    session.flush()
    with pytest.raises(NotFound, match="没有绑定车载终端"):
        vehicle_track(session, park.vehicle.id, 1, park.viewer("duty"), now=NOON)
    assert vehicle_detail(session, park.vehicle.id, park.viewer("duty"))["terminal"] is None, "its card says 未绑定"


def _store(park: Park, instants: list[float]) -> None:
    """Positions of the park's truck, as the writer stores them."""
    rows = [
        PositionRow(park.terminal.id, ts, serial, ts, 120.43, 41.42 + serial * 0.001, 40.0, 0, 0, 0, 3, 0, None)
        for serial, ts in enumerate(instants)
    ]
    raw = connection_raw()
    with raw, raw.cursor() as cursor:
        ensure_partitions(cursor, {day_of(ts) for ts in instants})
        store_positions(cursor, rows, fresh=True)
    raw.close()
