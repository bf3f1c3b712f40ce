"""辨识: substances are entered, S, R, level and working follow at once, and the result is kept as a snapshot of the installation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashboard.blocks.basic import notice, panel
from dashboard.blocks.inputs import control, rows_control
from dashboard.blocks.record_form import read_rows, sent_rows, text_of
from dashboard.blocks.state import empty
from dashboard.callbacks import guarded, say
from dashboard.ids import part_id
from dashboard.resource_work import submission_id
from dashboard.site import Page, address
from data.calendar import park_day
from data.choices import word
from data.choices.risks import HAZARD_LEVELS
from data.db import read_session
from data.db import session as write_session
from data.errors import Invalid, NotFound
from data.hazards import OWN, ROWS, VIEW, entered, identify, may_change, media_of, reckoned, snapshot_of
from data.models import HazardMedium, Installation
from data.query import get
from data.rules.gb18218_tables import version
from data.values import FormReader
from data.viewer import Viewer
from pages.hazards.declaring import GROUP, MODULE, OWN_PATH, PATH, base, installation_options
from pages.hazards.result import outcome

FIELDS = ("name", "table_row", "hazard_class", "beta_class", "quantity_t", "is_mixture")
LABELS = {"name": "介质", "table_row": "表1 品名", "hazard_class": "表2 类别", "beta_class": "表4 类别", "quantity_t": "设计最大量", "is_mixture": "混合物"}
HELP = "表1 有的选品名；表1 没有的选表2 类别；表3 没有 β 的再选表4 类别。名称与表1 相同的可不选品名。"
PEOPLE = "exposed_people"


def layout(viewer: Viewer, installation: str = "") -> Component:
    """The page for the installation that the address names, or for a trial without one."""
    key = _key(viewer)
    with read_session() as session:
        body = _body(session, viewer, _found(session, viewer, installation))
    return html.Div(
        [dcc.Store(id=part_id("form-submit", key)), dcc.Store(id=part_id("identify-live", key)), html.Div(body, id=part_id("identify-body", key), className="hazard-identify")],
        **{"data-form-page": key, "data-user": str(viewer.id)},
    )


def _key(viewer: Viewer) -> str:
    return "own_identify" if viewer.is_enterprise else "identify"


def _found(session: Session, viewer: Viewer, text: str) -> Installation | None:
    """The installation, when there is one of that id in sight."""
    try:
        return get(session, Installation, submission_id(text), viewer) if text else None
    except NotFound:
        return None


def _body(session: Session, viewer: Viewer, installation: Installation | None, typed: Mapping[str, str] | None = None, mistakes: Mapping[str, str] | None = None) -> list[Component]:
    options = installation_options(session, viewer)
    if not options and viewer.is_enterprise:
        return [panel("辨识", empty("还没有重大危险源", "请先在“重大危险源”中添加。"))]
    texts = dict(typed) if typed is not None else _begun(session, installation)
    form = _form(session, viewer, installation, texts, mistakes or {})
    return [
        panel(installation.name if installation else "试算", [_chooser(viewer, installation, options), form], note=installation.enterprise.name if installation else "不选重大危险源时只计算，不保存"),
        panel("结果", html.Div(preview(texts), id=part_id("identify-result", _key(viewer))), note=version(), className="hazard-result"),
    ]


def _chooser(viewer: Viewer, installation: Installation | None, options: Sequence[Any]) -> Component:
    path = f"{base(viewer)}/identify"
    here = str(installation.id) if installation else ""
    items = [html.Option("试算（不保存）", value=path), *(html.Option(one.word, value=address(path, installation=one.code), selected=one.code == here) for one in options)]
    return html.Label([html.Span("重大危险源", className="nowrap"), html.Select(items, className="form-select", key=here, **{"data-go": "1"})], className="row-line hazard-chooser")


def _begun(session: Session, installation: Installation | None) -> dict[str, str]:
    """What the form has in it at first: the installation's media."""
    if installation is None:
        return {PEOPLE: "", f"rows:{ROWS}": "[]"}
    rows = [{"id": str(one.id), **{name: text_of(getattr(one, name)) for name in FIELDS}} for one in media_of(session, installation)]
    return {PEOPLE: text_of(installation.exposed_people), f"rows:{ROWS}": json.dumps(rows, ensure_ascii=False)}


def _form(session: Session, viewer: Viewer, installation: Installation | None, texts: Mapping[str, str], mistakes: Mapping[str, str]) -> Component:
    rows = rows_control(
        session,
        viewer,
        HazardMedium,
        FIELDS,
        read_rows(texts.get(f"rows:{ROWS}")),
        {name.removeprefix(f"{ROWS}."): text for name, text in mistakes.items() if name.startswith(f"{ROWS}.")},
        key=ROWS,
        label="危险化学品",
        note=HELP,
    )
    wrong = mistakes.get("people", "")
    people = control(session, viewer, Installation, PEOPLE, text=texts.get(PEOPLE, ""), is_wrong=bool(wrong), is_required=True)
    below = html.Div(wrong, className="mistake", id=f"mistake-{PEOPLE}") if wrong else html.Div("厂区边界外 500 m 范围内，决定 α（表5）", className="help")
    outside = html.Div([html.Label("常住人口", htmlFor=f"field-{PEOPLE}", className="must"), html.Div([people, below])], className="f")
    words = [f"{_place(name)}：{text}" for name, text in mistakes.items()]
    told = notice([f"有 {len(words)} 处需要修改后才能保存：", html.Ul([html.Li(one) for one in words])], "danger") if words else None
    may = installation is not None and may_change(viewer)
    remark = html.Label([html.Span("说明", className="nowrap"), dcc.Input(name="remark", className="input", maxLength=300, value=texts.get("remark", ""), placeholder="如：扩建后重新辨识")], className="row-line") if may else None
    acts = html.Div([html.Button("保存辨识结果", type="submit", className="button primary"), html.Span("保存后不能修改，级别随之生效；介质清单按此更新。", className="cap"), html.Span(className="cap end draft-note")], className="row-line") if may else None
    marks = {"data-record-form": _key(viewer), "data-id": str(installation.id if installation else ""), "data-do": "add", "data-version": str(installation.version if installation else 0), "data-refused": "1" if words else "", "data-live": "identify-live"}
    return html.Form([told, html.Div(outside, className="form"), rows, remark, acts], noValidate=True, className="hazard-form", key=f"{installation and installation.version}:{len(words)}", **marks)


def _place(name: str) -> str:
    """Where a mistake is, in words."""
    if not name.startswith(f"{ROWS}."):
        return {"people": "常住人口", ROWS: "危险化学品"}.get(name, name)
    _, row, column = (f"{name}..").split(".")[:3]
    return f"第 {int(row) + 1} 行{LABELS.get(column, '')}" if row.isdecimal() else "危险化学品"


def preview(texts: Mapping[str, str]) -> list[Component]:
    """What follows from what is typed so far, or what is still missing for it."""
    rows = read_rows(texts.get(f"rows:{ROWS}"))
    if not rows:
        return [empty("还没有危险化学品", "添加一行，填写介质和设计最大量，结果随即显示在这里。")]
    given = entered(texts.get(PEOPLE, ""), rows)
    try:
        result = reckoned(given)
    except Invalid as error:
        lines = [html.Li(f"{_place(name)}：{text}") for name, text in error.fields.items()]
        return [notice(["还不能计算：", html.Ul(lines)], "warn")]
    shown = snapshot_of(given, result)
    return outcome(shown["result"], result.level, result.people, shown["standard"])


def _texts(data: Any) -> dict[str, str]:
    given = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping):
        raise Invalid("提交的内容不完整，请刷新页面。")
    texts = {str(name): str(value) for name, value in given.items()}
    if sent_rows(texts.get(f"rows:{ROWS}")) is None:
        raise Invalid("表格的内容不完整，请刷新页面后再试。")
    return texts


def _part_rows(session: Session, viewer: Viewer, rows: Sequence[Mapping[str, str]]) -> list[tuple[int | None, dict[str, Any]]]:
    """The rows as parts of the installation; Invalid at the field."""
    reader, faults, found = FormReader(session, viewer, HazardMedium), {}, []
    for number, row in enumerate(rows):
        values: dict[str, Any] = {}
        for name in FIELDS:
            try:
                values[name] = reader.read(name, row.get(name, ""))
            except ValueError as error:
                faults[f"{ROWS}.{number}.{name}"] = str(error)
        if not values.get("name"):
            faults.setdefault(f"{ROWS}.{number}.name", "请填写介质名称。")
        identity = row.get("id", "")
        found.append((int(identity) if identity.isdecimal() and len(identity) < 19 else None, values | {"is_mixture": bool(values.get("is_mixture"))}))
    if faults:
        raise Invalid("有的内容不能保存，已在字段下标出。", faults)
    return found


def _saved(viewer: Viewer, data: Any) -> list[Component]:
    """Keep the result; what cannot be taken comes back as it was typed."""
    texts = _texts(data)
    rows = read_rows(texts[f"rows:{ROWS}"])
    identity = submission_id(data.get("id"))
    try:
        with write_session() as session:
            installation = get(session, Installation, identity, viewer)
            parts = _part_rows(session, viewer, rows)
            snapshot = identify(session, viewer, installation, entered(texts.get(PEOPLE, ""), rows), rows=parts, now=datetime.now(UTC), remark=texts.get("remark", "")[:300])
            words = f"{installation.name}：{'不构成重大危险源' if snapshot.level is None else f'{word(HAZARD_LEVELS, snapshot.level)}重大危险源'}，已保存（{park_day(snapshot.identified_at)}）。"
    except Invalid as error:
        if not error.fields:
            raise
        with read_session() as session:
            return _body(session, viewer, get(session, Installation, identity, viewer), texts, error.fields)
    say("success", words)
    with read_session() as session:
        kept = _body(session, viewer, get(session, Installation, identity, viewer))
        link = dcc.Link("查看辨识记录", href=address(f"{base(viewer)}/identifications", installation_id=identity))
        return [notice([words, " ", link], "ok"), *kept]


def _register(key: str, permission: str) -> Any:
    def register(app: Dash) -> None:
        @guarded(app, Output(part_id("identify-result", key), "children"), Input(part_id("identify-live", key), "data"), permission=permission, quiet=True, prevent_initial_call=True)
        def shown(viewer: Viewer, data: Any) -> list[Component]:
            return preview(_texts(data))

        @guarded(app, Output(part_id("identify-body", key), "children"), Input(part_id("form-submit", key), "data"), permission=permission, prevent_initial_call=True)
        def saved(viewer: Viewer, data: Any) -> list[Component]:
            return _saved(viewer, data)

    return register


PAGE = Page(f"{PATH}/identify", "辨识分级", layout, permission=VIEW, module=MODULE, group=GROUP, register=_register("identify", VIEW), short="辨识")
OWN_PAGE = Page(f"{OWN_PATH}/identify", "辨识分级", layout, permission=OWN, module="首页", group=GROUP, register=_register("own_identify", OWN), side="enterprise", short="辨识")
