"""Parts of an enterprise's drawer: completeness, its lists, what belongs to it, and its timeline."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashboard.blocks.basic import NO_VALUE, icon, section, tag
from dashboard.blocks.state import empty
from dashboard.blocks.tables import Column as TableColumn
from dashboard.blocks.tables import table
from dashboard.moments import full_words, moment_words
from dashboard.resource import shown_value
from data import completeness, timeline
from data.calendar import park_day
from data.choices import Choice
from data.columns import attribute, label_of
from data.models import FILE_LISTS, Alarm, Enterprise, FileRow, Installation, Point, SecondaryUnit, Tank, Vehicle
from data.query import visible
from data.rules.completeness import Assessment, Missing
from data.viewer import Viewer

HERE = {"data-list": "1"}
NEWEST = 200
IN_RAIL = 5
SHOWN_MISSING = 4
DOTS = {"ok": "green", "warn": "orange", "danger": "red", "primary": "blue"}


def ring(percent: int, inside: str) -> Component:
    """A ring that is ``percent`` full, with the percent and a small line in it."""
    tone = "ok" if percent >= 90 else "primary" if percent >= 70 else "warn"
    words = html.Span([html.B(f"{percent}%"), html.Small(inside)])
    return html.Div(words, className=f"ring {DOTS[tone]}", style={"--p": f"{percent}%"}, role="img", **{"aria-label": f"{percent}%"})


def completeness_box(session: Session, viewer: Viewer, firm: Enterprise) -> Component:
    """How complete the file is, and each missing item with its reason and the way to it."""
    found = completeness.assess(session, firm, park_day(datetime.now(UTC)))
    left = len(found.missing)
    said = "已全部填写" if not left else f"还缺 {left} 项，补齐后可评为达标"
    lines = [_missing(viewer, firm, one) for one in found.missing[:SHOWN_MISSING]]
    if left > SHOWN_MISSING:
        rest = "、".join(one.label for one in found.missing[SHOWN_MISSING:])
        lines.append(html.Li(html.Span(f"另有 {left - SHOWN_MISSING} 项：{rest}", className="cap cut"), title=rest))
    head = html.Div([html.B("档案完善度"), html.Span(said, className="cap")], className="row-line")
    return html.Section([ring(found.percent, f"{found.done} / {found.total} 项"), html.Div([head, html.Ul(lines)], className="grow")], className="complete-box")


def _missing(viewer: Viewer, firm: Enterprise, one: Missing) -> Component:
    mark = html.Span(icon("exclamation-triangle-fill"), className="t-danger") if one.is_expired else html.Span(icon("dash-circle"), className="muted")
    go = f"?open={firm.id}&tab=files" if one.section == "files" else f"?open={firm.id}&do=edit#field-{one.code}"
    link = html.A("去补充", href=f"/enterprises{go}", className="end", **HERE) if viewer.may("enterprise.edit") else None
    return html.Li([mark, one.label, html.Span(one.reason, className="cap"), link])


def waiting_box(found: Assessment) -> str:
    """For tests and exports: what the file lacks, in one line."""
    return "、".join(f"{one.label}（{one.reason}）" for one in found.missing)


def file_lists(session: Session, viewer: Viewer, firm: Enterprise) -> Component:
    """The lists of the file, those without rows named at the end."""
    hidden = hidden_items(session, firm)
    parts: list[Component] = []
    bare: list[str] = []
    for key, model in FILE_LISTS.items():
        if key in hidden:
            continue
        rows = list(session.scalars(select(model).where(model.enterprise_id == firm.id, model.deleted_at.is_(None)).order_by(model.id)).unique())
        if rows:
            parts.append(html.Section([section(f"{model.__title__}（{len(rows)}）"), _list(model, rows)]))
        else:
            bare.append(model.__title__)
    if bare:
        parts.append(html.P(f"尚未填报：{'、'.join(bare)}。", className="cap"))
    return html.Div(parts, className="file-lists")


def _list(model: type[FileRow], rows: list[FileRow]) -> Component:
    now = datetime.now(UTC)
    today = park_day(now)
    names = [one.key for one in model.__mapper__.column_attrs if one.columns[0].info.get("label") and one.key not in ("enterprise_id", "created_at", "updated_at")]

    def cell(name: str, row: FileRow) -> object:
        value = shown_value(row, name, now)
        if isinstance(value, Choice):
            return tag(value.word, value.tone) if value.tone else value.word
        raw = getattr(row, name)
        if name.endswith(("_until", "_on")) and name not in ("issued_on", "measured_on") and raw and raw < today:
            return html.Span(f"{value} 已过期", className="t-danger")
        column = attribute(model, name)
        unit = column.info.get("unit") if column is not None else ""
        return f"{value} {unit}" if unit and value not in ("", None) else value or NO_VALUE

    return table([TableColumn(label_of(model, name), lambda row, name=name: cell(name, row)) for name in names], rows)


def list_count(session: Session, viewer: Viewer, firm: Enterprise) -> int:
    """How many rows the lists of the file have together."""
    return sum(session.scalar(select(func.count()).where(model.enterprise_id == firm.id, model.deleted_at.is_(None))) or 0 for model in FILE_LISTS.values())


def hidden_items(session: Session, firm: Enterprise | None) -> frozenset[str]:
    """The items of the file that 企业信息配置 hides for the enterprise's type."""
    rules = completeness.rules_for(session, firm.unit_type_id if firm else None)
    return frozenset(code for code, rule in rules.items() if not rule.is_shown)


def related(session: Session, viewer: Viewer, firm: Enterprise) -> Component:
    """What belongs to the enterprise, counted, and the latest of its timeline; a number leads to the page where it is seen."""

    def count(model: type, *conditions: object) -> int:
        return session.scalar(visible(model, viewer).where(*conditions).with_only_columns(func.count(), maintain_column_froms=True)) or 0

    tanks = count(Tank, Tank.enterprise_id == firm.id)
    rows: list[tuple[str, int, str, str]] = [
        ("重大危险源", count(Installation, Installation.enterprise_id == firm.id), "处", f"/hazards?enterprise_id={firm.id}" if viewer.may("hazard.view") else ""),
        ("储罐", tanks, "台", f"/tanks?group=enterprise&q={firm.short_name}" if tanks and viewer.may("tank.view") else ""),
        ("监测点", count(Point, Point.enterprise_id == firm.id), "个", ""),
        ("危化品车辆", count(Vehicle, Vehicle.carrier_id == firm.id), "辆", ""),
        ("二级单位", count(SecondaryUnit, SecondaryUnit.enterprise_id == firm.id), "个", f"/enterprises/units?enterprise_id={firm.id}"),
    ]
    if viewer.may("alarm.view"):
        rows.insert(0, ("未关闭报警", count(Alarm, Alarm.enterprise_id == firm.id, Alarm.closed_at.is_(None)), "条", f"/alarms?q={firm.short_name}"))
    newest = timeline.events(session, viewer, firm, before=datetime.now(UTC), limit=IN_RAIL)
    now = datetime.now(UTC)
    more = html.A("全部动态", href=f"/enterprises?open={firm.id}&tab=timeline", **HERE)
    story = [section("最近动态"), html.Ol([_event(one, now) for one in newest], className="story"), more] if newest else []
    return html.Div([section("相关业务"), html.Div([_related_row(*row) for row in rows], className="related-rows"), *story], className="rail-parts")


def _related_row(label: str, number: int, unit: str, href: str) -> Component:
    words = [html.Span(label), html.B(f"{number} {unit}")]
    look = "related-row t-danger" if label == "未关闭报警" and number else "related-row"
    return dcc.Link(words, href=href, className=look) if href and number else html.Span(words, className="related-row")


def story(session: Session, viewer: Viewer, firm: Enterprise) -> Component:
    """The timeline of the enterprise; the kinds are filtered in the browser (data-kinds), it prints with the record."""
    now = datetime.now(UTC)
    found = timeline.events(session, viewer, firm, before=now, limit=NEWEST)
    if not found:
        return empty("还没有动态", "档案的变更、报警等都会按时间记在这里。")
    kinds = [one for one in timeline.sources(viewer) if any(event.kind == one.kind for event in found)]
    chosen = [html.Button(f"全部 {len(found)}", type="button", className="on", **{"data-kind": ""})]
    chosen += [html.Button(f"{one.label} {sum(event.kind == one.kind for event in found)}", type="button", **{"data-kind": one.kind}) for one in kinds]
    note = html.Span(f"最近 {NEWEST} 条", className="cap") if len(found) == NEWEST else None
    return html.Div([html.Div([html.Div(chosen, className="segments"), note], className="row-line"), html.Ol([_event(one, now) for one in found], className="story")], className="timeline", **{"data-timeline": "1"})


def _event(event: timeline.Event, now: datetime) -> Component:
    title = dcc.Link(event.title, href=event.href) if event.href else html.B(event.title)
    when = html.Span(" · ".join(part for part in (event.who, moment_words(event.at, now)) if part), className="cap", title=full_words(event.at))
    detail = html.P(event.detail) if event.detail else None
    return html.Li([html.I(className=f"dot {DOTS.get(event.tone, '')}".strip()), html.Div([title, detail, when])], **{"data-kind": event.kind})
