"""Colours stand in one place, for both themes, and charts take them from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.charts import CONFIG, bars, figure, gaps, limit_lines, palette, ring, template

ASSETS = Path(__file__).parents[2] / "assets"
THEME = ASSETS / "10-theme.css"
DECLARED = re.compile(r"(--[\w-]+)\s*:")
USED = re.compile(r"var\((--[\w-]+)")


def css(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)


def block(selector: str) -> set[str]:
    """Names declared under exactly this selector."""
    found = re.findall(r"([^{}]+)\{([^{}]*)\}", css(THEME))
    return {name for selectors, body in found if selectors.strip() == selector for name in DECLARED.findall(body)}


def test_every_colour_of_the_light_theme_has_its_dark_value() -> None:
    light, dark = block(':root, [data-theme="light"]'), block('[data-theme="dark"]')
    assert light - dark == set(), "a token that stays light on the dark ground"


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.css")), ids=lambda path: path.name)
def test_every_token_in_use_is_declared(path: Path) -> None:
    source = css(path)
    known = {name for sheet in ASSETS.glob("*.css") for name in DECLARED.findall(css(sheet))}
    unknown = {
        name for name in USED.findall(source) if name not in known and not re.search(rf"var\({name}\s*,", source)
    }
    assert unknown == set()


@pytest.mark.parametrize(
    "path", [path for path in sorted(ASSETS.glob("*.css")) if path != THEME], ids=lambda path: path.name
)
def test_colours_are_written_only_in_the_theme(path: Path) -> None:
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b(?![^{]*\{)|rgba?\(\s*\d", css(path)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_can_be_read_on_their_ground(theme: str) -> None:
    colours = palette(theme)
    assert contrast(colours.text, colours.surface) >= 7
    assert contrast(colours.muted, colours.surface) >= 4.5


def test_charts_use_the_categories_in_their_order() -> None:
    assert list(figure("light").layout.template.layout.colorway)[:3] == ["#1F5FD0", "#14A79A", "#C08A1E"]
    assert figure("dark").layout.template.layout.colorway[0] == "#C3D0E4"


def test_no_curve_of_the_room_has_the_colour_of_a_state() -> None:
    colours = palette("dark")
    assert {colours.danger, colours.warn, colours.ok}.isdisjoint(template("dark").layout.colorway)


def test_charts_speak_chinese_and_have_no_mode_bar() -> None:
    assert CONFIG["displayModeBar"] is False
    assert CONFIG["locales"][CONFIG["locale"]]["format"]["date"] == "%Y-%m-%d"


def test_a_ranking_is_sorted_and_at_most_ten_long() -> None:
    drawn = bars("light", [f"企业{n}" for n in range(14)], list(range(14)), top=True).data[0]
    assert list(drawn.x) == list(range(4, 14)), "Plotly draws from below: the largest is the last"


def test_a_ring_keeps_the_total_whatever_it_puts_together() -> None:
    values = [9, 8, 7, 6, 5, 4, 3, 2, 1]
    drawn = ring("light", [f"类{n}" for n in range(9)], values).data[0]
    assert sum(drawn.values) == sum(values)
    assert drawn.labels[-1] == "其他"


def test_a_limit_is_a_dashed_line_with_its_name_and_value() -> None:
    drawn = limit_lines("dark", [("高高", 12.4, "danger")])
    assert drawn["annotations"][0]["text"] == "高高 12.4"
    assert drawn["shapes"][0]["line"]["dash"] == "dash"


def test_missing_data_are_found_between_two_readings() -> None:
    from datetime import datetime, timedelta

    start = datetime(2026, 1, 1)
    times = [start, start + timedelta(seconds=10), start + timedelta(seconds=100)]
    assert gaps(times, 30) == [(times[1], times[2])]


def contrast(first: str, second: str) -> float:
    """WCAG 2.2 contrast ratio of two #RRGGBB colours."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
