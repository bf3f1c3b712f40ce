"""Charts as pictures: what is drawn is what was given, and the machine's fonts and home are left alone."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from PIL import Image

from data import pictures
from data.colours import tokens

MONTHS = [f"2026-{month:02d}" for month in range(1, 12)]


def drawn(content: bytes) -> numpy.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG"
        return numpy.asarray(picture.convert("RGB"))


def painted(picture: numpy.ndarray, name: str) -> numpy.ndarray:
    """Where the picture has exactly the colour of that token."""
    colour = [int(tokens("light")[name][at : at + 2], 16) for at in (1, 3, 5)]
    return (picture == colour).all(axis=2)


def test_a_bar_is_as_long_as_its_value() -> None:
    rows = painted(drawn(pictures.bars("隐患按属地", ["柳城街道", "二十家子镇", "羊山镇"], [400, 100, None], "条")), "primary").sum(axis=1)
    long, short = rows[: len(rows) // 2].max(), rows[len(rows) // 2 :].max()
    assert short == pytest.approx(long / 4, abs=3)


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    values = [3.0, 4.0, 5.0, None, None, None, None, 3.0, 4.0, 5.0, 6.0]
    columns = painted(drawn(pictures.lines("报警", MONTHS, {"报警": values}, "条")), "c1").any(axis=0)
    where = numpy.flatnonzero(columns)
    assert numpy.diff(where).max() > 400, "from March to August nothing is drawn"


def test_a_picture_has_the_size_that_was_asked_for() -> None:
    assert drawn(pictures.lines("报警", MONTHS, {"报警": [1] * 11}, "条", width=800, height=300)).shape == (300, 800, 3)
    assert drawn(pictures.bars("报警", ["甲"], [1], "条")).shape[1] == pictures.WIDTH


@pytest.mark.parametrize("name", ["名称很长的" * 30, "$x_1$ 与 $", "😀 emoji", "两\n行", "", "\x00"])
def test_any_name_can_be_drawn(name: str) -> None:
    pictures.bars(name, [name], [1], name)
    pictures.lines(name, [name], {name: [1.5], "其他": [1.5]}, name)


def test_nothing_to_draw_is_said_in_words() -> None:
    empty = drawn(pictures.bars("报警", [], [], "条"))
    assert (empty != drawn(pictures.bars("", [], [], ""))).any() and (empty < 200).any()
    assert (drawn(pictures.lines("", MONTHS, {"报警": [None] * 11}, "")) < 200).any()


def test_numbers_have_separators_and_no_idle_places() -> None:
    assert [pictures.number(value) for value in (1234567, 0, 12.5, 1234.567, -3.0)] == ["1,234,567", "0", "12.5", "1,234.57", "-3"]


def test_the_library_is_loaded_by_the_first_picture_and_writes_below_the_data_directory(tmp_path: Path) -> None:
    asked = (
        "import sys, data.pictures as p; assert 'matplotlib' not in sys.modules; "
        "p.bars('报警', ['甲'], [1], '条'); assert 'matplotlib.pyplot' not in sys.modules"
    )
    environment = {"PARK_DATA_DIR": str(tmp_path / "var"), "HOME": str(tmp_path / "home")}
    subprocess.run([sys.executable, "-W", "error", "-c", asked], env=environment, cwd=Path(pictures.__file__).parents[1], check=True)
    assert not (tmp_path / "home").exists()
    assert list((tmp_path / "var").rglob("fontlist*.json"))
