"""What a key seems to say: right where the letters are those of the trade, silent where they are not."""

from __future__ import annotations

import pytest

from data.rules.point_guess import guess, name_of

TANKS = ["V-101", "V-10", "V-201"]


@pytest.mark.parametrize(
    ("key", "quantity", "unit", "tank"),
    [
        ("V101_LT", "level", "m", 0),
        ("Tank V-101/level", "level", "m", 0),
        ("LIA_V101.PV", "level", "m", 0),
        ("v201.pressure", "pressure", "MPa", 2),
        ("TIA-10201", "temperature", "℃", None),
        ("gds/V-201/H2S", "toxic", "ppm", 2),
        ("gds/V-10/LEL", "combustible", "%LEL", 1),
        ("罐区/V-101/温度", "temperature", "℃", 0),
        ("210001234560010101WD001", "temperature", "℃", None),
        ("210001234560010101KRQT001", "combustible", "%LEL", None),
        ("tempMax", "temperature", "℃", None),
        ("foo", "", "", None),
        ("", "", "", None),
    ],
)
def test_a_key_says_quantity_unit_and_tank(key: str, quantity: str, unit: str, tank: int | None) -> None:
    found = guess(key, TANKS)
    assert (found.quantity, found.unit, found.tank) == (quantity, unit, tank)


def test_a_name_is_that_of_the_tank_and_the_quantity_or_the_end_of_the_key() -> None:
    assert name_of("x/LT", "V-101 甲醇储罐", "level") == "V-101 甲醇储罐 液位"
    assert name_of("a/b.flow", "", "") == "flow"
