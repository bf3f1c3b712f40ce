"""Promises of the rules on how a value moves: neither noise nor history raises, and what is raised ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.rules.motion import Motion, Moved, motion_faults, move

FAST, FLAT = Motion(rate_limit=0.5), Motion(flat_s=600)


def told(motion: Motion, values: list[tuple[float, float]], moved: Moved | None = None, may_raise: bool = True) -> list[tuple[str, bool]]:
    mine = moved or Moved()
    return [(turn.condition, turn.is_raised) for ts, value in values for turn in move(motion, mine, ts, value, may_raise)]


def test_a_level_that_rises_faster_than_its_limit_is_told_and_ends() -> None:
    rising = [(1000.0 + 10 * n, 5 + 0.1 * n) for n in range(13)]
    calm = [(1130.0 + 10 * n, 6.2) for n in range(13)]
    assert told(FAST, rising + calm) == [("rate", True), ("rate", False)]
    falling = [(1000.0 + 10 * n, 5 - 0.1 * n) for n in range(13)]
    assert told(FAST, falling) == [("rate", True)]


def test_one_step_within_the_limit_of_a_minute_is_no_rate() -> None:
    assert told(FAST, [(1000.0 + n, 5.0 if n < 30 else 5.4) for n in range(120)]) == []


def test_nobody_knows_how_a_value_moved_in_a_long_gap() -> None:
    assert told(FAST, [(1000.0, 5.0), (1700.0, 9.0)]) == []
    assert told(FLAT, [(1000.0, 5.0), (1700.0, 5.0)]) == []


def test_a_value_that_never_changes_is_told_until_it_does() -> None:
    same = [(1000.0 + 60 * n, 5.0) for n in range(12)]
    assert told(FLAT, same) == [("flat", True)]
    assert told(FLAT, [*same, (1800.0, 5.01)]) == [("flat", True), ("flat", False)]
    assert told(FLAT, [(1000.0 + 60 * n, 5.0 + 0.01 * (n % 2)) for n in range(60)]) == []


def test_late_values_and_suspension_raise_nothing_but_what_is_raised_may_end() -> None:
    moved = Moved()
    told(FLAT, [(1000.0 + 60 * n, 5.0) for n in range(12)], moved)
    assert told(FLAT, [(900.0, 7.0)], moved) == []
    assert moved.raised == {"flat"}
    assert told(FLAT, [(1720.0, 5.0)], Moved(), may_raise=False) == []
    assert told(FLAT, [(1730.0, 8.0)], moved, may_raise=False) == [("flat", False)]


@given(st.lists(st.tuples(st.integers(1, 400), st.floats(-10, 10)), max_size=60))
def test_conditions_begin_and_end_in_turn(steps: list[tuple[int, float]]) -> None:
    ts, values = 1000.0, []
    for seconds, value in steps:
        ts += seconds
        values.append((ts, value))
    moved = Moved()
    for condition in ("rate", "flat"):
        turns = [is_raised for name, is_raised in told(Motion(0.5, 300), values, Moved()) if name == condition]
        assert turns == [number % 2 == 0 for number in range(len(turns))]
    assert len(moved.recent) == 0


def test_what_cannot_be_judged_is_refused() -> None:
    assert motion_faults(1.0, None, 900) == {"rate_limit": "上报周期超过 600 秒的测点不能判变化率。"}
    assert motion_faults(None, 1, 60) == {"flat_minutes": "不能短于三个上报周期（180 秒）。"}
    assert motion_faults(1.0, 30, 10) == {}
