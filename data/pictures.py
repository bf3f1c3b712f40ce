"""Charts as pictures (PNG) for documents: horizontal bars and lines over months, with Chinese words.

The drawing library is loaded by the first picture, not with this module: a web worker that draws none does not pay for it.
Nothing global is touched (figures of their own, a font named by its file), so threads may draw at the same time.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from math import isnan, nan
from typing import Any

from data.colours import tokens
from data.settings import current_settings

WIDTH = 1200  # px: 158.75 mm at this density, the width of the text on an A4 page
DPI = 192
MOST_NAME = 18
EMPTY = "没有数据"
_WORDS, _SMALL = 9.0, 8.0  # pt
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_NO_GLYPH = "□"
_CATEGORIES = 8
_MONTH = re.compile(r"\d{4}-\d{2}")

Value = float | None


def bars(title: str, names: Sequence[str], values: Sequence[Value], unit: str, *, width: int = WIDTH, height: int | None = None) -> bytes:
    """Horizontal bars in the order given, the first on top, each with its number; a value that is not known (None) is "—"."""
    figure, axes = _figure(title, unit, width, height or 130 + 52 * max(len(names), 2))
    if not names:
        return _nothing(figure, axes)
    paint = tokens("light")
    places = range(len(names))
    axes.barh(places, [value or 0 for value in values], height=0.62, color=paint["primary"])
    axes.set_yticks(places, [_shown(name, MOST_NAME) for name in names])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["left"].set_color(paint["axis"])
    most = max((value for value in values if value is not None), default=0) or 1
    axes.set_xlim(min(0, *(value or 0 for value in values), 0), most * 1.14)
    for place, value in zip(places, values, strict=True):
        words = "—" if value is None else number(value)
        _text(axes.annotate(words, (max(value or 0, 0), place), xytext=(4, 0), textcoords="offset points", va="center", color=paint["text"]), _WORDS)
    return _written(figure, axes)


def lines(title: str, names: Sequence[str], series: Mapping[str, Sequence[Value]], unit: str, *, width: int = WIDTH, height: int = 480) -> bytes:
    """One line a series over ``names`` (months), each with its last number; a gap where a value is not known (None)."""
    figure, axes = _figure(title, unit, width, height)
    drawn = {name: [nan if value is None else float(value) for value in values] for name, values in series.items()}
    known = [value for values in drawn.values() for value in values if not isnan(value)]
    if not known:
        return _nothing(figure, axes)
    paint = tokens("light")
    places = range(len(names))
    for number_of, (name, values) in enumerate(drawn.items()):
        colour, marker = paint[f"c{number_of % _CATEGORIES + 1}"], _MARKERS[number_of % len(_MARKERS)]
        axes.plot(places, values, color=colour, marker=marker, markersize=3.5, linewidth=1.6, label=_shown(name, MOST_NAME))
    least, most = min(0.0, *known), max(known)
    axes.set_ylim(least, least + ((most - least) or 1) * 1.12)
    axes.set_xlim(-0.4, len(names) - 0.2)
    axes.set_xticks(places, _months(names))
    axes.grid(axis="y", color=paint["grid"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set_color(paint["axis"])
    _whole_numbers(axes)
    _last_numbers(axes, drawn)
    if len(drawn) > 1:
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(drawn), frameon=False, prop=_font(_SMALL), borderaxespad=0.2, handlelength=1.6, columnspacing=1.2)
    return _written(figure, axes)


def number(value: float) -> str:
    """A number with separators of thousands and at most two places."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0")


# ---- The frame ---------------------------------------------------------------------------------------------------------


def _figure(title: str, unit: str, width: int, height: int) -> tuple[Any, Any]:
    """An empty picture of so many pixels, and its axes: title at the left, unit beside it, no frame."""
    _prepare()
    from matplotlib.figure import Figure

    paint = tokens("light")
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, layout="constrained", facecolor=paint["surface"])
    axes = figure.add_subplot()
    axes.set_facecolor(paint["surface"])
    for spine in axes.spines.values():
        spine.set_color("none")
    axes.tick_params(length=0, colors=paint["muted"])
    words = f"{title}（{unit}）" if title and unit else title or (f"单位：{unit}" if unit else "")
    if words:
        _text(axes.set_title(_shown(words, 60), loc="left", color=paint["text"], pad=8), _WORDS + 1)
    return figure, axes


def _nothing(figure: Any, axes: Any) -> bytes:
    axes.set_xticks([])
    axes.set_yticks([])
    _text(axes.text(0.5, 0.5, EMPTY, transform=axes.transAxes, ha="center", va="center", color=tokens("light")["muted"]), _WORDS)
    return _written(figure, axes)


def _written(figure: Any, axes: Any) -> bytes:
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        _text(label, _SMALL)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def _whole_numbers(axes: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _last_numbers(axes: Any, drawn: Mapping[str, Sequence[float]]) -> None:
    """The last known number at the end of each line, moved apart where two would lie on each other."""
    low, high = axes.get_ylim()
    ends = sorted(_ends(drawn))
    apart = (high - low) * 0.075
    heights = [value for value, _, _ in ends]
    for before, after in pairwise(range(len(ends))):
        heights[after] = max(heights[after], heights[before] + apart)
    for height, (value, place, at) in zip(heights, ends, strict=True):
        _text(axes.annotate(number(value), (place, height), xytext=(5, 0), textcoords="offset points", va="center", color=tokens("light")[f"c{at % _CATEGORIES + 1}"]), _SMALL)


def _ends(drawn: Mapping[str, Sequence[float]]) -> Iterator[tuple[float, int, int]]:
    """Last known value of each series, where it stands, and the place of the series."""
    for at, values in enumerate(drawn.values()):
        known = [(value, place) for place, value in enumerate(values) if not isnan(value)]
        if known:
            yield (*known[-1], at)


# ---- Words -------------------------------------------------------------------------------------------------------------


def _prepare() -> None:
    """Let the library keep its list of fonts below the data directory: its default is the home of whoever runs the platform."""
    os.environ.setdefault("MPLCONFIGDIR", str((current_settings().data_dir / "cache" / "matplotlib").absolute()))


@lru_cache
def _font_file() -> str:
    """The Chinese font: Noto Sans SC (SIL Open Font License), which the package carries."""
    from pylopdf_fonts_zh_cn import sans_path

    return str(sans_path())


def _font(size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_font_file(), size=size)


@lru_cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(_font_file()).get_charmap())


def _months(names: Sequence[str]) -> list[str]:
    """Names below the lines: of months (2026-11) the month, and the year once and at each January."""
    if not all(_MONTH.fullmatch(name) for name in names):
        return [_shown(name, MOST_NAME) for name in names]
    return [f"{int(name[5:])}月" + (f"\n{name[:4]}年" if place == 0 or name.endswith("-01") else "") for place, name in enumerate(names)]


def _shown(text: str, most: int) -> str:
    """The text as it can be drawn: one line, no longer than ``most``, a box for a sign that the font does not have."""
    line = " ".join(text.split())
    cut = line if len(line) <= most else line[: most - 1] + "…"
    return "".join(sign if ord(sign) in _glyphs() else _NO_GLYPH for sign in cut)


def _text(drawn: Any, size: float) -> None:
    """Gives a piece of text its font; a dollar sign in a name is a dollar sign, not mathematics."""
    drawn.set_fontproperties(_font(size))
    drawn.set_parse_math(False)
