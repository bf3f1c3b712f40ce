"""The curves of all points of one tank on one time axis: level large, the others below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from dashboard.charts import Theme, figure, gaps, palette
from data.telemetry import Bucket

BUCKETS = 500
LIMIT_WORDS = (
    ("high_high", "高高", "danger"),
    ("high", "高", "warn"),
    ("low", "低", "warn"),
    ("low_low", "低低", "danger"),
)
LONG = timedelta(hours=36)  # from here on a time of day does not say when
_RANGE_OPACITY = 0.22
_BAND = {"danger": 0.16, "warn": 0.12}
_SPACE = 0.07
_MAIN = 2.4


class TrendMark(NamedTuple):
    """An alarm on the curve: when it was raised, how it is called, its level."""

    at: datetime
    words: str
    level: int


class TrendPoint(NamedTuple):
    """One curve. ``limits`` maps high_high, high, low, low_low to values in ``unit``, without those that are not set."""

    label: str
    unit: str
    decimals: int
    period_s: float
    range_low: float
    range_high: float
    limits: dict[str, float]
    curve: Sequence[Bucket]
    marks: Sequence[TrendMark] = ()


def tank_trend(theme: Theme, points: Sequence[TrendPoint], start: datetime, end: datetime, time_zone: str) -> go.Figure:
    """Three traces a point: the curve, its part beyond 高 or 低, its part beyond 高高 or 低低; after all of them the range
    between least and most of every point whose buckets hold several values.

    Missing data stay a gap, shaded and named with its length. A bucket that touched a limit shows the value that did, not
    its mean. Times are shown in ``time_zone``.
    """
    zone = ZoneInfo(time_zone)
    air = max(timedelta(seconds=60), (end - start) * 0.015)
    layout: dict[str, Any] = {"shapes": [], "annotations": []}
    traces: list[Any] = []
    ranges: list[Any] = []
    for number, (point, domain) in enumerate(zip(points, _domains(len(points)), strict=True), 1):
        panel = _Panel(theme, point, number, zone, start, end)
        traces += panel.traces()
        ranges += panel.ranges()
        layout["shapes"] += panel.shapes()
        layout["annotations"] += panel.annotations()
        layout[panel.axis_name] = panel.axis() | {"domain": list(domain)}
    last = "y" if len(points) <= 1 else f"y{len(points)}"
    across = {
        "type": "date",  # said, because an axis without values would be taken for one of numbers
        "range": [local(start, zone), local(end + air, zone)],
        "fixedrange": True,
        "tickformat": "%m-%d" if end - start > timedelta(days=3) else "%m-%d %H:%M" if end - start > LONG else "%H:%M",
        "anchor": last,
        "nticks": 7,
        "tickangle": 0,
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": palette(theme).muted,
        "hoverformat": "%m-%d %H:%M:%S",
    }
    margin = {"l": 50, "r": 74, "t": 24, "b": 24}
    return figure(
        theme,
        *traces,
        *ranges,
        showlegend=False,
        xaxis=across,
        hoversubplots="axis",
        hovermode="x unified",
        uirevision="trend",
        margin=margin,
        **layout,
    )


def holes(curve: Sequence[Bucket], period_s: float, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Where data are missing between the first bucket and ``end``: longer than three periods, and than a curve can show."""
    longest = max(3 * period_s, 90.0, 1.5 * (end - start).total_seconds() / BUCKETS)
    return gaps([*(bucket.ts for bucket in curve), end], longest) if curve else []


def _domains(count: int) -> list[tuple[float, float]]:
    """Bottom and top of each panel, the first one large and on top."""
    if count <= 1:
        return [(0.0, 1.0)] * count
    unit = (1.0 - _SPACE * (count - 1)) / (_MAIN + count - 1)
    top = 1.0
    found = []
    for number in range(count):
        height = unit * (_MAIN if number == 0 else 1.0)
        found.append((max(0.0, top - height), top))
        top -= height + _SPACE
    return found


class _Panel:
    """One point's part of the figure."""

    def __init__(
        self, theme: Theme, point: TrendPoint, number: int, zone: ZoneInfo, start: datetime, end: datetime
    ) -> None:
        self.point, self.zone, self.start, self.end = point, zone, start, end
        self.is_main = number == 1
        self.axis_id = "y" if number == 1 else f"y{number}"
        self.axis_name = "yaxis" if number == 1 else f"yaxis{number}"
        self.colours = palette(theme)
        self.values = [(bucket.ts, telling(bucket, point.limits)) for bucket in point.curve]
        self.low, self.high = self._extent()
        self.holes = holes(point.curve, point.period_s, start, end)

    def _extent(self) -> tuple[float, float]:
        values = [value for bucket in self.point.curve for value in (bucket.low, bucket.high)]
        values = values or [self.point.range_low, self.point.range_high]
        low, high = min(values), max(values)
        reach = max(high - low, 0.15 * (self.point.range_high - self.point.range_low))
        near = [limit for limit in self.point.limits.values() if low - reach <= limit <= high + reach]
        low, high = min([low, *near]), max([high, *near])
        air = max((high - low) * 0.12, 0.02 * (self.point.range_high - self.point.range_low), 10**-self.point.decimals)
        return low - air, high + air

    def _tone(self, value: float) -> str:
        limits = self.point.limits
        if value >= limits.get("high_high", float("inf")) or value <= limits.get("low_low", float("-inf")):
            return "danger"
        return "warn" if value >= limits.get("high", float("inf")) or value <= limits.get("low", float("-inf")) else ""

    def traces(self) -> list[go.Scatter]:
        starts = {start for start, _ in self.holes}
        rows: list[tuple[datetime, float | None]] = []
        for ts, value in self.values:
            at = local(ts, self.zone)
            rows.append((at, value))
            if ts in starts:
                rows.append((at, None))
        times = [at for at, _ in rows]
        width = 2 if self.is_main else 1.6
        shown = f"%{{y:.{self.point.decimals}f}} {self.point.unit}"
        place = {"x": times, "yaxis": self.axis_id, "mode": "lines"}
        curve = go.Scatter(
            y=[value for _, value in rows],
            line={"color": self.colours.curve, "width": width},
            name=self.point.label,
            hovertemplate=shown,
            **place,
        )
        parts = [curve]
        for tone, colour in (("warn", self.colours.warn), ("danger", self.colours.danger)):
            beyond = [value if value is not None and self._tone(value) == tone else None for _, value in rows]
            parts.append(go.Scatter(y=beyond, line={"color": colour, "width": width + 1}, hoverinfo="skip", **place))
        return parts

    def ranges(self) -> list[go.Scatter]:
        """The band between the least and the most value of each bucket, broken where data are missing."""
        if all(bucket.samples < 2 for bucket in self.point.curve):
            return []
        starts = {start for start, _ in self.holes}
        stretches: list[list[Bucket]] = [[]]
        for bucket in self.point.curve:
            stretches[-1].append(bucket)
            if bucket.ts in starts:
                stretches.append([])
        x: list[datetime | None] = []
        y: list[float | None] = []
        for stretch in stretches:
            there, back = stretch, stretch[::-1]
            x += [*(local(bucket.ts, self.zone) for bucket in [*there, *back]), None]
            y += [*(bucket.high for bucket in there), *(bucket.low for bucket in back), None]
        place = {"yaxis": self.axis_id, "mode": "none", "fill": "toself", "hoverinfo": "skip"}
        return [go.Scatter(x=x, y=y, fillcolor=self.colours.curve, opacity=_RANGE_OPACITY, **place)]

    def shapes(self) -> list[dict[str, Any]]:
        place = {"xref": "paper", "x0": 0, "x1": 1, "yref": self.axis_id}
        shapes: list[dict[str, Any]] = []
        for kind, _, tone in LIMIT_WORDS:
            limit = self.point.limits.get(kind)
            if limit is None or not self.low <= limit <= self.high:
                continue
            colour = getattr(self.colours, tone)
            shapes.append(
                place
                | {"type": "line", "y0": limit, "y1": limit, "line": {"color": colour, "width": 1.2, "dash": "dash"}}
            )
            band = {"type": "rect", "y0": limit, "y1": self._edge(kind), "layer": "below", "line": {"width": 0}}
            shapes.append(place | band | {"fillcolor": colour, "opacity": _BAND[tone]})
        domain = {"yref": f"{self.axis_id} domain", "y0": 0, "y1": 1}
        for start, end in self.holes:
            hole = {
                "type": "rect",
                "x0": local(start, self.zone),
                "x1": local(end, self.zone),
                "layer": "below",
                "line": {"width": 0},
            }
            shapes.append(domain | hole | {"fillcolor": self.colours.stale, "opacity": 0.16})
        for mark in self.point.marks:
            at = local(mark.at, self.zone)
            line = {
                "type": "line",
                "x0": at,
                "x1": at,
                "line": {"color": self._of_level(mark.level), "width": 1.2, "dash": "dot"},
            }
            shapes.append(domain | line)
        return shapes

    def _edge(self, kind: str) -> float:
        """How far the band beyond a limit goes: to the next limit, or to the edge of the panel."""
        further = {"high": "high_high", "low": "low_low"}.get(kind, "")
        edge = self.high if kind.startswith("high") else self.low
        limit = self.point.limits.get(further, edge)
        return min(limit, self.high) if kind.startswith("high") else max(limit, self.low)

    def annotations(self) -> list[dict[str, Any]]:
        point, colours = self.point, self.colours
        words = f"<b>{point.label}</b> {point.unit}"
        place = {"showarrow": False, "yref": f"{self.axis_id} domain"}
        notes = [
            place
            | {
                "xref": "paper",
                "x": 0,
                "y": 1,
                "xanchor": "left",
                "yanchor": "bottom",
                "xshift": -46,
                "yshift": 2,
                "text": words,
                "font": {"color": colours.text, "size": 12},
            }
        ]
        for kind, name, tone in LIMIT_WORDS:
            limit = point.limits.get(kind)
            if limit is not None and self.low <= limit <= self.high:
                text = f"{name} {limit:.{point.decimals}f}"
                notes.append(
                    {
                        "xref": "paper",
                        "x": 1,
                        "xshift": 4,
                        "yref": self.axis_id,
                        "y": limit,
                        "xanchor": "left",
                        "showarrow": False,
                        "text": text,
                        "font": {"color": getattr(colours, tone), "size": 11},
                    }
                )
        for start, end in self.holes:
            if end - start > (self.end - self.start) * 0.03 and self.is_main:
                middle = local(start + (end - start) / 2, self.zone)
                notes.append(
                    place
                    | {
                        "x": middle,
                        "y": 0,
                        "yanchor": "bottom",
                        "text": f"缺 {length_words(end - start)}",
                        "font": {"color": colours.stale, "size": 11},
                    }
                )
        return notes + [self._name(mark) for mark in self._named()]

    def _named(self) -> list[TrendMark]:
        """The alarms that have room for their name, the newest first."""
        room = (self.end - self.start) * 0.2
        named: list[TrendMark] = []
        for mark in reversed(self.point.marks):
            if not named or named[-1].at - mark.at > room:
                named.append(mark)
        return named

    def _name(self, mark: TrendMark) -> dict[str, Any]:
        at = local(mark.at, self.zone)
        side = "right" if mark.at > self.start + (self.end - self.start) / 2 else "left"
        text = f"{at:%m-%d %H:%M} {mark.words}" if self.end - self.start > LONG else f"{at:%H:%M} {mark.words}"
        return {
            "x": at,
            "yref": f"{self.axis_id} domain",
            "y": 1,
            "xanchor": side,
            "yanchor": "top",
            "showarrow": False,
            "text": text,
            "font": {"color": self._of_level(mark.level), "size": 11},
            "bgcolor": self.colours.surface,
            "borderpad": 2,
        }

    def _of_level(self, level: int) -> str:
        return self.colours.danger if level == 1 else self.colours.warn if level in (2, 3) else self.colours.stale

    def axis(self) -> dict[str, Any]:
        decimals = max(0, min(self.point.decimals, 3) - (1 if self.high - self.low > 1 else 0))
        return {
            "range": [self.low, self.high],
            "fixedrange": True,
            "tickformat": f".{decimals}f",
            "nticks": 6 if self.is_main else 3,
        }


def telling(bucket: Bucket, limits: dict[str, float]) -> float:
    """The mean, or the extreme of a bucket in which a limit was reached: an average must not hide it."""
    if bucket.high >= limits.get("high", limits.get("high_high", float("inf"))):
        return bucket.high
    return bucket.low if bucket.low <= limits.get("low", limits.get("low_low", float("-inf"))) else bucket.mean


def length_words(span: timedelta) -> str:
    """13 分, 5 小时, 3 天: as exact as a picture of that length can show."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} 分"
    return f"{round(minutes / 60)} 小时" if minutes < 2880 else f"{round(minutes / 1440)} 天"


def local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
