"""Small figures of homes and statistics, made of plain elements: ring with its table, ranking, shared bar, latest changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from dashboard.blocks.basic import NO_VALUE, icon, tag
from dashboard.moments import zone
from data.changes import Change
from data.choices import word
from data.choices.system import AUDIT_VERBS

CATEGORIES = tuple(f"--c{n}" for n in range(1, 9))
STEPS = tuple(f"--b{n}" for n in range(1, 5))
TONES = {"ok": "--ok", "warn": "--warn", "danger": "--danger", "primary": "--primary", "stale": "--stale", "note": "--warn"} | {f"risk-{level}": f"--risk-{level}" for level in range(1, 5)}
OTHER = "--c-other"
# What was done to a record, in the colour of its kind: begun or changed, settled, taken away.
VERB_TONES = {"create": "primary", "update": "primary", "confirm": "ok", "approve": "ok", "restore": "ok", "return": "warn", "delete": "danger"}


class Line(NamedTuple):
    """One name with its number. ``share`` in percent, ``token`` the name of its colour in the theme, ``text`` instead of the number."""

    label: str
    value: float | None
    href: str = ""
    share: float | None = None
    token: str = ""
    text: str = ""
    is_bad: bool = False

    @property
    def words(self) -> str:
        """The number as it is read."""
        if self.text or self.value is None:
            return self.text or NO_VALUE
        return f"{self.value:,}"


def link(shown: object, href: str, className: str = "") -> Component:
    """What is shown as the way to its rows, or plain when there are none."""
    return html.A(shown, href=href, className=className) if href else html.Span(shown, className=className)


def definition(text: str, key: str) -> Component:
    """The button 口径 and what it says, shown while it is pointed at or has the focus."""
    tip = html.Div([html.B("口径"), html.P(text)], id=f"definition-{key}", role="tooltip", className="definition-tip")
    button = html.Button([icon("info-circle"), "口径"], type="button", className="button text small", **{"aria-describedby": f"definition-{key}"})
    return html.Div([button, tip], className="definition")


def hint(text: str) -> Component:
    """A small sign that explains a figure when it is pointed at."""
    return html.Span(icon("info-circle", text), className="hint")


def ranking(lines: Sequence[Line], *, most: int = 10, scale: float | None = None) -> Component:
    """Names with bars and numbers, as they come; the whole line leads to its rows. ``scale`` is what fills the bar."""
    shown = lines[:most]
    full = scale or max((one.value or 0 for one in shown), default=0) or 1
    return html.Div([_rank(one, full) for one in shown], className="ranking")


def _rank(line: Line, full: float) -> Component:
    width = {"--v": f"{100 * (line.value or 0) / full:.1f}%", **({"--k": f"var({line.token})"} if line.token else {})}
    parts = [
        html.Span(line.label, className="rank-name", title=line.label),
        html.Span(html.I(style=width), className="rank-bar"),
        html.B(line.words),
    ]
    return link(parts, line.href, "rank bad" if line.is_bad else "rank")


def ring(lines: Sequence[Line], total: str, unit: str) -> Component:
    """A ring with the total in the middle, beside it the table of its parts."""
    values = [one.value or 0 for one in lines]
    whole = sum(values) or 1
    ends = list(accumulate(100 * value / whole for value in values))
    starts = [0.0, *ends[:-1]]
    turns = [f"var({line.token or OTHER}) {start:.3f}% {end:.3f}%" for line, start, end in zip(lines, starts, ends, strict=True)]
    paint = f"conic-gradient({', '.join(turns)})" if sum(values) else "var(--raised)"
    middle = html.Div([html.B(total), html.Small(unit)], className="ring-middle")
    return html.Div([html.Div(middle, className="ring", style={"--turns": paint}), legend(lines)], className="ring-box")


def legend(lines: Iterable[Line]) -> Component:
    """Colour, name, number and share of each; a number leads to its rows."""
    rows = [
        html.Div(
            [
                html.I(className="swatch", style={"--k": f"var({one.token or OTHER})"}),
                html.Span(one.label, className="cut", title=one.label),
                link(one.words, one.href, "legend-value"),
                html.Small(NO_VALUE if one.share is None else f"{one.share:.1f} %"),
            ]
        )
        for one in lines
    ]
    return html.Div(rows, className="legend")


def share_bar(lines: Sequence[Line]) -> Component:
    """One bar in as many parts as there are lines, and what they are."""
    parts = [html.I(style={"--v": str(one.value), "--k": f"var({one.token or OTHER})"}, title=f"{one.label} {one.words}") for one in lines if one.value]
    return html.Div([html.Div(parts, className="share-bar"), legend(lines)], className="share-box")


def changes(found: Sequence[Change], now: datetime) -> Component:
    """The latest changes: what was done, to which record, by whom and when."""
    rows = [
        html.Div(
            [
                html.Span(tag(word(AUDIT_VERBS, one.verb), VERB_TONES.get(one.verb, "")), className="change-verb"),
                link(one.record_name, one.href, "cut grow"),
                html.Small([html.Span(one.who, className="change-who"), " ", day_words(one.at, now)], className="muted nowrap"),
            ]
        )
        for one in found
    ]
    return html.Div(rows, className="rows changes")


def day_words(at: datetime, now: datetime) -> str:
    """09:41 today, 昨天, else 11-20; with the year when it is another one."""
    local, today = at.astimezone(zone()), now.astimezone(zone())
    days = (today.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    return "昨天" if days == 1 else f"{local:%m-%d}" if local.year == today.year else f"{local:%Y-%m-%d}"
