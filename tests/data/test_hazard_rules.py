"""The pure rules around major hazard installations: risk by LEC, when plans fall due, what is in a tank, the next level."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.first_risks import METHODS
from data.hazard_running import next_step
from data.identifying import identified
from data.rules import risk
from data.rules.plan_cycles import (
    assessment_due,
    drill_due,
    filing_due,
    months_after,
    review_due,
    working_days_after,
)
from data.rules.tank_content import filled_share

BANDS = {one.code: [risk.Band(floor, takes, level) for floor, takes, level, _ in one.bands] for one in METHODS}


@pytest.mark.parametrize(("score", "level"), [(320.1, 1), (320, 2), (160.1, 2), (160, 3), (70.1, 3), (70, 4), (0.05, 4)])
def test_a_band_begins_above_its_limit(score: float, level: int) -> None:
    assert risk.level(BANDS["LEC"], score) == level


def test_the_working_names_the_limits_of_the_edition_by_which_it_was_made() -> None:
    found = risk.concluded("LS", BANDS["LS"], [risk.Event("泄漏", 3, None, 5), risk.Event("灼烫", 1, None, 2)])
    assert found == (15, 2, ("泄漏：R = L × S = 3 × 5 = 15，较大风险", "灼烫：R = L × S = 1 × 2 = 2，低风险", "取最高 R = 15，R ≥ 15，R < 20，为较大风险"))
    assert risk.concluded("LEC", BANDS["LEC"], [risk.Event("跌落", 0.5, 0.5, 3)]).working[-1] == "取最高 D = 0.75，D ≤ 70，为低风险"


def test_the_gravest_event_decides_and_the_working_says_why() -> None:
    found = risk.concluded("LEC", BANDS["LEC"], [risk.Event("法兰泄漏", 3, 6, 7), risk.Event("雷击引燃", 0.5, 1, 40), risk.Event("超压破裂", 1, 6, 40)])
    assert (found.score, found.level) == (240, 2)
    assert found.working == (
        "法兰泄漏：D = L × E × C = 3 × 6 × 7 = 126，一般风险",
        "雷击引燃：D = L × E × C = 0.5 × 1 × 40 = 20，低风险",
        "超压破裂：D = L × E × C = 1 × 6 × 40 = 240，较大风险",
        "取最高 D = 240，D > 160，D ≤ 320，为较大风险",
    )


def test_months_end_where_the_month_does() -> None:
    assert [months_after(date(2024, 8, 31), months) for months in (6, 12, 36)] == [date(2025, 2, 28), date(2025, 8, 31), date(2027, 8, 31)]
    assert months_after(date(2024, 2, 29), 36) == date(2027, 2, 28)


def test_a_plan_is_filed_within_twenty_working_days() -> None:
    assert working_days_after(date(2026, 11, 27), 1) == date(2026, 11, 30)
    assert filing_due(date(2026, 11, 2), None) == date(2026, 11, 30)
    assert filing_due(date(2026, 11, 2), date(2026, 11, 9)) is None


def test_reviews_come_every_three_years_and_drills_by_the_kind_of_plan() -> None:
    assert review_due(date(2024, 3, 1), date(2025, 6, 1)) == date(2028, 6, 1)
    assert review_due(date(2024, 3, 1), None) == date(2027, 3, 1)
    assert drill_due("onsite", date(2024, 3, 1), date(2026, 5, 15)) == date(2026, 11, 15)
    assert drill_due("special", date(2024, 3, 1), date(2026, 5, 15)) == date(2027, 5, 15)
    assert drill_due("comprehensive", date(2026, 6, 1), date(2025, 5, 15)) == date(2027, 6, 1)
    assert assessment_due(date(2023, 11, 29)) == date(2026, 11, 29)
    assert assessment_due(None) is None


@pytest.mark.parametrize("shape", ["vertical", "floating", "sphere", "horizontal"])
def test_a_tank_is_empty_half_full_and_full(shape: str) -> None:
    assert [round(filled_share(shape, level, 12.0), 9) for level in (-1, 0, 6, 12, 13)] == [0, 0, 0.5, 1, 1]


@given(st.sampled_from(["vertical", "sphere", "horizontal"]), st.floats(0, 10), st.floats(0, 10))
def test_a_higher_level_never_means_less(shape: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert filled_share(shape, low, 10.0) <= filled_share(shape, high, 10.0) + 1e-12


@pytest.mark.parametrize(
    ("people", "tonnes", "present", "expected"),
    [
        (57, "1949.4", 3, (2, 86)),  # R = 58.482 at the design maximum: 50 is 85.5 % of it
        (57, "1949.4", 2, (None, None)),
        (57, "1949.4", None, (4, 3)),  # at S = 1, which is 2.6 % of it, R is 1.5
        (0, "400", None, (4, 13)),  # S = 8 at the design maximum: 1 is 12.5 % of it
    ],
)
def test_the_next_level_is_told_with_the_filling_that_reaches_it(people: int, tonnes: str, present: int | None, expected: tuple[int | None, int | None]) -> None:
    design = identified({"people": people, "substances": [{"name": "苯", "quantity_t": Decimal(tonnes), "beta_class": "W5.3"}]})
    assert next_step(design, present) == expected


def test_a_toxic_gas_may_begin_with_a_graver_level_at_once() -> None:
    phosgene = identified({"people": 100, "substances": [{"name": "光气", "quantity_t": Decimal(3)}]})
    assert next_step(phosgene, None) == (3, 10)
