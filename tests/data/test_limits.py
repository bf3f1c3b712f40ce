"""Promises of the limit rules: when a value becomes an alarm, and when it stops being one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.rules.limits import Limits, Step, Watch, classify, elapse, ordering_errors, step

LIMITS = Limits(low_low=1.0, low=2.0, high=10.0, high_high=12.0, dead_band=0.5)


def run(limits: Limits, *values: tuple[float, float]) -> tuple[list[Step], str]:
    watch = Watch()
    steps = [change for ts, value in values if (change := step(limits, watch, ts, value))]
    return steps, watch.state


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (0.5, "low_low"),
        (1.0, "low_low"),
        (1.5, "low"),
        (2.0, "low"),
        (5.0, ""),
        (10.0, "high"),
        (11.0, "high"),
        (12.0, "high_high"),
        (99.0, "high_high"),
    ],
)
def test_a_value_at_a_limit_breaks_it(value: float, state: str) -> None:
    assert classify(LIMITS, value, "") == state


def test_a_value_inside_the_dead_band_keeps_its_state() -> None:
    assert run(LIMITS, (1, 10.1), (2, 9.6), (3, 10.1), (4, 9.6)) == ([Step("", "high")], "high")


def test_leaving_the_dead_band_is_the_way_back() -> None:
    assert run(LIMITS, (1, 10.1), (2, 9.4)) == ([Step("", "high"), Step("high", "")], "")


def test_high_high_comes_back_through_high() -> None:
    assert run(LIMITS, (1, 12.5), (2, 11.4), (3, 9.0))[0] == [
        Step("", "high_high"),
        Step("high_high", "high"),
        Step("high", ""),
    ]


def test_a_spike_shorter_than_the_minimum_duration_is_no_alarm() -> None:
    assert run(LIMITS._replace(min_duration_s=10), (1, 11), (5, 11), (8, 5), (12, 11)) == ([], "")


def test_a_value_that_stays_is_an_alarm_after_the_minimum_duration() -> None:
    assert run(LIMITS._replace(min_duration_s=10), (1, 11), (6, 11), (11, 11))[0] == [Step("", "high")]


def test_a_value_holds_until_the_next_one_comes() -> None:
    limits, watch = LIMITS._replace(min_duration_s=10), Watch()
    assert step(limits, watch, 1, 11) is None
    assert elapse(limits, watch, 10) is None
    assert elapse(limits, watch, 11) == Step("", "high")
    assert elapse(limits, watch, 99) is None


def test_climbing_from_high_to_high_high_keeps_the_time_already_waited() -> None:
    assert run(LIMITS._replace(min_duration_s=10), (1, 11), (6, 12.5), (11, 12.5))[0] == [Step("", "high_high")]


def test_from_one_side_to_the_other_in_one_step_names_both() -> None:
    assert run(LIMITS, (1, 13), (2, 0.5))[0] == [Step("", "high_high"), Step("high_high", "low_low")]


def test_history_changes_nothing() -> None:
    watch = Watch(last_ts=100)
    assert step(LIMITS, watch, 100, 99) is None
    assert step(LIMITS, watch, 50, 99) is None
    assert watch == Watch(last_ts=100)


def test_a_limit_that_is_not_set_never_alarms() -> None:
    assert run(Limits(), (1, 1e9), (2, -1e9)) == ([], "")


@given(st.lists(st.floats(-5, 20, allow_nan=False), min_size=1, max_size=60), st.floats(0, 3))
def test_the_state_always_explains_the_last_value(values: list[float], dead_band: float) -> None:
    limits = LIMITS._replace(dead_band=dead_band)
    _, state = run(limits, *enumerate(values, 1))
    assert classify(limits, values[-1], state) == state


@given(st.lists(st.floats(-5, 20, allow_nan=False), max_size=60))
def test_steps_form_a_chain(values: list[float]) -> None:
    steps, state = run(LIMITS, *enumerate(values, 1))
    assert [one.after for one in steps] == [one.before for one in steps[1:]] + [state] * bool(steps)


def test_limits_out_of_order_are_named_at_their_fields() -> None:
    errors = ordering_errors(Limits(low=5, high=3, high_high=200, dead_band=-1), 0, 100)
    assert errors == {
        "high": "高限应大于低限 5。",
        "high_high": "高高限应在量程 0～100 之内。",
        "dead_band": "死区不能小于 0。",
    }


def test_limits_in_order_have_no_errors() -> None:
    assert ordering_errors(LIMITS, 0, 15) == {}
