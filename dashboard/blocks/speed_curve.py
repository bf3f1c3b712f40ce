"""The speed of a vehicle over its last hours, with its limit, its stops shaded and what was too fast in amber."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.charts import Theme, figure, limit_lines, palette
from data.telemetry import TrackPoint
from data.vehicles import GAP_SECONDS, Stop


def speed_curve(
    theme: Theme,
    points: Sequence[TrackPoint],
    stops: Sequence[Stop],
    *,
    limit_kmh: float,
    start: datetime,
    end: datetime,
    time_zone: str,
) -> go.Figure:
    """Trace 0 is the speed, trace 1 its part above the limit; ``customdata`` is the number of the point in ``points``."""
    zone = ZoneInfo(time_zone)
    times: list[datetime] = []
    speeds: list[float | None] = []
    numbers: list[int] = []
    for number, point in enumerate(points):
        at = _local(point.ts, zone)
        if number and (point.ts - points[number - 1].ts).total_seconds() > GAP_SECONDS:
            times.append(at - timedelta(seconds=1))
            speeds.append(None)
            numbers.append(number)
        times.append(at)
        speeds.append(point.speed_kmh)
        numbers.append(number)
    fast = [speed if speed is not None and speed > limit_kmh else None for speed in speeds]
    colours = palette(theme)
    traces = [
        go.Scatter(
            x=times,
            y=speeds,
            mode="lines",
            customdata=numbers,
            line={"color": colours.curve, "width": 1.6},
            hovertemplate="%{y:.0f} km/h<extra></extra>",
        ),
        go.Scatter(x=times, y=fast, mode="lines", line={"color": colours.warn, "width": 2.6}, hoverinfo="skip"),
    ]
    lines = limit_lines(theme, [("限", limit_kmh, "warn")])
    lines["shapes"] += [_shade(stop, zone, colours.stale) for stop in stops]
    top = max([limit_kmh * 1.15, *(point.speed_kmh * 1.1 for point in points)])
    return figure(
        theme,
        *traces,
        showlegend=False,
        margin={"l": 30, "r": 46, "t": 8, "b": 20},
        xaxis={
            "type": "date",
            "tickformat": "%H:%M",
            "range": [_local(start, zone), _local(end, zone)],
            "fixedrange": True,
            "nticks": 5,
        },
        yaxis={"range": [0, top], "fixedrange": True, "nticks": 4},
        **lines,
    )


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _shade(stop: Stop, zone: ZoneInfo, colour: str) -> dict[str, object]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": _local(stop.start, zone),
        "x1": _local(stop.end, zone),
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": colour,
        "opacity": 0.14,
    }
