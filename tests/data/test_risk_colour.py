"""What the rule of the four colours promises, whatever is the case in a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.choices.risks import RISK_EFFECTS
from data.rules.risk_colour import FIRST_RULES, KINDS, LOW, Contribution, Rule, assess, instants

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


def contribution(kind: str, key: str = "1", *, minutes: float = 1, level: int = LOW, until: datetime | None = None) -> Contribution:
    return Contribution(kind, f"{kind}:{key}", NOW - timedelta(minutes=minutes), kind, level=level, until=until)


contributions = st.lists(
    st.builds(
        contribution,
        st.sampled_from([kind.code for kind in KINDS]),
        st.integers(0, 50).map(str),
        minutes=st.integers(-10, 100_000),
        level=st.integers(1, 4),
        until=st.one_of(st.none(), st.integers(-60, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))),
    ),
    max_size=12,
    unique_by=lambda one: (one.kind, one.key),
)
rules = st.one_of(
    st.just(list(FIRST_RULES)),
    st.lists(st.builds(Rule, st.sampled_from([kind.code for kind in KINDS]), st.integers(0, 20), st.sampled_from([one.code for one in RISK_EFFECTS])), max_size=10),
)


@given(contributions, contributions, rules)
def test_a_further_contribution_never_makes_a_zone_milder(some: list[Contribution], more: list[Contribution], table: list[Rule]) -> None:
    known = {(one.kind, one.key) for one in some}
    added = [one for one in more if (one.kind, one.key) not in known]
    assert assess([*some, *added], table, NOW).level <= assess(some, table, NOW).level


@given(contributions, rules, st.randoms())
def test_the_order_is_of_no_matter(some: list[Contribution], table: list[Rule], random: object) -> None:
    shuffled, turned = list(some), list(table)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert assess(shuffled, turned, NOW) == assess(some, table, NOW)


@given(contributions, rules)
def test_the_same_is_always_the_same_and_what_is_told_twice_counts_once(some: list[Contribution], table: list[Rule]) -> None:
    assert assess(some, table, NOW) == assess([*some, *some], table, NOW)


@given(contributions, rules)
def test_the_level_is_that_of_its_gravest_reason_and_low_without_any(some: list[Contribution], table: list[Rule]) -> None:
    found = assess(some, table, NOW)
    assert found.level == (found.reasons[0].level if found.reasons else LOW)
    assert all(one.contribution.holds(NOW) for one in found.reasons)


@given(contributions, rules)
def test_between_two_of_its_instants_nothing_changes(some: list[Contribution], table: list[Rule]) -> None:
    start, end = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    corners = [*instants(some, table, start, end), end]
    for begins, ends in pairwise(corners):
        assert assess(some, table, begins).signature == assess(some, table, ends - timedelta(microseconds=1)).signature


@pytest.mark.parametrize(
    ("case", "level"),
    [
        ([], 4),
        ([contribution("event", level=3)], 3),
        ([contribution("alarm_1")], 1),
        ([contribution("alarm_2")], 3),
        ([contribution("event", level=3), contribution("alarm_2")], 2),
        ([contribution("event", level=1), contribution("alarm_2")], 1),
        ([contribution("alarm_2", minutes=60)], 2),
        ([contribution("silent", minutes=9)], 4),
        ([contribution("silent", minutes=10)], 3),
        ([contribution("danger_major")], 2),
        ([contribution("danger_major_over")], 1),
        ([contribution("danger_general", str(number)) for number in range(4)], 4),
        ([contribution("danger_general", str(number)) for number in range(5)], 3),
        ([contribution("danger_general_over", minutes=30 * 1440)], 2),
        ([contribution("event", level=3), contribution("measure")], 2),
        ([contribution("alarm_1", minutes=10, until=NOW)], 4),
    ],
)
def test_the_first_rules_mean_what_they_say(case: list[Contribution], level: int) -> None:
    assert assess(case, FIRST_RULES, NOW).level == level
