"""What the scripted hour promises: calm, with the events that it names at their minutes."""

from __future__ import annotations

from functools import lru_cache

import pytest

from data.demo.enterprises import homes
from data.demo.plane import Point as Place
from data.demo.plane import contains, distance, to_local
from data.demo.points import points
from data.demo.roads import is_in_park
from data.demo.scenario import CYCLE_S, silent_gateways, values
from data.demo.transport import vehicles
from data.demo.trips import ACC_ON, DARK, OFFLINE, RACER, ROUTE_LEFT, SOS, SOS_PLATE, STRAYER, plates, truck
from data.rules.limits import Limits, Watch, step

STEP_S = 10


@lru_cache
def episodes() -> dict[tuple[str, str], float]:
    """(point, state) → first minute in which an alarm system that watches from minute 0 sees it."""
    found: dict[tuple[str, str], float] = {}
    limits = {
        p["code"]: Limits(p["low_low"], p["low"], p["high"], p["high_high"], p["dead_band"], p["min_duration_s"])
        for p in points()
    }
    watches = {code: Watch(last_ts=-1) for code in limits}
    for t in range(0, int(CYCLE_S), STEP_S):
        for code, value in values(t).items():
            change = step(limits[code], watches[code], t, value)
            found.setdefault((code, change.after if change else ""), t / 60)
    return {key: minute for key, minute in found.items() if key[1]}


def place(plate: str, t: float) -> Place:
    state = truck(plate, t)
    return to_local(state.lon, state.lat)


def test_only_the_scripted_points_alarm() -> None:
    assert {code for code, _ in episodes()} == {"V-305.TT", "V-101.LT", "V-603.TT", "V-203.GT1", "V-203.GT2"}, (
        "the rest of the park is calm"
    )


@pytest.mark.parametrize(
    ("code", "state", "earliest", "latest"),
    [
        ("V-305.TT", "low", 0.0, 1.0),
        ("V-101.LT", "high", 2.0, 3.0),
        ("V-101.LT", "high_high", 9.0, 10.0),
        ("V-203.GT1", "high", 13.0, 14.5),
        ("V-203.GT1", "high_high", 15.0, 16.0),
        ("V-203.GT2", "high", 14.5, 15.5),
        ("V-603.TT", "high", 21.0, 23.0),
    ],
)
def test_each_event_comes_at_its_minute(code: str, state: str, earliest: float, latest: float) -> None:
    assert earliest <= episodes()[code, state] <= latest, "as the script says"


def test_every_alarm_of_the_script_ends_within_the_hour() -> None:
    limits = {p["code"]: p for p in points()}
    calm = values(42 * 60)
    still = [
        code
        for code in ("V-101.LT", "V-603.TT", "V-203.GT1", "V-203.GT2", "V-305.TT")
        if not (limits[code]["low"] or -99) < calm[code] < limits[code]["high"]
    ]
    assert still == [], "at minute 42 all is well"


def test_values_stay_in_range_and_the_hour_closes_without_a_step() -> None:
    spans = {p["code"]: (p["range_low"], p["range_high"]) for p in points()}
    outside = [
        code
        for t in range(0, 3600, 120)
        for code, value in values(t).items()
        if not spans[code][0] <= value <= spans[code][1]
    ]
    assert outside == [], "nothing leaves its range"
    before, after = values(CYCLE_S - 1), values(CYCLE_S)
    jumps = [code for code in after if abs(after[code] - before[code]) > 0.01 * (spans[code][1] - spans[code][0])]
    assert jumps == [], "the next hour begins where the last ended"


def test_time_before_the_start_is_the_hour_before() -> None:
    assert values(-600) == values(3000) == values(6600), "the hour repeats both ways"


def test_levels_move_slowly_enough_to_be_believed() -> None:
    first, then = values(1800), values(1860)
    fastest = max(abs(then[code] - first[code]) for code in first if code.endswith(".LT"))
    assert 0.005 < fastest < 0.12, "some tanks are filled or drawn off, none faster than 0.12 m a minute"


def test_a_sensor_dies_and_a_gateway_falls_silent() -> None:
    assert "V-402.LT" in values(17 * 60) and "V-402.LT" not in values(20 * 60) and "V-402.LT" in values(32 * 60), (
        "dead from 18 to 31"
    )
    assert silent_gateways(37 * 60) == {"GW-03"} and not silent_gateways(41 * 60), "silent from 34 to 40"
    assert not any(code.startswith("V-104.") for code in values(0)), "a tank under repair reports nothing"


def test_one_transmitter_is_stuck_and_another_has_a_loose_contact_for_a_while() -> None:
    assert len({values(minute * 60)["V-303.TT"] for minute in range(60)}) == 1, "stuck for the whole hour"
    span = next(point["range_high"] - point["range_low"] for point in points() if point["code"] == "V-302.PT")
    jumps = [abs(values(t + 20)["V-302.PT"] - values(t)["V-302.PT"]) > 0.1 * span for t in range(0, 3580, 20)]
    assert {number * 20 // 60 for number, is_jump in enumerate(jumps) if is_jump} == set(range(40, 55)), "only from 40 to 55"


def test_trucks_never_jump_and_never_race_but_the_one() -> None:
    moves = [(plate, t) for plate in plates() for t in range(0, int(CYCLE_S), STEP_S)]
    speeds = {move: truck(*move).speed_kmh for move in moves}
    fastest = {plate: max(speeds[plate, t] for t in range(0, int(CYCLE_S), STEP_S)) for plate in plates()}
    assert max(fastest.values()) <= 80, "nobody exceeds the law's 80 km/h for dangerous goods"
    jumps = [
        (plate, t) for plate, t in moves if distance(place(plate, t), place(plate, t + STEP_S)) > 80 / 3.6 * STEP_S + 12
    ]
    assert jumps == [], "no truck is anywhere it could not have driven to"


def test_inside_the_park_only_one_truck_is_too_fast() -> None:
    fast = {
        plate
        for plate in plates()
        for t in range(0, int(CYCLE_S), STEP_S)
        if truck(plate, t).speed_kmh > 50 and is_in_park(place(plate, t))
    }
    assert fast == {RACER}, "all others keep to the park's limits"
    racing = [t for t in range(0, 600, STEP_S) if truck(RACER, t).speed_kmh > 63]
    assert 150 <= racing[0] <= 200 and len(racing) > 5, "it races from minute 3 on, longer than a minute"


def test_sos_is_pressed_standing_still_for_three_minutes() -> None:
    pressed = [t for t in range(0, int(CYCLE_S), STEP_S) if truck(SOS_PLATE, t).alarm_bits & SOS]
    assert (pressed[0], pressed[-1]) == (27 * 60, 30 * 60 - STEP_S), "from minute 27 to 30"
    assert {truck(SOS_PLATE, t).speed_kmh for t in pressed} == {0.0}, "it stands"
    assert truck(SOS_PLATE, 26 * 60).is_moving and is_in_park(place(SOS_PLATE, 27 * 60)), (
        "it was on its way through the park"
    )


def test_one_truck_leaves_its_road_and_says_so() -> None:
    astray = [t for t in range(0, int(CYCLE_S), STEP_S) if truck(STRAYER, t).alarm_bits & ROUTE_LEFT]
    assert 34 * 60 < astray[0] < 37 * 60, "at minute 35"
    assert not any(is_in_park(place(STRAYER, t)) for t in astray), "in the fields outside the gate"


def test_one_truck_is_off_line_and_many_drive() -> None:
    assert not truck(OFFLINE, 0).is_online and truck(OFFLINE, -3000).is_online, (
        "heard 47 minutes before the start for the last time"
    )
    driving = [sum(truck(plate, t).is_moving for plate in plates()) for t in range(0, int(CYCLE_S), 300)]
    assert min(driving) >= 8 and max(driving) <= 30, "some drive, some stand"


def test_mileage_only_grows() -> None:
    read = [truck("辽P·D2018", t).mileage_km for t in range(-3600, 7200, 300)]
    assert read == sorted(read) and read[-1] > read[0], "over the turn of the hour too"


def test_a_truck_without_signal_comes_back() -> None:
    online = [truck(DARK, minute * 60).is_online for minute in (40, 42, 46, 48)]
    assert online == [True, False, False, True], "no signal from 41 to 47"


def test_a_parked_truck_stands_in_the_yard_of_its_carrier_with_the_ignition_off() -> None:
    state, plot = (
        truck("冀H·J8832", 0),
        homes()[next(item["carrier"] for item in vehicles() if item["plate"] == "冀H·J8832")],
    )
    assert contains(plot.polygon, place("冀H·J8832", 0)), "in the yard"
    assert state.speed_kmh == 0.0 and not state.status_bits & ACC_ON, "standing, ACC off"
