"""Panels, tags, figures, notices and description lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from data.choices import Choice

TONES = {"": "", "ok": "green", "warn": "orange", "danger": "red", "stale": "", "primary": "blue", "note": "yellow"} | {f"risk-{level}": f"risk-{level}" for level in range(1, 5)}
NO_VALUE = "—"

Content = Component | str | int | float | None | Sequence[Any]


def icon(name: str, title: str = "") -> Component:
    """A glyph of bootstrap-icons; with a title it is read aloud, without it is decoration."""
    spoken = {"title": title, "role": "img", "aria-label": title} if title else {"aria-hidden": "true"}
    return html.I(className=f"bi bi-{name}", **spoken)


def panel(
    title: str, children: Content, *, actions: Content = None, note: str = "", foot: Content = None, className: str = ""
) -> Component:
    """A white box with a head; ``note`` is the small grey text beside the title (as-of time, unit), ``actions`` stand right."""
    head = html.Header(
        [
            html.H3(title),
            html.Span(note, className="cap") if note else None,
            html.Div(actions, className="end row-line") if actions else None,
        ]
    )
    return html.Section(
        [head, html.Div(children, className="panel-body"), html.Footer(foot) if foot else None],
        className=f"panel {className}".strip(),
    )


def tag(text: str, tone: str = "", *, outline: bool = False) -> Component:
    """A word on a soft ground: ``tone`` as in ``data.choices``. Outlined it is a category, not a state."""
    return html.Span(text, className=f"tag {'line' if outline else TONES.get(tone, '')}".strip())


def state_tag(choices: Iterable[Choice], code: object) -> Component:
    """The tag of a coded value, in the word and the tone that ``data.choices`` gives it."""
    choice = next((one for one in choices if one.code == str(code)), Choice(str(code), str(code)))
    return tag(choice.word, choice.tone)


def dot(text: str, tone: str = "") -> Component:
    """A second state in the same row: a coloured dot and the word."""
    return html.Span([html.I(className=f"dot {TONES.get(tone, '')}".strip()), text], className="dotted")


def figure_card(
    label: Content,
    value: object,
    unit: str = "",
    *,
    total: object = None,
    href: str = "",
    note: Content = None,
    tone: str = "",
    mark: Content = None,
) -> Component:
    """One figure with its unit; a link to the rows it counts when ``href`` is given. ``total`` shows it as value/total."""
    shown = [html.Span(NO_VALUE if value is None else f"{value:,}" if isinstance(value, int) else str(value))]
    if total is not None:
        shown.append(html.Span(f"/{total:,}" if isinstance(total, int) else f"/{total}", className="of"))
    if unit:
        shown.append(html.Small(unit))
    body = [
        html.Div([mark, label], className="l"),
        html.Div(shown, className="v"),
        html.Div(note, className="d") if note is not None else None,
    ]
    look = f"panel kpi {tone}".strip()
    return dcc.Link(body, href=href, className=look) if href else html.Div(body, className=look)


def notice(text: Content, tone: str = "primary", *, mark: str = "") -> Component:
    """A message inside a page: primary, ok, warn or danger."""
    marks = {
        "primary": "info-circle-fill",
        "ok": "check-circle-fill",
        "warn": "exclamation-triangle-fill",
        "danger": "exclamation-circle-fill",
    }
    return html.Div(
        [icon(mark or marks.get(tone, "info-circle-fill")), html.Span(text)],
        className=f"note {TONES.get(tone, '')}".strip(),
        role="status",
    )


def facts(pairs: Iterable[tuple[str, Content]], *, columns: int = 2) -> Component:
    """A description list: label left, value right; an empty value is a dash."""
    rows = [html.Div([html.Dt(label), html.Dd(NO_VALUE if value in (None, "") else value)]) for label, value in pairs]
    return html.Dl(rows, className="facts", style={"--n": columns})


def section(title: str) -> Component:
    """A heading with the blue bar inside a panel or a form."""
    return html.Div(title, className="sect")
