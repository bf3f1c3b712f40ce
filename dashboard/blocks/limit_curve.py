"""The curve of one measured point with its limits: what is beyond the limit of an alarm is drawn in the alarm's colour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.charts import Theme, figure, gaps, limit_lines, palette
from data.telemetry import Bucket

HIGH = ("high", "high_high")
FEW = 20  # so few values are dots too: a lonely one would be no line
COMING = timedelta(seconds=75)
_BAND = {"danger": 0.16, "warn": 0.12}


class CurveLimit(NamedTuple):
    """A limit of the point: code as in ``choices.ALARM_KINDS``, short word, value in the point's unit."""

    kind: str
    word: str
    value: float

    @property
    def tone(self) -> str:
        return "danger" if self.kind in ("high_high", "low_low") else "warn"


def limit_curve(
    theme: Theme,
    curve: Sequence[Bucket],
    span: tuple[datetime, datetime],
    limits: Sequence[CurveLimit],
    *,
    kind: str,
    limit: float | None,
    level: int,
    decimals: int,
    unit: str,
    period_s: float,
    time_zone: str,
) -> go.Figure:
    """Trace 0 is the curve, trace 1 its part beyond ``limit`` (empty without one). Times are shown in ``time_zone``.

    The time axis is ``span``, with room for what comes in the next minute; missing data stay a gap, shaded and named with its length. Only the limits on the side of ``kind`` are drawn.
    """
    zone = ZoneInfo(time_zone)
    side = (
        [one for one in limits if (one.kind in HIGH) == (kind in HIGH)]
        if kind in (*HIGH, "low", "low_low")
        else list(limits)
    )
    holes = gaps([*(bucket.ts for bucket in curve), span[1]], max(3 * period_s, 90.0))
    times, values = _with_holes(curve, {start for start, _ in holes}, zone)
    beyond = [value if value is not None and _is_beyond(value, kind, limit) else None for value in values]
    colours = palette(theme)
    hot = colours.danger if level == 1 else colours.warn
    shown = f"%{{y:.{decimals}f}} {unit}<extra></extra>"
    traces = [
        go.Scatter(
            x=times,
            y=values,
            mode="lines" if len(curve) > FEW else "lines+markers",
            line={"color": colours.curve, "width": 2},
            hovertemplate=shown,
        ),
        go.Scatter(x=times, y=beyond, mode="lines", line={"color": hot, "width": 3}, hoverinfo="skip"),
    ]
    low, high = _extent([value for value in values if value is not None], side, limit)
    near = [one for one in side if low <= one.value <= high]
    lines = limit_lines(theme, [(one.word, one.value, one.tone) for one in near])
    for note, one in zip(lines["annotations"], near, strict=True):
        note["text"] = f"{one.word} {one.value:.{decimals}f}"
    lines["shapes"] += [
        *_bands(side, low, high, hot=colours.danger, warm=colours.warn),
        *_shades(holes, zone, colours.stale),
    ]
    lines["annotations"] += _lengths(holes, zone, colours.stale)
    axis = {"range": [low, high], "fixedrange": True, "tickformat": f".{min(decimals, 2)}f"}
    return figure(
        theme,
        *traces,
        showlegend=False,
        xaxis={
            "type": "date",
            "range": [_local(span[0], zone), _local(span[1] + COMING, zone)],
            "tickformat": "%H:%M",
            "fixedrange": True,
            "nticks": 5,
        },
        yaxis=axis,
        uirevision="curve",
        **lines,
    )


def _with_holes(
    curve: Sequence[Bucket], starts: set[datetime], zone: ZoneInfo
) -> tuple[list[datetime], list[float | None]]:
    times: list[datetime] = []
    values: list[float | None] = []
    for bucket in curve:
        at = bucket.ts.astimezone(zone).replace(tzinfo=None)
        times.append(at)
        values.append(bucket.mean)
        if bucket.ts in starts:
            times.append(at)
            values.append(None)
    return times, values


def _is_beyond(value: float, kind: str, limit: float | None) -> bool:
    if limit is None:
        return False
    return value >= limit if kind in HIGH else value <= limit if kind in ("low", "low_low") else False


def _extent(values: Sequence[float], side: Sequence[CurveLimit], limit: float | None) -> tuple[float, float]:
    """Bottom and top of the axis: the values and the alarm's limit with some air; other limits only when they are near."""
    wanted = [*values, *([limit] if limit is not None else [])] or [one.value for one in side] or [0.0, 1.0]
    low, high = min(wanted), max(wanted)
    reach = (high - low) or abs(high) * 0.1 or 1.0
    near = [one.value for one in side if low - reach <= one.value <= high + reach]
    low, high = min([low, *near]), max([high, *near])
    air = ((high - low) or abs(high) * 0.1 or 1.0) * 0.12
    return low - air, high + air


def _bands(side: Sequence[CurveLimit], low: float, high: float, *, hot: str, warm: str) -> list[dict[str, Any]]:
    """Shaded from each limit to the next one further out, or to the edge of the chart."""
    bands = []
    for one in side:
        further = [
            other.value
            for other in side
            if (other.kind in HIGH) == (one.kind in HIGH)
            and (other.value > one.value) == (one.kind in HIGH)
            and other is not one
        ]
        edge = (min(further) if one.kind in HIGH else max(further)) if further else (high if one.kind in HIGH else low)
        colour = hot if one.tone == "danger" else warm
        place = {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": one.value,
            "y1": edge,
            "layer": "below",
            "line": {"width": 0},
        }
        bands.append(place | {"fillcolor": colour, "opacity": _BAND[one.tone]})
    return bands


def _shades(holes: Sequence[tuple[datetime, datetime]], zone: ZoneInfo, colour: str) -> list[dict[str, Any]]:
    place = {
        "type": "rect",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": colour,
        "opacity": 0.16,
    }
    return [place | {"x0": _local(start, zone), "x1": _local(end, zone)} for start, end in holes]


def _lengths(holes: Sequence[tuple[datetime, datetime]], zone: ZoneInfo, colour: str) -> list[dict[str, Any]]:
    named = [(start, end, round((end - start).total_seconds() / 60)) for start, end in holes]
    place = {"yref": "paper", "y": 0, "yanchor": "bottom", "showarrow": False, "font": {"size": 11, "color": colour}}
    return [
        place | {"x": _local(start + (end - start) / 2, zone), "text": f"缺 {minutes} 分"}
        for start, end, minutes in named
        if minutes >= 4
    ]


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
